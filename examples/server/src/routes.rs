use std::time::Duration;

use bytes::Bytes;
use chat_core::UserId;
use chat_core::auth::JwtIssuer;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Deserialize;

use crate::{Server, page, reply};

/// The time limit for receiving the body of a request to [`Server::answer`].
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The maximum size of the body of a request to [`Server::answer`]. The server must enforce it.
pub const MAX_BODY_BYTES: usize = 4096;

const READY_TIMEOUT: Duration = Duration::from_secs(2);

const DEV_TOKEN_TTL: Duration = Duration::from_secs(12 * 60 * 60);

impl Server {
    /// Answers all requests outside the engine's API: the web app or the demo page at `/`, `/healthz`
    /// and `/readyz`, and, if enabled, `/metrics` and `POST /dev/token {"userId": "alice"}`.
    pub async fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path();
        if let ("/dev/token", Some(issuer)) = (path, &self.dev_tokens) {
            return match *request.method() {
                Method::POST => dev_token(issuer, &request),
                _ => not_allowed("POST"),
            };
        }
        let mut response = match path {
            "/metrics" => match &self.metrics {
                Some(metrics) => rendered(metrics),
                None => return reply::text(StatusCode::NOT_FOUND, "not found\n"),
            },
            "/healthz" => reply::text(StatusCode::OK, "alive\n"),
            "/readyz" => self.ready().await,
            path => match (&self.web, page::file(path)) {
                (Some(web), file) if path == "/" || file.is_none() => {
                    return web.answer(request).await;
                }
                (_, Some(file)) => file,
                (_, None) => return reply::text(StatusCode::NOT_FOUND, "not found\n"),
            },
        };
        match *request.method() {
            Method::GET => response,
            Method::HEAD => {
                *response.body_mut() = Bytes::new();
                response
            }
            _ => not_allowed("GET, HEAD"),
        }
    }

    async fn ready(&self) -> Response<Bytes> {
        let stores = tokio::time::timeout(READY_TIMEOUT, self.engine.ready());
        // A node stays ready without Redis. Otherwise a Redis outage would take down all nodes at once.
        let (stores, redis) = tokio::join!(stores, self.backends.redis_state());
        let stores = stores.unwrap_or_else(|e| Err(chat_core::Error::unavailable(e)));
        let (status, first) = match stores {
            Ok(()) => (StatusCode::OK, "ready"),
            Err(error) => {
                tracing::warn!(%error, source = ?std::error::Error::source(&error), "not ready");
                (StatusCode::SERVICE_UNAVAILABLE, "not ready")
            }
        };
        let lines = [Some(first), redis].into_iter().flatten();
        reply::text(
            status,
            lines.map(|line| format!("{line}\n")).collect::<String>(),
        )
    }
}

fn rendered(metrics: &PrometheusHandle) -> Response<Bytes> {
    // Drains the samples that histograms have collected.
    metrics.run_upkeep();
    reply::ok("text/plain; version=0.0.4", metrics.render())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TokenRequest {
    user_id: UserId,
}

/// Issues a development token to anyone.
fn dev_token(issuer: &JwtIssuer, request: &Request<Bytes>) -> Response<Bytes> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    // A page on another origin can send a form without a preflight request, but not JSON.
    if kind.is_none_or(|kind| !kind.as_bytes().starts_with(b"application/json")) {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return reply::text(status, "`Content-Type` must be `application/json`\n");
    }
    let Ok(request) = serde_json::from_slice::<TokenRequest>(request.body()) else {
        let status = StatusCode::BAD_REQUEST;
        return reply::text(status, "the body must be `{\"userId\": \"…\"}`\n");
    };
    match issuer.issue(&request.user_id, DEV_TOKEN_TTL) {
        Ok(token) => {
            let body = serde_json::json!({ "token": token });
            let mut response = reply::ok("application/json", body.to_string());
            let never = HeaderValue::from_static("no-store");
            response.headers_mut().insert(header::CACHE_CONTROL, never);
            response
        }
        Err(error) => {
            tracing::error!(%error, "cannot issue a token");
            reply::text(StatusCode::INTERNAL_SERVER_ERROR, "internal error\n")
        }
    }
}

fn not_allowed(allow: &'static str) -> Response<Bytes> {
    let mut response = reply::text(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n");
    let allow = HeaderValue::from_static(allow);
    response.headers_mut().insert(header::ALLOW, allow);
    response
}

#[cfg(test)]
mod tests;
