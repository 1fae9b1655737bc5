//! The page to try the engine with: a few files, compiled in.

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header;

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                   img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

macro_rules! files {
    ($($path:literal => $file:literal, $kind:literal;)*) => {
        [$(($path, include_str!(concat!("../static/", $file)), $kind)),*]
    };
}

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let files = files! {
        "/" => "index.html", "text/html; charset=utf-8";
        "/app.js" => "app.js", "text/javascript; charset=utf-8";
        "/client.js" => "client.js", "text/javascript; charset=utf-8";
        "/log.js" => "log.js", "text/javascript; charset=utf-8";
        "/view.js" => "view.js", "text/javascript; charset=utf-8";
        "/docs" => "docs.html", "text/html; charset=utf-8";
        "/docs.js" => "docs.js", "text/javascript; charset=utf-8";
        "/docs.css" => "docs.css", "text/css; charset=utf-8";
        "/style.css" => "style.css", "text/css; charset=utf-8";
    };
    files
        .into_iter()
        .fold(Router::new(), |router, (path, content, kind)| {
            router.route(path, get(async move || file(content, kind)))
        })
}

fn file(content: &'static str, kind: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, content).into_response()
}
