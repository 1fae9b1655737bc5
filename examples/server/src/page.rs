//! The demo page and the API docs page: static files, compiled in.

use bytes::Bytes;
use http::{HeaderValue, Response, header};

use crate::reply;

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                   img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("../static/", $name))
    };
}

pub(crate) fn file(path: &str) -> Option<Response<Bytes>> {
    let (content, kind) = match path {
        "/" => (file!("index.html"), HTML),
        "/app.js" => (file!("app.js"), SCRIPT),
        "/client.js" => (file!("client.js"), SCRIPT),
        "/log.js" => (file!("log.js"), SCRIPT),
        "/view.js" => (file!("view.js"), SCRIPT),
        "/docs" => (file!("docs.html"), HTML),
        "/docs.js" => (file!("docs.js"), SCRIPT),
        "/docs.css" => (file!("docs.css"), STYLE),
        "/style.css" => (file!("style.css"), STYLE),
        _ => return None,
    };
    let mut response = reply::ok(kind, content);
    let headers = [
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    for (name, value) in headers {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    Some(response)
}
