//! Between the `http` crate of actix-web, which is version 0.2, and the engine's, which is 1.

use actix_web::body::BoxBody;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{StatusCode, Version};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use chat_core::Error;
use http::request::Parts;

/// A request without its body, its path relative to the scope. It shares no memory with actix's own:
/// a header that is kept there keeps the whole buffer alive that the request was read into.
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

/// Tells whether a connection can be closed after a request or serves others, too.
fn version(request: &HttpRequest) -> http::Version {
    match request.version() {
        Version::HTTP_2 => http::Version::HTTP_2,
        _ => http::Version::HTTP_11,
    }
}

fn malformed(error: impl Into<http::Error>) -> Error {
    Error::invalid("the request is malformed").with_source(error.into())
}

/// The path below the scope as the client sent it, and the query. What actix matched is decoded
/// already, but has the same slashes.
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

/// The engine's response as one of actix's.
pub(crate) fn response(response: http::Response<Bytes>) -> HttpResponse {
    let (parts, body) = response.into_parts();
    // What is a status, a name or a value for the one is so for the other.
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
