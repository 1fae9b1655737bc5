use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use chat_core::Handshake;
use chat_core::engine::{Frame, Inbound, ReceiveError, Transport};
use chat_core::ws::{Serve, WsOptions};

use crate::MAX_MESSAGE_BYTES;

#[derive(Debug, Clone)]
pub(crate) struct Echo;

impl Serve for Echo {
    fn ws_options(&self, frame_timeout: Duration) -> WsOptions {
        WsOptions {
            max_message_bytes: MAX_MESSAGE_BYTES,
            frame_timeout,
            keep_binary: true,
        }
    }

    fn serve<T: Transport>(
        &self,
        transport: T,
        _: Handshake,
    ) -> impl Future<Output = ()> + Send + use<T> {
        echo(transport)
    }
}

async fn echo(mut transport: impl Transport) {
    loop {
        let frame = match transport.recv().await {
            Ok(Inbound::Text(text)) => Frame::durable(text),
            Ok(Inbound::Binary(content)) => Frame::binary(content),
            Ok(Inbound::Ping(payload)) => Frame::pong(payload),
            Ok(_) => continue,
            Err(error) => {
                // The client may already be gone.
                let _ = transport.close(close_code(&error), "").await;
                return;
            }
        };
        if transport.send_batch(&[Arc::new(frame)]).await.is_err() {
            return;
        }
    }
}

/// The close code that the engine would use.
fn close_code(error: &ReceiveError) -> u16 {
    match error {
        ReceiveError::Closed(_) => 1000,
        ReceiveError::Protocol(_) => 1002,
        ReceiveError::NotUtf8 => 1007,
        ReceiveError::TooLarge => 1009,
        _ => 1011,
    }
}
