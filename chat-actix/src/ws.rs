use actix_web::body::BoxBody;
use actix_web::http::ConnectionType;
use actix_web::{HttpRequest, HttpResponse, web};
use chat_core::rest::RestService;
use chat_core::ws::{BearerToken, Upgrade, WsOptions, WsStream, detached};
use chat_core::{Engine, Handshake};

use crate::connection::Connection;
use crate::handover::{HandOver, Socket};
use crate::remote::remote_addr;
use crate::tunnel::Tunnel;
use crate::{Chat, convert};

/// Answers an upgrade, and hands the socket to the engine.
pub(crate) async fn upgrade(
    chat: Chat,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let head = match convert::head(&request) {
        Ok(head) => head,
        Err(error) => return convert::response(RestService::problem(error)),
    };
    let origins = &chat.options.origins;
    let mut upgrade = match Upgrade::accept(&head.method, &head.uri, &head.headers, origins) {
        Ok(upgrade) => upgrade,
        Err(refusal) => return convert::response(refusal.response()),
    };
    let handshake = Handshake::new(upgrade.take_token().map(BearerToken::into_inner))
        .headers(detached(&head.headers))
        .remote_addr(remote_addr(&request));
    let serve = Serve {
        options: WsOptions {
            max_message_bytes: chat.engine.config().limits.max_frame_bytes,
            frame_timeout: chat.options.frame_timeout,
        },
        engine: chat.engine,
        handshake,
    };
    let payload = payload.into_inner();
    let body = match request.conn_data().and_then(Socket::take) {
        Some(socket) => BoxBody::new(HandOver::new(socket, payload, serve)),
        None => {
            let (tunnel, body) = Tunnel::new(payload);
            serve.start(Connection::Right(tunnel), &[]);
            BoxBody::new(body)
        }
    };
    let mut response = convert::response(upgrade.response()).set_body(body);
    response
        .head_mut()
        .set_connection_type(ConnectionType::Upgrade);
    response
}

/// What the engine needs to serve a connection, besides the connection.
pub(crate) struct Serve {
    engine: Engine,
    handshake: Handshake,
    options: WsOptions,
}

impl Serve {
    /// Serves it, in a task of this worker. `leftover` was read already.
    pub(crate) fn start(self, connection: Connection, leftover: &[u8]) {
        let transport = WsStream::new(connection, leftover, self.options);
        tokio::spawn(self.engine.serve(transport, self.handshake));
    }
}
