//! Starts the app. See `lib.rs` for a description.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `EMBED_LISTEN` | address and port to listen on | `127.0.0.1:8081` |
//! | `EMBED_ORIGINS` | origins of the app's pages, comma-separated | `http://127.0.0.1:8081,http://localhost:8081` |
//! | `RUST_LOG` | log filter | `info` |

use std::env;
use std::error::Error;
use std::net::SocketAddr;

use embed::App;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).init();
    let listen = variable("EMBED_LISTEN", "127.0.0.1:8081");
    let origins = variable(
        "EMBED_ORIGINS",
        "http://127.0.0.1:8081,http://localhost:8081",
    );

    let app = App::new(origins.split(',').map(str::trim))?;
    let listener = TcpListener::bind(listen).await?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    let service = app
        .router()
        .into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(async {
            let _ = tokio::signal::ctrl_c().await;
        })
        .await?;

    app.engine().shutdown().await;
    Ok(())
}

fn variable(name: &str, default: &str) -> String {
    env::var(name)
        .ok()
        .filter(|v| !v.is_empty())
        .unwrap_or_else(|| default.to_owned())
}
