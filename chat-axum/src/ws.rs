use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use chat_core::Handshake;
use chat_core::ws::{BearerToken, Refusal, Upgrade, WsOptions, WsStream, detached};
use http::Extensions;
use hyper::upgrade::OnUpgrade;

use crate::Chat;
use crate::connection::connection;

/// Answers an upgrade, and hands the socket to the engine once hyper has let go of it.
pub(crate) async fn upgrade(State(chat): State<Chat>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let accepted = Upgrade::accept(
        &parts.method,
        &parts.uri,
        &parts.headers,
        &chat.options.origins,
    );
    let mut upgrade = match accepted {
        Ok(upgrade) => upgrade,
        Err(refusal) => return refuse(refusal),
    };
    // Absent over HTTP/2, which knows no such upgrade.
    let Some(on_upgrade) = parts.extensions.remove::<OnUpgrade>() else {
        return refuse(Refusal::NotAnUpgrade);
    };
    let remote_addr = remote_addr(&parts.extensions);
    let response = upgrade.response().map(Body::from);
    let handshake = Handshake::new(upgrade.take_token().map(BearerToken::into_inner))
        .headers(detached(&parts.headers))
        .remote_addr(remote_addr);
    tokio::spawn(hand_over(chat, on_upgrade, handshake));
    response
}

async fn hand_over(chat: Chat, on_upgrade: OnUpgrade, handshake: Handshake) {
    let upgraded = match tokio::time::timeout(chat.options.upgrade_timeout, on_upgrade).await {
        Ok(Ok(upgraded)) => upgraded,
        Ok(Err(error)) => {
            tracing::debug!(%error, "upgrade failed");
            return;
        }
        Err(_) => {
            tracing::debug!("upgrade timed out");
            return;
        }
    };
    let (io, leftover) = connection(upgraded);
    let options = WsOptions {
        max_message_bytes: chat.engine.config().limits.max_frame_bytes,
        frame_timeout: chat.options.frame_timeout,
    };
    let transport = WsStream::new(io, &leftover, options);
    // A task of its own: this one's memory is also that of the upgrade, and ends here.
    tokio::spawn(chat.engine.serve(transport, handshake));
}

fn refuse(refusal: Refusal) -> Response {
    refusal.response().map(Body::from)
}

/// The client's address, where the app serves with connect info.
pub(crate) fn remote_addr(extensions: &Extensions) -> Option<IpAddr> {
    extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(address)| address.ip())
}
