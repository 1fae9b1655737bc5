use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

const TEXT: &str = "text/plain; charset=utf-8";

pub(crate) fn ok(kind: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

pub(crate) fn text(status: StatusCode, lines: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = ok(TEXT, lines);
    *response.status_mut() = status;
    response
}
