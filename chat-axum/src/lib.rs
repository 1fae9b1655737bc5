//! Chat for axum: a [`Router`] to nest in your app.
//!
//! ```
//! use axum::Router;
//! use chat_axum::{Options, chat_router};
//! use chat_core::Engine;
//! # use chat_core::backend::{Authenticator, Credentials, Identity};
//! # #[derive(Debug)] struct Login;
//! # #[async_trait::async_trait]
//! # impl Authenticator for Login {
//! #     async fn authenticate(&self, _: Credentials<'_>) -> chat_core::Result<Identity> {
//! #         Ok(Identity::new(chat_core::UserId::new("alice")?))
//! #     }
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let engine = Engine::builder(Login).build(); // `Login` knows the app's users
//! let app: Router = Router::new().nest("/chat", chat_router(engine, Options::default()));
//! // axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
//! # drop(app);
//! # }
//! ```
//!
//! [`chat_core::ws`] checks the upgrade, then the engine takes over the socket. If the app listens
//! on plain TCP, it gets the bare `TcpStream`, without hyper and its buffers. An idle socket then
//! costs 1.2 KB, plus the engine's own state. With axum's WebSocket it costs 6.7 KB with 4 KiB
//! buffers, and 137 KB with the default ones. Other streams, such as TLS, are served through hyper.
//!
//! A token in the query (`?token=…`) can end up in your app's access log. Log paths, not URIs.
//!
//! # Limits before the engine
//! The engine limits request bodies and upgraded sockets. Everything before that is up to the
//! server, and `axum::serve` limits neither the time to read a request's headers nor the number of
//! connections. Serve through `hyper_util` with a timer and
//! [`header_read_timeout`](https://docs.rs/hyper/latest/hyper/server/conn/http1/struct.Builder.html#method.header_read_timeout),
//! take a permit for each connection, and listen with a backlog of at least 1,024, like
//! `examples/axum-server`. Or leave these limits to a proxy.
//!
//! # Source files
//! | file | purpose |
//! |---|---|
//! | `options` | [`Options`]: origins and timeouts |
//! | `ws` | answers the upgrade, then hands the socket to the engine |
//! | `connection` | the byte stream after the upgrade: a bare socket, or hyper's stream |
//! | `rest` | passes all other requests to the engine's REST service |
//!
//! The guide is in the repository under `docs/guide`. See `axum.md` for embedding, `protocol.md` and
//! `rest.md` for the API, and `settings.md` for every setting.

mod connection;
mod options;
mod rest;
mod ws;

use axum::Router;
use chat_core::Engine;
use chat_core::rest::RestService;

pub use options::Options;
#[doc(hidden)]
pub use ws::ws_route;

/// Returns a router with the engine's WebSocket at `/ws` and its REST API ([`chat_core::rest`]).
/// Nest it under any prefix.
///
/// Serve the app with `into_make_service_with_connect_info::<SocketAddr>()` so that the engine knows
/// the clients' addresses. Behind a proxy that address is the proxy's: add a middleware that inserts
/// the real one into the request's extensions as `ConnectInfo<SocketAddr>`.
///
/// The router adds no middleware. A timeout layer around it limits the upgrade, not the connection.
pub fn chat_router<S>(engine: Engine, options: Options) -> Router<S> {
    let rest = RestService::new(engine.clone());
    Router::new()
        .route("/ws", ws_route(engine, options))
        .fallback(rest::call)
        .with_state(rest)
}
