use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use axum::routing::{MethodRouter, any};
use chat_core::Handshake;
use chat_core::ws::{BearerToken, Refusal, Serve, Upgrade, WsStream, detached};
use http::Extensions;
use hyper::upgrade::OnUpgrade;

use crate::Options;
use crate::connection::connection;

/// Returns the route that answers the upgrade and hands the socket to `host`.
pub fn ws_route<H: Serve, S>(host: H, options: Options) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    let options = Arc::new(options);
    any(move |request: Request| upgrade(host.clone(), Arc::clone(&options), request))
}

async fn upgrade<H: Serve>(host: H, options: Arc<Options>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let accepted = Upgrade::accept(&parts.method, &parts.uri, &parts.headers, &options.origins);
    let mut upgrade = match accepted {
        Ok(upgrade) => upgrade,
        Err(refusal) => return refuse(refusal),
    };
    // Absent over HTTP/2, which has no such upgrade.
    let Some(on_upgrade) = parts.extensions.remove::<OnUpgrade>() else {
        return refuse(Refusal::NotAnUpgrade);
    };
    let remote_addr = remote_addr(&parts.extensions);
    let response = upgrade.response().map(Body::from);
    let handshake = Handshake::new(upgrade.take_token().map(BearerToken::into_inner))
        .headers(detached(&parts.headers))
        .remote_addr(remote_addr);
    tokio::spawn(hand_over(host, options, on_upgrade, handshake));
    response
}

async fn hand_over<H: Serve>(
    host: H,
    options: Arc<Options>,
    on_upgrade: OnUpgrade,
    handshake: Handshake,
) {
    let upgraded = match tokio::time::timeout(options.upgrade_timeout, on_upgrade).await {
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
    let transport = WsStream::new(io, &leftover, host.ws_options(options.frame_timeout));
    // A new task, so that the memory this one needed for the upgrade is freed.
    tokio::spawn(host.serve(transport, handshake));
}

fn refuse(refusal: Refusal) -> Response {
    refusal.response().map(Body::from)
}

/// Returns the client's address if the app serves with connect info.
pub(crate) fn remote_addr(extensions: &Extensions) -> Option<IpAddr> {
    extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(address)| address.ip())
}
