//! Converts between `http` 0.2, which actix-web uses, and `http` 1, which the engine uses.

use actix_web::body::BoxBody;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{StatusCode, Version};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use chat_core::Error;
use http::request::Parts;

/// Converts a request's head, with the path relative to the scope.
///
/// Headers are copied: a header that shared actix's memory would keep its whole read buffer alive.
pub(crate) fn head(request: &HttpRequest) -> Result<Parts, Error> {
    let mut head = http::Request::builder()
        .method(request.method().as_str())
        .uri(relative(request))
        .version(version(request))
        .body(())
        .map_err(malformed)?
        .into_parts()
        .0;
    for (name, value) in request.headers() {
        let name = http::HeaderName::from_bytes(name.as_ref()).map_err(malformed)?;
        let value = http::HeaderValue::from_bytes(value.as_bytes()).map_err(malformed)?;
        head.headers.append(name, value);
    }
    Ok(head)
}

/// Only HTTP/2 matters to the engine: such a connection carries other requests and must not be closed.
fn version(request: &HttpRequest) -> http::Version {
    match request.version() {
        Version::HTTP_2 => http::Version::HTTP_2,
        _ => http::Version::HTTP_11,
    }
}

fn malformed(error: impl Into<http::Error>) -> Error {
    Error::invalid("the request is malformed").with_source(error.into())
}

/// Returns the path below the scope, as the client sent it, and the query.
///
/// actix has decoded the path that it matched, so only its slashes can be counted.
fn relative(request: &HttpRequest) -> String {
    let uri = request.uri();
    let slashes = request.match_info().unprocessed().matches('/').count();
    let below = uri.path().rmatch_indices('/').take(slashes).last();
    let path = below.map_or("/", |(at, _)| &uri.path()[at..]);
    match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    }
}

/// Converts the engine's response to actix's type.
pub(crate) fn response(response: http::Response<Bytes>) -> HttpResponse {
    let (parts, body) = response.into_parts();
    // Both versions of the crate accept the same statuses, names and values.
    let status = StatusCode::from_u16(parts.status.as_u16());
    let mut response = HttpResponse::with_body(
        status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        BoxBody::new(body),
    );
    for (name, value) in &parts.headers {
        let name = HeaderName::from_bytes(name.as_ref());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
