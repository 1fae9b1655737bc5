use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use example_server::{BODY_TIMEOUT, MAX_BODY_BYTES, Server};

/// Passes a request to [`Server::answer`]. Converts the types, as actix-web uses another version of
/// the `http` crate.
pub(crate) async fn answer(
    server: Arc<Server>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    let body = body.to_bytes_limited(MAX_BODY_BYTES);
    let body = match tokio::time::timeout(BODY_TIMEOUT, body).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return HttpResponse::PayloadTooLarge().finish(),
        Err(_) => return HttpResponse::RequestTimeout().force_close().finish(),
    };
    let Some(request) = body.ok().and_then(|body| convert(&request, body)) else {
        return HttpResponse::BadRequest().finish();
    };
    let (parts, body) = server.answer(request).await.into_parts();
    let status = StatusCode::from_u16(parts.status.as_u16());
    let mut response = HttpResponse::build(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    for (name, value) in &parts.headers {
        response.append_header((name.as_str(), value.as_bytes()));
    }
    response.body(body)
}

fn convert(request: &HttpRequest, body: Bytes) -> Option<http::Request<Bytes>> {
    let mut converted = http::Request::builder()
        .method(request.method().as_str())
        .uri(request.uri().to_string());
    for (name, value) in request.headers() {
        converted = converted.header(name.as_str(), value.as_bytes());
    }
    converted.body(body).ok()
}
