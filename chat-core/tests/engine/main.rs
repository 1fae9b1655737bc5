//! The engine from outside, over sockets of memory: what clients of one node and of a cluster see.
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
