use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use chat_core::rest::RestService;
use chat_core::{Error, ErrorKind};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::ws::remote_addr;

/// Hands a request to the engine's REST service, once its body is there.
pub(crate) async fn call(State(rest): State<RestService>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let limited = Limited::new(body, rest.max_body_bytes());
    let body = match limited.collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => {
            let error = if error.is::<LengthLimitError>() {
                Error::new(ErrorKind::TooLarge, "the body is too large")
            } else {
                Error::invalid("the body broke off").with_source(error)
            };
            return RestService::problem(error).map(Body::from);
        }
    };
    let remote_addr = remote_addr(&parts.extensions);
    let request = http::Request::from_parts(parts, body);
    rest.handle(request, remote_addr).await.map(Body::from)
}
