use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chat_axum::{Options, chat_router};
use chat_core::auth::JwtIssuer;
use chat_core::ws::AllowedOrigins;
use chat_core::{Engine, UserId};
use http::{StatusCode, header};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::{Deserialize, Serialize};

use crate::page;

/// A token for trying out is valid this long.
const DEV_TOKEN_TTL: Duration = Duration::from_secs(12 * 60 * 60);

/// What the routes share.
pub(crate) struct Server {
    pub(crate) engine: Engine,
    pub(crate) metrics: PrometheusHandle,
    pub(crate) dev_tokens: Option<JwtIssuer>,
}

pub(crate) fn router(server: Arc<Server>, origins: AllowedOrigins) -> Router {
    let options = Options {
        origins,
        ..Options::default()
    };
    let chat = chat_router(server.engine.clone(), options);
    let mut app = Router::new()
        .nest("/chat", chat)
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics));
    if server.dev_tokens.is_some() {
        app = app.route("/dev/token", post(dev_token));
    }
    app.merge(page::router()).with_state(server)
}

async fn ready(State(server): State<Arc<Server>>) -> Response {
    match server.engine.ready().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
        }
    }
}

async fn metrics(State(server): State<Arc<Server>>) -> Response {
    // Histograms gather their samples until they are rendered.
    server.metrics.run_upkeep();
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (kind, server.metrics.render()).into_response()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TokenRequest {
    user_id: UserId,
}

#[derive(Serialize)]
struct Token {
    token: String,
}

/// A token for whoever asks: for trying out.
async fn dev_token(
    State(server): State<Arc<Server>>,
    Json(request): Json<TokenRequest>,
) -> Response {
    let Some(issuer) = &server.dev_tokens else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match issuer.issue(&request.user_id, DEV_TOKEN_TTL) {
        Ok(token) => ([(header::CACHE_CONTROL, "no-store")], Json(Token { token })).into_response(),
        Err(error) => {
            tracing::error!(%error, "cannot issue a token");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
