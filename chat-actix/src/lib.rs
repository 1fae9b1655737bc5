//! Chat for actix-web: a [`Scope`] to mount in your app.
//!
//! ```
//! use actix_web::{App, HttpServer};
//! use chat_actix::{Options, chat_scope, on_connect};
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
//! # async fn main() -> std::io::Result<()> {
//! let engine = Engine::builder(Login).build(); // `Login` knows the app's users
//! let server = HttpServer::new(move || {
//!     App::new().service(chat_scope("/chat", engine.clone(), Options::default()))
//! })
//! .on_connect(on_connect);
//! // server.bind("127.0.0.1:8080")?.run().await
//! # drop(server);
//! # Ok(())
//! # }
//! ```
//!
//! [`chat_core::ws`] checks the upgrade. With [`on_connect`] the engine then takes over the socket;
//! without it, the WebSocket goes through actix:
//!
//! | | with `on_connect` | without, or with TLS |
//! |---|---|---|
//! | idle connection that has joined a room | 2.7 KB | 14.3 KB |
//! | `TCP_NODELAY` | set | set by `HttpServer::tcp_nodelay` |
//! | counts towards actix's `max_connections` | until the upgrade | always |
//! | client that stops reading | dropped | kept by actix until its socket fails, with up to 100 KB |
//!
//! A token in the query (`?token=…`) can end up in your app's access log. Log paths (`%U` in actix's
//! `Logger`), not request lines.
//!
//! # Shutdown
//! A connection runs on the worker that accepted it, and ends with that worker. Stop the engine
//! first: start the server with `disable_signals` and handle signals yourself. Call
//! [`Engine::shutdown`], which notifies the clients and closes their connections, then
//! `ServerHandle::stop`.
//!
//! # Limits before the engine
//! The engine limits request bodies and upgraded sockets. Everything before that is up to actix: set
//! `client_request_timeout` for request headers, `max_connections` for each worker, and a backlog of
//! at least 1,024, like `examples/actix-server`.
//!
//! # Source files
//! | file | purpose |
//! |---|---|
//! | `options` | [`Options`]: origins and timeouts |
//! | `ws` | answers the upgrade, then hands the socket to the engine |
//! | `handover` | [`on_connect`]: takes the socket away from actix |
//! | `tunnel` | runs a WebSocket through actix if its socket cannot be taken |
//! | `connection` | the byte stream under a WebSocket, by either way |
//! | `remote` | [`ClientAddr`]: the client's address behind a proxy |
//! | `rest` | passes all other requests to the engine's REST service |
//! | `convert` | converts between the two versions of the `http` crate |
//!
//! The guide is in the repository under `docs/guide`. See `actix-web.md` for embedding, `protocol.md`
//! and `rest.md` for the API, and `settings.md` for every setting.

mod connection;
mod convert;
mod handover;
mod options;
mod remote;
mod rest;
mod tunnel;
mod ws;

use actix_web::{Scope, web};
use chat_core::Engine;
use chat_core::rest::RestService;

pub use handover::on_connect;
pub use options::Options;
pub use remote::ClientAddr;
#[doc(hidden)]
pub use ws::ws_resource;

/// Returns a scope with the engine's WebSocket at `{path}/ws` and its REST API
/// ([`chat_core::rest`]) below `path`. Each worker builds its own scope from a clone of the engine.
///
/// The scope adds no middleware. A timeout middleware around it limits the upgrade, not the
/// connection.
pub fn chat_scope(path: &str, engine: Engine, options: Options) -> Scope {
    let rest = RestService::new(engine.clone());
    let call = move |request, payload| rest::call(rest.clone(), request, payload);
    web::scope(path)
        .service(ws_resource("/ws", engine, options))
        .default_service(web::to(call))
}
