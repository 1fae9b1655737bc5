//! Tools for backend authors and for apps that test against the engine: conformance suites for the
//! traits in [`backend`](crate::backend), a checker for observed events, and fault injection.
//!
//! | module | contents |
//! |---|---|
//! | [`rooms`] | `RoomStore` suite, [`room_store_suite!`](crate::room_store_suite) |
//! | [`messages`] | `MessageLog`, `ReadStore` and `PushQueue` suite, [`message_store_suite!`](crate::message_store_suite) |
//! | [`users`] | `UserStore` suite, [`user_store_suite!`](crate::user_store_suite) |
//! | [`moderation`] | `ModerationStore` suite, [`moderation_store_suite!`](crate::moderation_store_suite) |
//! | [`broker`] | `Broker` suite, [`broker_suite!`](crate::broker_suite) |
//! | [`presence`] | `PresenceStore` suite, [`presence_store_suite!`](crate::presence_store_suite) |
//! | [`limits`] | `RateLimiter` suite, [`rate_limiter_suite!`](crate::rate_limiter_suite) |
//! | `adapter` (feature `adapter-testing`) | a suite for web framework adapters, over real sockets |
//! | [`history`] | finds lost, duplicated, reordered and phantom events in what clients observed |
//! | [`faulty`] | store and broker wrappers that inject faults, at random or at a chosen call |
//! | [`deterministic`] | seeded ids, map order and jitter, for reproducible runs |
//! | [`memory_socket`] | an in-memory connection to an engine |
//!
//! # Checking a backend
//! Write a function that builds a fresh [`Cluster`]: handles to one empty backend, and a guard that
//! cleans up. The suite's macro turns each check into a test; `run_all` runs all of them in
//! sequence. A failing check names the broken contract point, for example
//! `MessageLog contract 2 (prefix): …`.
//!
//! ```
//! use std::sync::Arc;
//! use chat_core::Result;
//! use chat_core::backend::{Quota, RateDecision, RateKey, RateLimiter};
//! use chat_core::testing::Cluster;
//!
//! /// Broken on purpose: it never counts a request.
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
//! - `build(n)` returns `n` handles to one store, like `n` nodes. A store that cannot be shared
//!   returns one handle; a broker needs two. Each check gets its own empty store.
//! - Checks run in real time and never assert speed. A check waits for an expected outcome up to
//!   the cluster's [patience](Cluster::with_patience), and watches for a forbidden one for a few
//!   hundred milliseconds.
//! - Not covered: crash durability (`MessageLog` 3), memory use (`RateLimiter` 4), and lost links
//!   if the cluster has no [`Link`].

#[cfg(feature = "adapter-testing")]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic here fails the adapter's test"
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
