use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

const TEXT: &str = "text/plain; charset=utf-8";

/// Returns a response with this content type and body.
pub(crate) fn ok(kind: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// Returns a plain text response with this status.
pub(crate) fn text(status: StatusCode, lines: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = ok(TEXT, lines);
    *response.status_mut() = status;
    response
}
