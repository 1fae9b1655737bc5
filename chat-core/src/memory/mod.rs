//! In-memory backends: the defaults of an engine, and the cluster that tests run on.
//!
//! Each backend is a cheap handle, and its clones share their data. Engines in one process that use
//! clones of the same backends form a cluster. Brokers differ: the nodes share a [`MemoryBus`], and
//! each node takes its own [`MemoryBroker`] from it.
//!
//! Nothing survives the process. Room logs get a new epoch after a restart, so clients reload.
//!
//! | file | content |
//! |---|---|
//! | `rooms` | [`MemoryRooms`]: rooms, members, bans |
//! | `messages/` | [`MemoryMessages`]: the rooms' logs, read state and pushes |
//! | `users` | [`MemoryUsers`]: blocked users, invisibility |
//! | `moderation` | [`MemoryModeration`]: reports and audit logs |
//! | `bus`, `broker`, `inbox` | [`MemoryBus`], [`MemoryBroker`] and the bounded queue between them |
//! | `presence` | [`MemoryPresence`]: leases and edges |
//! | `limits` | [`MemoryLimits`]: GCRA per key |
//! | `shards` | sharded maps with a lock per shard |
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
mod messages;
mod moderation;
mod presence;
mod rooms;
mod shards;
mod users;

pub use broker::MemoryBroker;
pub use bus::MemoryBus;
pub use limits::MemoryLimits;
pub use messages::MemoryMessages;
pub use moderation::MemoryModeration;
pub use presence::MemoryPresence;
pub use rooms::MemoryRooms;
pub use users::MemoryUsers;
