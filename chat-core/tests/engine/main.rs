//! Tests of the engine over in-memory sockets, on one node and in a cluster.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod activation;
mod admission;
mod blocks;
mod chat;
mod cluster;
mod hooks;
mod hostile;
mod joining;
mod large;
mod moderation;
mod occupancy;
mod presence;
mod pushes;
mod reactions;
mod retention;
mod slow;
mod slow_mode;
mod stalls;
mod support;
mod threads;
mod views;
