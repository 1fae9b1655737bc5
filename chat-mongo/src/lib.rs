//! MongoDB backend for the chat engine: rooms, members, messages, read state, blocks, reports and
//! audit logs, in one database shared by all nodes.
//!
//! ```no_run
//! use chat_core::Engine;
//! use chat_mongo::MongoStore;
//! # use chat_core::backend::{Authenticator, Credentials, Identity};
//! # #[derive(Debug)] struct Login;
//! # #[async_trait::async_trait]
//! # impl Authenticator for Login {
//! #     async fn authenticate(&self, _: Credentials<'_>) -> chat_core::Result<Identity> {
//! #         Ok(Identity::new(chat_core::UserId::new("alice")?))
//! #     }
//! # }
//!
//! # #[tokio::main]
//! # async fn main() -> chat_core::Result<()> {
//! let mongo = MongoStore::connect("mongodb://127.0.0.1/?replicaSet=rs0", "app").await?;
//! let engine = Engine::builder(Login) // `Login` knows the app's users
//!     .rooms(mongo.clone())
//!     .messages(mongo.clone())
//!     .users(mongo.clone())
//!     .moderation(mongo)
//!     .build();
//! # drop(engine);
//! # Ok(())
//! # }
//! ```
//!
//! # Requirements
//! MongoDB 6.0 or later, as a replica set (one member is enough) or sharded: joins, bans and
//! transfers are transactions. Writes use a journaled majority write concern. Reads use the
//! majority read concern, except those that prepare a write. The tests run against a stand-in for
//! MongoDB (see `CONTRIBUTING.md`), or against the server in `MONGODB_URI`.
//!
//! # Positions
//! An insert allocates the positions of a whole batch under a unique index. Each node caches the
//! head. If another node took a position first, the index rejects the insert, and the node reads
//! the head again.
//!
//! - **Superseded positions.** A message holds *all* positions it has taken, as an array in one
//!   unique index with the room. An index on the latest position alone is not enough: a change
//!   frees the previous position, and a node with a stale head could take it, below the head that
//!   others have seen.
//! - **Unknown outcomes.** When the connection breaks during an append, placeholders claim the ids
//!   of its messages. They take no position and are removed after ten minutes. A message whose id
//!   cannot be claimed was stored. The others never will be, even if the insert is still in flight.
//! - **Time.** Creation times never decrease: a node that writes a later time also takes a
//!   position, and so collides with nodes that have not seen it.
//! - **Expiry.** Removing an expired message frees its positions. Before that, the sweep raises
//!   `floor` in the room's log to the head and waits for operations that read the old floor. The
//!   server does not know floors, so a TTL index removes messages only if no node has swept for a
//!   week. The next node to start then advances all heads by more than they can have gone back.
//! - **Replaced logs.** A node caches the epoch of a log for two seconds. If another node deletes the
//!   log and opens a new one within that time, the first node may still accept an append to the old
//!   one, and store it in the new one. A change never does: it matches the tag of its log.
//!
//! This relies on one bound: a write reaches the server within ten minutes after its node read the
//! head. Operations are abandoned after [`MongoOptions::with_timeout`], at most a minute, so only a
//! process suspended in between for that long can exceed it.
//!
//! # Schema
//! The default prefix is `chat_`. Times are dates, positions 64-bit integers and message ids UUIDs.
//! Names chosen by an app appear only as values. Unset fields are omitted.
//!
//! | collection | shard key | fields |
//! |---|---|---|
//! | `chat_messages` | `r` | `_id`; `r` room, `s` seq, `v` rev unless equal to seq, `p` all positions, `t` created, `u` sender, `c` client id, `l` number of expired messages with that client id, `k` 1 for system messages, `n` 1 if it counts as unread, `b` text, `et` `eu` edited, `dt` `du` deleted, `pt` `pu` pinned, `a` reply to, `h` thread, `m` mentions, `f` attachments, `e` reactions, `j` metadata as JSON, `y` system event as JSON, `z` shadowed, `o` expires, `x` removal time, `q` push due, `g` tag of the log, `w` last write, `pg` `pl` last release of positions |
//! | `chat_logs` | `_id` | `_id` room, `e` epoch, `f` floor, `t` newest message, `k` trimmed up to |
//! | `chat_readers` | `r` | `r` room, `u` user, `s` read up to, `t` read at, `i` hidden, `h` threads read up to |
//! | `chat_rooms` | `_id` | `_id` room, `k` kind, `n` name, `o` owner, `t` created, `c` members, `sa` `sj` `ss` `sr` `sn` settings, `j` metadata as JSON, `ck` creation key, `p` pair, `w` writes |
//! | `chat_members` | `r` | `r` room, `u` user; `j` joined, `ro` role, `mu` muted, `no` notifications, `sm` shadow muted; or `b` `bb` `bu` `br` banned |
//! | `chat_pairs` | `_id` | `_id` two users, `r` their direct room |
//! | `chat_users` | `_id` | `_id` user, `i` invisible, `b` blocked |
//! | `chat_reports`, `chat_audit` | `r` | reports, audit entries |
//! | `chat_meta` | none | the schema version and the sweep lease |
//!
//! The store creates missing indexes at every start; [`MongoStore::index_commands`] lists them.
//! [`MongoOptions::with_validators`] sets validators, and [`MongoStore::shard_commands`] lists the
//! commands that shard the collections. Every query targets one shard, except listing a user's
//! rooms on connect and two background queries: due pushes and the sweep. A database with a newer
//! schema is refused.
//!
//! # Search
//! Without a text index, a search examines about 50,000 of the newest messages in the queried rooms
//! and returns a position to continue from. With [`MongoOptions::with_text_index`], words of
//! letters and digits are looked up in an index that each append maintains.
//!
//! # Files
//! | file | content |
//! |---|---|
//! | `store`, `options` | [`MongoStore`], [`MongoOptions`] |
//! | `log/` | a room's log: positions, changes, heads, floors, unknown outcomes |
//! | `messages`, `read/` | the `MessageLog`, the `ReadStore` and the `PushQueue`: pages, catch-up, counts, threads, search, due pushes |
//! | `rooms/` | the `RoomStore`, in transactions |
//! | `users`, `moderation` | the `UserStore` and the `ModerationStore` |
//! | `schema`, `validators`, `sweep` | collections, indexes, validators, versions; removal of expired messages |
//! | `message`, `codec`, `error` | documents, BSON values, and the classification of driver errors |

mod codec;
mod error;
mod log;
mod message;
mod messages;
mod moderation;
mod options;
mod read;
mod rooms;
mod schema;
mod store;
mod sweep;
mod users;
mod validators;

pub use options::MongoOptions;
pub use store::MongoStore;
