use std::io;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use tokio::sync::{mpsc, watch};

use crate::engine::{Frame, FrameKind, Inbound, ReceiveError, Transport};

/// Creates an in-memory connection: one end for [`Engine::serve`](crate::Engine::serve), one end
/// for a client.
///
/// ```
/// # use chat_core::backend::{Authenticator, Credentials, Identity};
/// # #[derive(Debug)] struct Login;
/// # #[async_trait::async_trait]
/// # impl Authenticator for Login {
/// #     async fn authenticate(&self, _: Credentials<'_>) -> chat_core::Result<Identity> {
/// #         Ok(Identity::new(chat_core::UserId::new("alice")?))
/// #     }
/// # }
/// use chat_core::testing::{Outbound, memory_socket};
/// use chat_core::{Engine, Handshake};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let engine = Engine::builder(Login).build();
/// let (socket, mut client) = memory_socket();
/// tokio::spawn(engine.serve(socket, Handshake::new(Some("token".into()))));
/// let Some(Outbound::Text(hello)) = client.recv().await else {
///     panic!("closed");
/// };
/// assert!(hello.starts_with(br#"{"type":"HELLO""#));
/// # }
/// ```
#[must_use]
pub fn memory_socket() -> (MemorySocket, MemoryPeer) {
    let (to_server, from_client) = mpsc::unbounded_channel();
    let (to_client, from_server) = mpsc::unbounded_channel();
    let (stall, stalled) = watch::channel(false);
    let reason = Arc::new(OnceLock::new());
    let socket = MemorySocket {
        from_client,
        to_client,
        stalled,
        reason: Arc::clone(&reason),
        pings: 0,
    };
    let peer = MemoryPeer {
        to_server: Some(to_server),
        from_server,
        stall,
        reason,
    };
    (socket, peer)
}

/// The server's end of a [`memory_socket`].
#[derive(Debug)]
pub struct MemorySocket {
    from_client: mpsc::UnboundedReceiver<Inbound>,
    to_client: mpsc::UnboundedSender<Outbound>,
    stalled: watch::Receiver<bool>,
    reason: Arc<OnceLock<String>>,
    /// Pings to answer, since every WebSocket client replies to them automatically.
    pings: usize,
}

impl MemorySocket {
    /// Waits until the client reads again. A closed client shows up as a send error.
    async fn passed(&mut self) {
        let _ = self.stalled.wait_for(|stalled| !stalled).await;
    }
}

impl Transport for MemorySocket {
    async fn recv(&mut self) -> Result<Inbound, ReceiveError> {
        if self.pings > 0 {
            self.pings -= 1;
            return Ok(Inbound::Pong);
        }
        let inbound = self.from_client.recv().await;
        inbound.ok_or(ReceiveError::Closed(None))
    }

    async fn send_batch(&mut self, frames: &[Arc<Frame>]) -> io::Result<()> {
        self.passed().await;
        for frame in frames {
            match frame.kind() {
                FrameKind::Text => {
                    let text = Outbound::Text(frame.payload().clone());
                    self.to_client
                        .send(text)
                        .map_err(|_| io::ErrorKind::BrokenPipe)?;
                }
                FrameKind::Ping => self.pings += 1,
                FrameKind::Binary | FrameKind::Pong => {}
            }
        }
        Ok(())
    }

    async fn close(&mut self, code: u16, reason: &str) -> io::Result<()> {
        self.passed().await;
        let _ = self.reason.set(reason.into());
        let _ = self.to_client.send(Outbound::Closed(code));
        Ok(())
    }
}

/// An item that a client receives from a [`memory_socket`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outbound {
    /// A text frame: an event.
    Text(Bytes),
    /// The connection was closed with this code.
    Closed(u16),
}

/// The client's end of a [`memory_socket`]. It answers pings automatically. Dropping it breaks the
/// connection.
#[derive(Debug)]
pub struct MemoryPeer {
    to_server: Option<mpsc::UnboundedSender<Inbound>>,
    from_server: mpsc::UnboundedReceiver<Outbound>,
    stall: watch::Sender<bool>,
    reason: Arc<OnceLock<String>>,
}

impl MemoryPeer {
    /// Sends a message. Does nothing after [`close`](Self::close) or once the server is gone.
    pub fn send(&self, message: Inbound) {
        if let Some(to_server) = &self.to_server {
            let _ = to_server.send(message);
        }
    }

    /// Sends a text frame.
    pub fn send_text(&self, text: impl Into<String>) {
        self.send(Inbound::Text(Bytes::from(text.into())));
    }

    /// Receives the next item, or `None` once the server has dropped its end.
    pub async fn recv(&mut self) -> Option<Outbound> {
        self.from_server.recv().await
    }

    /// The reason that came with [`Outbound::Closed`].
    #[must_use]
    pub fn close_reason(&self) -> Option<&str> {
        self.reason.get().map(String::as_str)
    }

    /// Stops reading frames, or resumes. Meanwhile the server's sends wait.
    pub fn stall(&self, on: bool) {
        self.stall.send_replace(on);
    }

    /// Closes the connection from the client's side.
    pub fn close(&mut self) {
        self.to_server = None;
    }
}
