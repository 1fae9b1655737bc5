//! Chat for axum: a [`Router`] to nest into an app's own.
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
//! It is thin. [`chat_core::ws`] checks the upgrade. The socket goes to the engine as a bare
//! `TcpStream` where that is what the app listens with, so that hyper and its buffers are out of
//! the way, and else, as with TLS, as whatever it is. An idle socket then costs 1.2 KB before what
//! the engine knows of it; with axum's own WebSocket it is 6.7 KB with buffers of 4 KiB, and
//! 137 KB with the defaults.
//!
//! A query such as `?token=…` may end up in the app's access log: let it log paths, not URIs.
//!
//! # Before the engine
//! The engine bounds what it is handed: bodies of requests, sockets after their upgrade. What comes
//! before is the server's. `axum::serve` waits for the headers of a request without an end, and for any
//! number of connections: serve through `hyper_util` with a timer and
//! [`header_read_timeout`](https://docs.rs/hyper/latest/hyper/server/conn/http1/struct.Builder.html#method.header_read_timeout),
//! with a permit for each connection, and listen with a backlog of 1,024 or more, as
//! `examples/axum-server` does, or let a proxy do it.
//!
//! | file | what |
//! |---|---|
//! | `options` | [`Options`]: origins and timeouts |
//! | `ws` | answers an upgrade, and hands the socket to the engine once hyper has let go of it |
//! | `connection` | the byte stream then: the bare socket, or what hyper gives in its place |
//! | `rest` | hands all other requests to the engine's REST service |
//!
//! The guide is in the repository, `docs/guide`: embedding in `axum.md`, the wire in `protocol.md` and `rest.md`,
//! every setting in `settings.md`.

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

/// The engine's WebSocket at `/ws` and its REST calls ([`chat_core::rest`]) beside it, to be nested
/// under a prefix of the app's choice.
///
/// Where the app is served with `into_make_service_with_connect_info::<SocketAddr>()` the engine
/// learns the clients' addresses. Behind a proxy those are the proxy's: let a middleware of the
/// app put the real one into the request's extensions, as `ConnectInfo<SocketAddr>`.
///
/// The router has no middleware of its own. A timeout of the app's around it bounds the upgrade,
/// not the connection.
pub fn chat_router<S>(engine: Engine, options: Options) -> Router<S> {
    let rest = RestService::new(engine.clone());
    Router::new()
        .route("/ws", ws_route(engine, options))
        .fallback(rest::call)
        .with_state(rest)
}
