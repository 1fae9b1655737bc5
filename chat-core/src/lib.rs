//! An embeddable chat engine for Rust web apps: rooms and members, messages that are durable before
//! they are acknowledged, history by cursor, presence, and catch-up after any absence.
//!
//! This crate contains no web framework and no database. An adapter such as `chat-axum` provides
//! the sockets. Implementations of the traits in [`backend`] provide the storage.
//!
//! > The room log is the truth. The broker is a hint. The socket is a window.
//!
//! | module | contents |
//! |---|---|
//! | [`Engine`], [`engine`] | the running engine and its API for the app |
//! | [`backend`] | the traits that an app implements, with their contracts |
//! | [`memory`] | backends in memory: the default |
//! | [`model`] | rooms, members, messages and permissions |
//! | [`protocol`] | the wire protocol `chat.v1` |
//! | [`rest`] | the REST API, independent of web frameworks |
//! | [`cost`] | the maximum cost of each command and call |
//! | `auth` (feature `jwt`, on by default) | authentication by JSON Web Tokens |
//! | `schema` (feature `schema`, on by default) | OpenAPI, JSON Schema and AsyncAPI documents |
//! | `hooks` (feature `profanity`) | a profanity filter |
//! | `ws` (feature `websocket`) | a WebSocket codec without I/O, for adapters |
//! | `testing` (feature `testing`) | conformance suites for backends, fault injection, an in-memory socket |
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
//! assert_eq!(sent.message.seq, 1); // durable
//!
//! let newest = HistoryQuery::new(Anchor::Newest, 50);
//! let page = engine.history(&alice, &lobby.id, &newest).await?;
//! assert_eq!(page.messages, [(*sent.message).clone()]);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "jwt"))]
//! # fn main() {}
//! ```
//! An adapter passes sockets to [`Engine::serve`] and HTTP requests to [`rest::RestService`].
//!
//! # Further reading
//! The guide is in `docs/guide` of the repository. In this crate:
//! - embedding: [`Engine::builder`], [`Config`], [`backend::Authenticator`], [`backend::Hooks`];
//! - implementing a backend: the contracts in [`backend`] and the suites in `testing`;
//! - writing a client: [`protocol::Command`], [`protocol::Event`], [`protocol::ErrorCode`],
//!   [`protocol::CloseCode`];
//! - permissions: [`model::Action`].

#[cfg(feature = "jwt")]
pub mod auth;
pub mod backend;
mod characters;
pub mod engine;
mod error;
#[cfg(feature = "profanity")]
pub mod hooks;
mod id;
pub mod memory;
pub mod model;
mod object;
pub mod protocol;
mod random;
pub mod rest;
#[cfg(feature = "schema")]
pub mod schema;
#[cfg(feature = "schema")]
mod shape;
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
pub use rest::cost;
pub use time::{Clock, InvalidTimestamp, ManualClock, SystemClock, Timestamp};
