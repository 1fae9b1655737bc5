//! The chat engine.
#[cfg(feature = "jwt")]
pub mod auth;
pub mod backend;
pub mod engine;
mod error;
#[cfg(feature = "profanity")]
pub mod hooks;
mod id;
pub mod memory;
pub mod model;
pub mod protocol;
pub mod rest;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
#[cfg(feature = "websocket")]
pub mod ws;

pub use engine::{Actor, Config, Engine, EngineBuilder, Handshake, Rates};
pub use error::{BoxError, Error, ErrorKind, Result};
pub use id::{
    ClientMessageId, ConnectionId, Epoch, InvalidId, MAX_ID_BYTES, MessageId, NodeId, RoomId,
    UserId,
};
pub use time::{Clock, InvalidTimestamp, ManualClock, SystemClock, Timestamp};
