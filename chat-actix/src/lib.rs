//! Chat for actix-web: a [`Scope`] to mount into an app's own.
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
//! It is thin. [`chat_core::ws`] checks the upgrade; then the engine has the socket to itself where
//! the server runs with [`on_connect`], and else speaks through actix:
//!
//! | | with `on_connect` | without, or with TLS |
//! |---|---|---|
//! | an idle connection that has joined a room | 2.7 KB | 14.3 KB |
//! | `TCP_NODELAY` | set | up to `HttpServer::tcp_nodelay` |
//! | counts for actix's `max_connections` | until the upgrade | always |
//! | a client that takes nothing | is dropped | is held by actix until its socket breaks, with up to 100 KB |
//!
//! # Stopping
//! A connection is served by the worker that accepted it, and ends with it. So stop the engine
//! first: start the server with `disable_signals`, and on a signal of your own call
//! [`Engine::shutdown`], which tells the clients and closes them, and then `ServerHandle::stop`.
//!
//! A query such as `?token=…` may end up in the app's access log: let it log paths (`%U` of actix's
//! `Logger`), not request lines.
//!
//! # Before the engine
//! The engine bounds what it is handed: bodies of requests, sockets after their upgrade. What comes
//! before is actix's: set `client_request_timeout` for the headers of a request, `max_connections` for
//! each worker, and a backlog of 1,024 or more, as `examples/actix-server` does.
//!
//! # What is where
//! | file | what |
//! |---|---|
//! | `options` | [`Options`]: origins and timeouts |
//! | `ws` | answers an upgrade, and hands the socket to the engine |
//! | `handover` | [`on_connect`]: takes the socket away from actix |
//! | `tunnel` | the same through actix, where a socket cannot be taken |
//! | `connection` | either of the two, as the byte stream under a WebSocket |
//! | `remote` | [`ClientAddr`]: the client's address behind a proxy |
//! | `rest` | hands all other requests to the engine's REST service |
//! | `convert` | between the two versions of the `http` crate |
//!
//! The guide is in the repository, `docs/guide`: embedding in `actix-web.md`, the wire in `protocol.md` and `rest.md`,
//! every setting in `settings.md`.

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

/// The engine's WebSocket at `{path}/ws` and its REST calls ([`chat_core::rest`]) beside it. Every
/// worker makes its own, of clones of one engine.
///
/// The scope has no middleware of its own. A timeout of the app's around it bounds the upgrade, not
/// the connection.
pub fn chat_scope(path: &str, engine: Engine, options: Options) -> Scope {
    let rest = RestService::new(engine.clone());
    let call = move |request, payload| rest::call(rest.clone(), request, payload);
    web::scope(path)
        .service(ws_resource("/ws", engine, options))
        .default_service(web::to(call))
}
