use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use chat_core::rest::RestService;

use crate::ws::remote_addr;

/// Passes a request to the engine's REST service without reading its body.
pub(crate) async fn call(State(rest): State<RestService>, request: Request) -> Response {
    let remote_addr = remote_addr(request.extensions());
    let request = request.map(Body::into_data_stream);
    rest.answer(request, remote_addr).await.map(Body::from)
}
