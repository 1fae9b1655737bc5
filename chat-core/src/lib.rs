//! A chat engine that a Rust web app embeds: rooms and members, messages that are durable before they
//! are acknowledged, history by cursor, presence, and catch-up after any absence. No web framework and
//! no database in here; an adapter such as `chat-axum` brings the sockets, and the traits in
//! [`backend`] bring the rest.
//!
//! > The room log is the truth. The broker is a hint. The socket is a window.
//!
//! | where | what |
//! |---|---|
//! | [`Engine`], [`engine`] | the running thing, and everything the app can do with it |
//! | [`backend`] | what an app plugs in, contract first |
//! | [`memory`] | all of that in memory: the default |
//! | [`model`] | rooms, members, messages, and who may do what |
//! | [`protocol`] | the wire, `chat.v1` |
//! | [`rest`] | the same over HTTP, without a framework |
//! | [`cost`] | the most that each command and call costs |
//! | `auth` (feature `jwt`, on by default) | JSON Web Tokens |
//! | `schema` (feature `schema`, on by default) | OpenAPI, JSON Schema and AsyncAPI documents |
//! | `hooks` (feature `profanity`) | a profanity filter |
//! | `ws` (feature `websocket`) | a WebSocket without I/O, for adapters |
//! | `testing` (feature `testing`) | a conformance suite for each backend that keeps or carries something, faults, a socket in memory |
//!
//! # Quick start
//! ```
//! # #[cfg(feature = "jwt")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use chat_core::auth::JwtAuthenticator;
//! use chat_core::engine::CreateRoom;
//! use chat_core::model::{Anchor, Draft, HistoryQuery, RoomKind};
//! use chat_core::{Actor, Engine};
//!
//! let engine = Engine::builder(JwtAuthenticator::hs256("a secret of at least 32 bytes, please")?).build();
//! let lobby = CreateRoom::new(RoomKind::Public).id("lobby".parse()?);
//! let lobby = engine.create_room(&Actor::App, lobby).await?;
//!
//! let alice = "alice".parse()?;
//! engine.join(&alice, &lobby.id).await?;
//! let alice = Actor::User(alice);
//! let sent = engine.send(&alice, &lobby.id, Draft::text("hi")).await?;
//! assert_eq!(sent.message.seq, 1); // and durable by now
//!
//! let newest = HistoryQuery::new(Anchor::Newest, 50);
//! let page = engine.history(&alice, &lobby.id, &newest).await?;
//! assert_eq!(page.messages, [(*sent.message).clone()]);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "jwt"))]
//! # fn main() {}
//! ```
//! Sockets come through [`Engine::serve`], requests over HTTP through [`rest::RestService`]; an adapter calls both.
//!
//! # Where to read on
//! The guide is in the repository, `docs/guide`. In here:
//! - to embed: [`Engine::builder`], [`Config`], [`backend::Authenticator`], [`backend::Hooks`];
//! - to keep something elsewhere: the contracts in [`backend`], and the suites in `testing`;
//! - to speak to it: [`protocol::Command`], [`protocol::Event`], [`protocol::ErrorCode`], [`protocol::CloseCode`];
//! - who may do what: [`model::Action`].

#[cfg(feature = "jwt")]
pub mod auth;
pub mod backend;
pub mod cost;
pub mod engine;
mod error;
#[cfg(feature = "profanity")]
pub mod hooks;
mod id;
pub mod memory;
pub mod model;
pub mod protocol;
mod random;
pub mod rest;
#[cfg(feature = "schema")]
pub mod schema;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
#[cfg(feature = "websocket")]
pub mod ws;

pub use engine::{Actor, Config, Engine, EngineBuilder, Handshake, Rates};
pub use error::{BoxError, Error, ErrorKind, Result};
pub use id::{
    AuditId, ClientMessageId, ConnectionId, Epoch, InvalidId, MAX_ID_BYTES, MessageId, NodeId,
    ReportId, RoomId, UserId,
};
pub use time::{Clock, InvalidTimestamp, ManualClock, SystemClock, Timestamp};
