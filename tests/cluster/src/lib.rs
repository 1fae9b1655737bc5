//! A cluster of real processes for tests: chat servers on axum and actix-web, MongoDB, Redis, a few
//! hundred WebSocket clients, and a checker of the events that they receive.
//!
//! | file | purpose |
//! |---|---|
//! | `binaries` | builds the server binaries |
//! | `node` | one server: start, kill, pause, resume, terminate |
//! | `cluster` | three servers with their MongoDB and Redis |
//! | `record` | the state of a client, without I/O |
//! | `client` | a client: sends, resumes, and resends unacknowledged messages |
//! | `crowd` | all clients and rooms |
//! | `checker` | compares the clients' events with the final history; pure |
//! | `audit`, `http` | reads the state of the nodes over REST |
//!
//! `tests/faults.rs` breaks each part while clients send and receive.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code")]

mod audit;
mod binaries;
pub mod checker;
mod client;
mod cluster;
mod crowd;
mod http;
mod node;
mod record;

use std::time::{Duration, Instant};

pub use cluster::Cluster;
pub use crowd::{Crowd, Size};
pub use node::{Framework, Node};
pub use record::{Edit, Record, Seen, Sent};

/// The time limit for all waits, with a margin for a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until a condition holds. Returns how long that took.
///
/// # Panics
/// Panics with the condition's last error if it does not hold within [`PATIENCE`].
pub async fn eventually(
    what: &str,
    mut condition: impl AsyncFnMut() -> Result<(), String>,
) -> Duration {
    const POLL: Duration = Duration::from_millis(20);
    let started = Instant::now();
    loop {
        match condition().await {
            Ok(()) => return started.elapsed(),
            Err(missing) if started.elapsed() > PATIENCE => panic!("{what}: {missing}"),
            Err(_) => tokio::time::sleep(POLL).await,
        }
    }
}
