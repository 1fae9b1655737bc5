//! A cluster of real processes for tests: chat servers on axum and on actix-web, a MongoDB and a Redis
//! of their own, a few hundred clients over WebSockets, and a checker of what these saw.
//!
//! | file | what |
//! |---|---|
//! | `binaries` | the servers, as cargo builds them |
//! | `node` | one of them: start, kill, pause, resume, terminate |
//! | `cluster` | three of them, and what they stand on |
//! | `record` | what a client did and saw, without I/O |
//! | `client` | a client: sends, resumes, sends again what was not acknowledged |
//! | `crowd` | all clients and rooms |
//! | `checker` | what is wrong with what the clients saw, from that and the final history; pure |
//! | `audit`, `http` | how things are, by calls over REST |
//!
//! `tests/faults.rs` breaks one part after the other while clients send and receive.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what fails here fails a test"
)]

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

/// Longer than anything takes that is waited for, on a machine that has other work.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until a condition holds; returns after how long it did.
///
/// # Panics
/// When it does not within [`PATIENCE`]; `Err` says what is missing.
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
