//! MongoDB for the chat engine: rooms and members, messages and who has read them, blocks, reports and
//! audit logs, in one database that all nodes share.
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
//! # What it needs
//! MongoDB 6.0 or later, as a replica set, if only of one, or sharded: joins, bans and transfers are
//! transactions. Writes wait for a majority and its journal, reads see what a majority has. Tested with a
//! server that stands in for MongoDB (see `CONTRIBUTING.md`); `MONGODB_URI` names another for the tests.
//!
//! # How a position is given out
//! The insert itself does it, under a unique index, for a whole batch at once. A node remembers the head;
//! when another one was faster, the index refuses, and the node looks again.
//!
//! - A message holds *all* positions that it has taken, as an array under one unique index with the room. An
//!   index on the latest one alone would not do: a change frees the one before, and a node that is behind
//!   could take it, below the head that others have seen.
//! - An append whose connection broke is settled by giving the ids of its messages to placeholders, which
//!   take no position and go after ten minutes. What cannot be given away was stored; what was given away
//!   never will be, even if the insert is still on its way.
//! - Times never decrease, since whoever writes a later one takes a position, too, and so is in the way of
//!   who has not seen it.
//! - What expires frees its positions at last. Before that, `floor` in the room's log is raised to the head, and
//!   whoever read it earlier has come to an end. It is the store that removes and not the server, which knows of
//!   no floors; only when no node has swept for a week does a TTL index remove the rest, and the first node that
//!   starts then moves all heads on by more than they can have gone back.
//!
//! One time is relied on: a write must not reach the server more than ten minutes after its node looked at
//! the head. It is given up after [`MongoOptions::with_timeout`], at most a minute, so this takes a process
//! that is stopped in between for as long.
//!
//! # What is where
//! With the default prefix `chat_`. Times are dates, positions 64-bit integers, ids of messages UUIDs; what an app
//! names is only ever a value. What is not set is left out.
//!
//! | collection | shard key | fields |
//! |---|---|---|
//! | `chat_messages` | `r` | `_id`; `r` room, `s` seq, `v` rev if that is another, `p` all positions, `t` created, `u` sender, `c` client id and `l` how many of that name have expired, `k` 1 if of the system, `n` 1 if it counts, `b` text, `et` `eu` edited, `dt` `du` deleted, `pt` `pu` pinned, `a` answers, `h` thread, `m` mentions, `f` files, `e` reactions, `j` metadata as JSON, `y` what happened as JSON, `z` shadowed, `o` expires, `x` removed after, `q` push due, `g` which log, `w` last write, `pg` `pl` positions let go |
//! | `chat_logs` | `_id` | `_id` room, `e` epoch, `f` floor, `t` newest message, `k` trimmed up to |
//! | `chat_readers` | `r` | `r` room, `u` user, `s` read up to, `t` when, `i` hidden, `h` threads read up to |
//! | `chat_rooms` | `_id` | `_id` room, `k` kind, `n` name, `o` owner, `t` created, `c` members, `sa` `sj` `ss` `sr` `sn` settings, `j` metadata as JSON, `ck` creation key, `p` pair, `w` writes |
//! | `chat_members` | `r` | `r` room, `u` user; `j` joined, `ro` role, `mu` muted, `no` notifications, `sm` shadow muted; or `b` `bb` `bu` `br` banned |
//! | `chat_pairs` | `_id` | `_id` two users, `r` their direct room |
//! | `chat_users` | `_id` | `_id` user, `i` invisible, `b` blocked |
//! | `chat_reports`, `chat_audit` | `r` | what was reported, and what was done |
//! | `chat_meta` | none | the version of all this, and who sweeps |
//!
//! Indexes are created at every start; [`MongoStore::index_commands`] shows them. Validators are set with
//! [`MongoOptions::with_validators`].
//! [`MongoStore::shard_commands`] shows how to shard. Each query names its shard, but for those of a
//! user's rooms when they connect and the two that work in the background: due pushes and the sweep.
//! A database that a newer version has written is refused.
//!
//! # Searching
//! Without a text index a search compares the newest 50,000 messages of the rooms asked, part by part, and says
//! where to go on. With [`MongoOptions::with_text_index`] words of letters and digits are looked up; each append
//! then maintains it.
//!
//! # The files
//! | file | what |
//! |---|---|
//! | `store`, `options` | [`MongoStore`], [`MongoOptions`] |
//! | `log/` | a room's log: positions, changes, heads, floors, and what became of an append whose link broke |
//! | `messages`, `read/` | the `MessageStore`; pages, catching up, counts, threads, searches, due pushes |
//! | `rooms/` | the `RoomStore`, in transactions |
//! | `users`, `moderation` | the `UserStore` and the `ModerationStore` |
//! | `schema`, `sweep` | collections, indexes, versions; removing what has expired |
//! | `message`, `codec`, `error` | documents to messages and back; what an error of the driver means |

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
