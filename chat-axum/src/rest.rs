use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;

use crate::Chat;
use crate::ws::remote_addr;

/// Hands a request to the engine's REST service, its body unread.
pub(crate) async fn call(State(chat): State<Chat>, request: Request) -> Response {
    let remote_addr = remote_addr(request.extensions());
    let request = request.map(Body::into_data_stream);
    chat.rest.answer(request, remote_addr).await.map(Body::from)
}
