use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::http::ConnectionType;
use actix_web::{HttpRequest, HttpResponse, Resource, web};
use chat_core::Handshake;
use chat_core::rest::RestService;
use chat_core::ws::{BearerToken, Serve, Upgrade, WsOptions, WsStream, detached};

use crate::connection::Connection;
use crate::handover::{HandOver, Socket};
use crate::remote::remote_addr;
use crate::tunnel::Tunnel;
use crate::{Options, convert};

/// Returns the resource that answers the upgrade and hands the socket to `host`.
pub fn ws_resource<H: Serve>(path: &str, host: H, options: Options) -> Resource {
    let options = Arc::new(options);
    web::resource(path)
        .to(move |request, payload| upgrade(host.clone(), Arc::clone(&options), request, payload))
}

async fn upgrade<H: Serve>(
    host: H,
    options: Arc<Options>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let head = match convert::head(&request) {
        Ok(head) => head,
        Err(error) => return convert::response(RestService::problem(error)),
    };
    let origins = &options.origins;
    let mut upgrade = match Upgrade::accept(&head.method, &head.uri, &head.headers, origins) {
        Ok(upgrade) => upgrade,
        Err(refusal) => return convert::response(refusal.response()),
    };
    let handshake = Handshake::new(upgrade.take_token().map(BearerToken::into_inner))
        .headers(detached(&head.headers))
        .remote_addr(remote_addr(&request));
    let upgraded = Upgraded {
        options: host.ws_options(options.frame_timeout),
        host,
        handshake,
    };
    let payload = payload.into_inner();
    let body = match request.conn_data().and_then(Socket::take) {
        Some(socket) => BoxBody::new(HandOver::new(socket, payload, upgraded)),
        None => {
            let (tunnel, body) = Tunnel::new(payload);
            upgraded.start(Connection::Right(tunnel), &[]);
            BoxBody::new(body)
        }
    };
    let mut response = convert::response(upgrade.response()).set_body(body);
    response
        .head_mut()
        .set_connection_type(ConnectionType::Upgrade);
    response
}

/// An accepted upgrade whose socket actix still owns.
pub(crate) struct Upgraded<H> {
    host: H,
    handshake: Handshake,
    options: WsOptions,
}

impl<H: Serve> Upgraded<H> {
    /// Serves the connection in a task on this worker. `leftover` holds the bytes already read.
    pub(crate) fn start(self, connection: Connection, leftover: &[u8]) {
        let transport = WsStream::new(connection, leftover, self.options);
        tokio::spawn(self.host.serve(transport, self.handshake));
    }
}
