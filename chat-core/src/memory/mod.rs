//! The backends in memory: what an engine uses when nothing else is plugged in, and what tests run a
//! cluster on.
//!
//! Each is a cheap handle: its clones share one content, so several engines in one process that are
//! given clones of the same backends are the nodes of one cluster. For the broker the shared part is
//! the [`MemoryBus`], and each node takes a handle of its own from it.
//!
//! Nothing here survives the process. A room's log gets a new epoch then, by which clients notice.
//!
//! | file | what |
//! |---|---|
//! | `rooms` | [`MemoryRooms`]: rooms, members, bans |
//! | `messages`, `sweep` | [`MemoryMessages`]: a lock per room around its log, and which rooms have expired messages |
//! | `log` | one room's log: messages by `seq` and by `rev`, markers, counts; no lock and no clock |
//! | `search` | one page of a search over many logs, in bounded steps |
//! | `pushes` | which messages wait for their push notifications |
//! | `users` | [`MemoryUsers`]: blocked users, invisibility |
//! | `moderation` | [`MemoryModeration`]: reports and audit logs |
//! | `bus`, `broker`, `inbox` | [`MemoryBus`], [`MemoryBroker`] and the bounded queue between them |
//! | `presence` | [`MemoryPresence`]: leases and edges |
//! | `limits` | [`MemoryLimits`]: GCRA per key, idle keys forgotten |
//! | `shards` | maps cut into parts with a lock each |
//!
//! ```
//! use chat_core::backend::{Arrival, Broker, Publication, Topic};
//! use chat_core::memory::MemoryBus;
//! use chat_core::RoomId;
//! use futures::StreamExt;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bus = MemoryBus::new();
//! let (here, there) = (bus.broker(), bus.broker());
//! let mut arrivals = there.arrivals();
//! let topic = Topic::Room(RoomId::new("general")?);
//! there.subscribe(vec![topic.clone()]).await?;
//! here.publish(vec![Publication { topics: [topic].into(), payload: "a hint".into() }]).await?;
//! assert!(matches!(arrivals.next().await, Some(Arrival::Payload { payload, .. }) if payload == "a hint"));
//! # Ok(())
//! # }
//! ```

mod broker;
mod bus;
mod inbox;
mod limits;
mod log;
mod messages;
mod moderation;
mod presence;
mod pushes;
mod rooms;
mod search;
mod shards;
mod sweep;
mod users;

pub use broker::MemoryBroker;
pub use bus::MemoryBus;
pub use limits::MemoryLimits;
pub use messages::MemoryMessages;
pub use moderation::MemoryModeration;
pub use presence::MemoryPresence;
pub use rooms::MemoryRooms;
pub use users::MemoryUsers;
