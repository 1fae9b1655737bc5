//! `chat.v1` as a client sees it: real sockets, real tokens, a WebSocket that is not ours.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    unreachable_pub,
    reason = "tests"
)]

mod closing;
mod commands;
mod errors;
mod events;
mod frames;
mod load;
mod malformed;
mod resume;
mod support;
