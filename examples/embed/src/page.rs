//! The demo page: three files, compiled in.

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header;

use crate::App;

/// Forbids inline scripts and styles, content from other origins, and framing.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                   base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn router() -> Router<App> {
    const HTML: &str = include_str!("../static/index.html");
    const SCRIPT: &str = include_str!("../static/app.js");
    const STYLE: &str = include_str!("../static/style.css");
    Router::new()
        .route("/", get(async || file(HTML, "text/html; charset=utf-8")))
        .route(
            "/app.js",
            get(async || file(SCRIPT, "text/javascript; charset=utf-8")),
        )
        .route(
            "/style.css",
            get(async || file(STYLE, "text/css; charset=utf-8")),
        )
}

fn file(content: &'static str, kind: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, content).into_response()
}
