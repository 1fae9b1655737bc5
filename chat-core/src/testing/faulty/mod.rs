//! Wrappers that inject faults into backends.
//!
//! | type | faults |
//! |---|---|
//! | [`Faulty`] | of any store: its calls fail, take long, lose their answers or never end, as its [`Faults`] say |
//! | [`FaultyBroker`] | of a broker: what arrives is lost, doubled, delayed, or cut off |
//!
//! Random faults come from a seed: the decision about the n-th call depends on the seed and on n
//! alone. So where calls come in the same order (one thread, paused time), a run can be repeated.
//!
//! # Crash points
//! A trip strikes one call, so a test can break an operation of several steps at each of them
//! without knowing which they are:
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
//!         // The operation: here two calls.
//!         let outcome = async {
//!             rooms.unban(&lobby, &alice).await?;
//!             rooms.delete_room(&lobby).await
//!         };
//!         let _ = outcome.await;
//!         // Here the test checks the state, tries again and checks it once more.
//!         if faults.tripped().is_none() {
//!             break; // The operation makes no more than n calls.
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
