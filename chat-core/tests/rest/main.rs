//! REST without sockets: requests and responses against a real engine.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bytes;
mod changes;
mod documents;
mod errors;
mod input;
mod limits;
mod members;
mod messages;
mod paging;
mod reactions;
mod reads;
mod rooms;
mod sockets;
mod support;
