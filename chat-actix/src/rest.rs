use actix_web::{HttpRequest, HttpResponse, web};
use chat_core::rest::RestService;
use chat_core::{Error, ErrorKind};

use crate::convert;
use crate::remote::remote_addr;

/// Hands a request to the engine's REST service, once its body is there.
pub(crate) async fn call(
    rest: RestService,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    let head = convert::head(&request);
    let body = match body.to_bytes_limited(rest.max_body_bytes()).await {
        Ok(Ok(body)) => Ok(body),
        // The source is of a type that cannot leave this thread.
        Ok(Err(error)) => Err(Error::invalid("the body broke off").with_source(error.to_string())),
        Err(_) => Err(Error::new(ErrorKind::TooLarge, "the body is too large")),
    };
    let response = match (head, body) {
        (Ok(head), Ok(body)) => {
            let asked = http::Request::from_parts(head, body);
            rest.handle(asked, remote_addr(&request)).await
        }
        (Err(error), _) | (_, Err(error)) => RestService::problem(error),
    };
    convert::response(response)
}
