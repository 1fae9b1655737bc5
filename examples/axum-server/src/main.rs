//! The chat server on axum. In memory; `cargo run --release -p axum-server`, then open
//! <http://127.0.0.1:8080> in two tabs.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `CHAT_LISTEN` | where to listen | `127.0.0.1:8080` |
//! | `CHAT_JWT_SECRET` | the HS256 secret of the tokens | a random one, with a warning |
//! | `CHAT_DEV_TOKENS` | `1`: `POST /dev/token` gives anyone a token for any name | on, in memory |
//! | `CHAT_ORIGINS` | pages that may connect, comma-separated | any |
//! | `CHAT_CONFIG` | a JSON file with settings of the engine ([`chat_core::Config`]) | none |
//! | `RUST_LOG` | what is logged | `info` |

mod listen;
mod page;
mod routes;
mod settings;

use std::error::Error;
use std::sync::Arc;

use chat_core::auth::{JwtAuthenticator, JwtIssuer};
use chat_core::engine::CreateRoom;
use chat_core::model::RoomKind;
use chat_core::{Actor, Engine, ErrorKind, RoomId};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::routes::Server;
use crate::settings::Settings;

/// Buckets of the histograms whose names end in `_seconds`.
const SECONDS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).init();
    let settings = Settings::from_env()?;
    let metrics = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .install_recorder()?;

    let engine = Engine::builder(JwtAuthenticator::hs256(&settings.jwt_secret)?)
        .config(settings.config.clone())
        .build();
    create_general(&engine).await?;

    let server = Arc::new(Server {
        engine: engine.clone(),
        metrics,
        dev_tokens: settings
            .dev_tokens
            .then(|| JwtIssuer::hs256(&settings.jwt_secret))
            .transpose()?,
    });
    let listener = TcpListener::bind(settings.listen).await?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    let app = routes::router(server, settings.origins);
    listen::serve(listener, app, stop_signal()).await;

    tracing::info!("stopping");
    engine.shutdown().await;
    Ok(())
}

/// A public room for everyone.
async fn create_general(engine: &Engine) -> chat_core::Result<()> {
    let general = CreateRoom::new(RoomKind::Public)
        .id(RoomId::new("general")?)
        .name("General");
    match engine.create_room(&Actor::App, general).await {
        Err(error) if error.kind() != ErrorKind::Conflict => Err(error),
        _ => Ok(()),
    }
}

/// Waits for `SIGTERM` or Ctrl-C.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(error) => {
                tracing::warn!(%error, "cannot listen for SIGTERM");
                let _ = interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
}
