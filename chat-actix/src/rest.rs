use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::http::ConnectionType;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use chat_core::rest::RestService;
use http::header::CONNECTION;

use crate::convert;
use crate::remote::remote_addr;

/// Passes a request to the engine's REST service without reading its body.
pub(crate) async fn call(
    rest: RestService,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let mut payload = payload.into_inner();
    let response = match convert::head(&request) {
        Ok(head) => {
            let asked = http::Request::from_parts(head, &mut payload);
            rest.answer(asked, remote_addr(&request)).await
        }
        Err(error) => RestService::problem(error),
    };
    if !response.headers().contains_key(CONNECTION) {
        return convert::response(response);
    }
    let body = Unread {
        body: response.body().clone(),
        _payload: payload,
    };
    let mut response = convert::response(response).set_body(BoxBody::new(body));
    let head = response.head_mut();
    head.set_connection_type(ConnectionType::Close);
    response
}

/// The response to a request whose body was not read to the end.
///
/// It holds the payload so that actix closes the connection after the response. Otherwise actix would
/// read the rest of a chunked body, whatever its length.
struct Unread {
    body: Bytes,
    _payload: Payload,
}

impl MessageBody for Unread {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.body.len() as u64)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        let body = std::mem::take(&mut self.body);
        Poll::Ready((!body.is_empty()).then_some(Ok(body)))
    }
}
