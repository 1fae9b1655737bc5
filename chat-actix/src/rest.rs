use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BodyStream, BoxBody, MessageBody, to_bytes_limited};
use actix_web::dev::Payload;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use chat_core::rest::RestService;
use chat_core::{Error, ErrorKind};

use crate::convert;
use crate::remote::remote_addr;

/// Hands a request to the engine's REST service, once its body is there.
pub(crate) async fn call(
    rest: RestService,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let mut payload = payload.into_inner();
    let body = to_bytes_limited(BodyStream::new(&mut payload), rest.max_body_bytes()).await;
    let body = match body {
        Ok(Ok(body)) => body,
        // The source is of a type that cannot leave this thread.
        Ok(Err(error)) => {
            let error = Error::invalid("the body broke off").with_source(error.to_string());
            return convert::response(RestService::problem(error));
        }
        Err(_) => {
            let error = Error::new(ErrorKind::TooLarge, "the body is too large");
            let problem = RestService::problem(error);
            let body = Unread {
                body: problem.body().clone(),
                _payload: payload,
            };
            return convert::response(problem).set_body(BoxBody::new(body));
        }
    };
    let response = match convert::head(&request) {
        Ok(head) => {
            let asked = http::Request::from_parts(head, body);
            rest.handle(asked, remote_addr(&request)).await
        }
        Err(error) => RestService::problem(error),
    };
    convert::response(response)
}

/// The answer to a request that was not read to its end. As long as someone holds the payload, actix
/// closes the connection after the answer; it would otherwise read a chunked body on, to any length.
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
