//! `chat.v1` as a client sees it: real sockets, real tokens, a WebSocket that is not ours.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    unreachable_pub,
    reason = "tests"
)]

mod commands;
mod errors;
mod malformed;
mod support;
