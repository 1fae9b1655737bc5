//! A chat server on actix-web.
//!
//! Run `cargo run --release -p actix-web-server`, then open <http://127.0.0.1:8080> in two tabs.
//! [`example_server`] lists the environment variables.

mod answer;

use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpServer, web};
use chat_actix::{Options, chat_scope, on_connect};
use example_server::{Error, Server, stop_signal};

use crate::answer::answer;

/// The time limit for request headers. Without one, a silent client would hold its socket for ever.
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
    // The engine first: stopping a worker ends its connections without notice.
    engine.shutdown().await;
    handle.stop(true).await;
    Ok(serving.await??)
}
