//! Backend wrappers that inject faults.
//!
//! | type | faults |
//! |---|---|
//! | [`Faulty`] | of a store: calls fail, take long, lose their result or hang, as its [`Faults`] decide |
//! | [`FaultyBroker`] | of a broker: payloads are lost, duplicated or delayed, or the link is cut |
//!
//! Random faults are seeded: the decision about the n-th call depends only on the seed and on n. A
//! run in which calls come in the same order (one thread, paused time) is therefore reproducible.
//!
//! # Crash points
//! A [`Trip`] strikes one chosen call. With it, a test can interrupt a multi-step operation at each
//! step without knowing the steps:
//!
//! ```
//! use std::time::Duration;
//! use chat_core::backend::RoomStore;
//! use chat_core::memory::MemoryRooms;
//! use chat_core::testing::faulty::{Faults, Trip};
//! # use chat_core::{RoomId, UserId};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (lobby, alice) = (RoomId::new("lobby")?, UserId::new("alice")?);
//! for trip in [Trip::FailBefore, Trip::FailAfter] {
//!     for n in 0.. {
//!         let faults = Faults::default();
//!         let rooms = faults.wrap(MemoryRooms::new());
//!         faults.trip(n, trip);
//!         // The operation under test, here two calls.
//!         let outcome = async {
//!             rooms.unban(&lobby, &alice).await?;
//!             rooms.delete_room(&lobby).await
//!         };
//!         let _ = outcome.await;
//!         // Here the test checks the state, retries the operation and checks again.
//!         if faults.tripped().is_none() {
//!             break; // The operation makes at most n calls.
//!         }
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod broker;
mod dice;
mod faults;
mod store;

pub use broker::{BrokerFaults, FaultyBroker};
pub use faults::{FaultRates, Faults, Trip};
pub use store::Faulty;
pub(crate) use store::faulty;
