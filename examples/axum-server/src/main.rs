//! A chat server on axum.
//!
//! Run `cargo run --release -p axum-server`, then open <http://127.0.0.1:8080> in two tabs.
//! [`example_server`] lists the environment variables.

mod listen;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use chat_axum::{Options, chat_router};
use example_server::{BODY_TIMEOUT, Error, MAX_BODY_BYTES, Server, stop_signal};
use http::StatusCode;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let (server, settings) = Server::from_env().await?;
    let listener = example_server::listen(&settings)?;
    let engine = server.engine.clone();
    let options = Options {
        origins: settings.origins,
        ..Options::default()
    };
    let server = Arc::new(server);
    let app = Router::new()
        .nest("/chat", chat_router(engine.clone(), options))
        .fallback(move |request| answer(Arc::clone(&server), request));

    let listener = TcpListener::from_std(listener)?;
    listen::serve(listener, app, stop_signal()).await;

    tracing::info!("stopping");
    engine.shutdown().await;
    Ok(())
}

async fn answer(server: Arc<Server>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY_BYTES)).await {
        Ok(Ok(body)) => {
            let request = Request::from_parts(parts, body);
            server.answer(request).await.map(Body::from)
        }
        Ok(Err(_)) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}
