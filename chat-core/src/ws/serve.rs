use std::future::Future;
use std::time::Duration;

use super::WsOptions;
use crate::Handshake;
use crate::engine::{Engine, Transport};

/// A server of upgraded sockets: the engine, or an echo server in the conformance suite of the
/// WebSocket protocol.
pub trait Serve: Clone + Send + Sync + Unpin + 'static {
    /// Returns the options for its sockets.
    fn ws_options(&self, frame_timeout: Duration) -> WsOptions;

    /// Serves a socket until it is closed.
    fn serve<T: Transport>(
        &self,
        transport: T,
        handshake: Handshake,
    ) -> impl Future<Output = ()> + Send + use<Self, T>;
}

impl Serve for Engine {
    fn ws_options(&self, frame_timeout: Duration) -> WsOptions {
        WsOptions {
            max_message_bytes: self.config().limits.max_frame_bytes,
            frame_timeout,
            ..WsOptions::default()
        }
    }

    fn serve<T: Transport>(
        &self,
        transport: T,
        handshake: Handshake,
    ) -> impl Future<Output = ()> + Send + use<T> {
        self.serve(transport, handshake)
    }
}
