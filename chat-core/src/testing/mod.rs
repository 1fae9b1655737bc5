//! For whoever writes a backend or tests an app: conformance suites for the traits in
//! [`backend`](crate::backend), a checker for what clients saw, and wrappers that inject faults.
//!
//! | module | what |
//! |---|---|
//! | [`rooms`] | the suite of a `RoomStore`, [`room_store_suite!`](crate::room_store_suite) |
//! | [`messages`] | of a `MessageLog`, `ReadStore` and `PushQueue`, [`message_store_suite!`](crate::message_store_suite) |
//! | [`users`] | of a `UserStore`, [`user_store_suite!`](crate::user_store_suite) |
//! | [`moderation`] | of a `ModerationStore`, [`moderation_store_suite!`](crate::moderation_store_suite) |
//! | [`broker`] | of a `Broker`, [`broker_suite!`](crate::broker_suite) |
//! | [`presence`] | of a `PresenceStore`, [`presence_store_suite!`](crate::presence_store_suite) |
//! | [`limits`] | of a `RateLimiter`, [`rate_limiter_suite!`](crate::rate_limiter_suite) |
//! | `adapter` (feature `adapter-testing`) | a suite for adapters, over real sockets |
//! | [`history`] | finds lost, doubled, reordered and made-up messages in what clients saw |
//! | [`faulty`] | faults of stores and of a broker, by a seed or at a chosen call |
//! | [`deterministic`] | ids, maps and jitter by a seed, so that a run can be repeated |
//! | [`memory_socket`] | clients of an engine without a network |
//!
//! # Checking a backend
//! A function builds a fresh [`Cluster`]: handles over one empty backend, and a guard that cleans
//! up. A macro makes a test of each check, or `run_all` runs them one after the other. A check that
//! fails names the point of the contract: `MessageLog contract 2 (prefix): …`.
//!
//! ```
//! use std::sync::Arc;
//! use chat_core::Result;
//! use chat_core::backend::{Quota, RateDecision, RateKey, RateLimiter};
//! use chat_core::testing::Cluster;
//!
//! /// Wrong: it forgets to count.
//! #[derive(Debug)]
//! struct Generous;
//!
//! #[async_trait::async_trait]
//! impl RateLimiter for Generous {
//!     async fn check(&self, _: &RateKey, _: &Quota) -> Result<RateDecision> {
//!         Ok(RateDecision::Allowed)
//!     }
//! }
//!
//! async fn generous(_nodes: usize) -> Cluster<dyn RateLimiter> {
//!     Cluster::new(vec![Arc::new(Generous)])
//! }
//!
//! mod generous_limiter {
//!     chat_core::rate_limiter_suite!(super::generous);
//! }
//! # fn main() {
//! #     let checks = chat_core::testing::limits::checks();
//! #     let run = || chat_core::testing::run_check(&checks, "a_burst_is_what_the_quota_says", generous);
//! #     let told = *std::panic::catch_unwind(run).unwrap_err().downcast::<String>().unwrap();
//! #     assert!(told.starts_with("RateLimiter contract 1 (rate): "), "{told}");
//! # }
//! ```
//!
//! # What a check assumes
//! - `build(n)` gives `n` handles that work on one store, as `n` nodes would, or one if it cannot be
//!   shared (a broker needs two). Each check has a store of its own, empty at first.
//! - Time is the real one; no check asserts that anything is fast. What must happen in the end is
//!   waited for as long as the cluster's [patience](Cluster::with_patience) lasts, what must not
//!   happen for some hundred milliseconds.
//! - Not checked: durability over a crash (`MessageLog` 3), memory (`RateLimiter` 4), and lost
//!   links where the cluster has no [`Link`].

#[cfg(feature = "adapter-testing")]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what fails here fails the adapter's test"
)]
pub mod adapter;
pub mod broker;
mod check;
mod cluster;
mod deterministic;
pub mod faulty;
pub mod history;
mod ids;
pub mod limits;
pub mod messages;
pub mod moderation;
pub mod presence;
pub mod rooms;
mod socket;
mod tasks;
pub mod users;

pub use check::{Check, NODES, Point, run_check};
pub use cluster::{Cluster, Link};
pub use deterministic::{Deterministic, PausedClock, deterministic};
pub use ids::hostile_ids;
pub use socket::{MemoryPeer, MemorySocket, Outbound, memory_socket};
