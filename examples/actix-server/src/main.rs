//! The chat server on actix-web. `cargo run --release -p actix-web-server`, then open
//! <http://127.0.0.1:8080> in two tabs. [`example_server`] says which variables it reads.

mod answer;

use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpServer, web};
use chat_actix::{Options, chat_scope, on_connect};
use example_server::{Error, Server, stop_signal};

use crate::answer::answer;

/// Whoever opens a socket and says nothing would hold it for ever.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

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
    let app = move || {
        let chat = chat_scope("/chat", server.engine.clone(), options.clone());
        let server = Arc::clone(&server);
        App::new()
            .service(chat)
            .default_service(web::to(move |request, body| {
                answer(Arc::clone(&server), request, body)
            }))
    };

    let serving = HttpServer::new(app)
        .on_connect(on_connect)
        .client_request_timeout(HEADER_TIMEOUT)
        .disable_signals()
        .listen(listener)?
        .run();
    let handle = serving.handle();
    let serving = tokio::spawn(serving);
    stop_signal().await;

    tracing::info!("stopping");
    // In this order: a connection ends with the worker that serves it.
    engine.shutdown().await;
    handle.stop(true).await;
    Ok(serving.await??)
}
