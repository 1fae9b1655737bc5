use std::future::Future;
use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::Frame;

/// What a client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Inbound {
    /// A whole text message; the bytes are UTF-8, which the transport has checked.
    Text(Bytes),
    /// A whole binary message. `chat.v1` knows none, so its content is empty unless the transport
    /// was told to keep it.
    Binary(Bytes),
    /// A ping, with its payload.
    Ping(Bytes),
    /// A pong.
    Pong,
}

/// Why nothing more comes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// The client closed the connection, with this code where it gave one.
    #[error("closed by the client")]
    Closed(Option<u16>),
    /// A message is larger than the limit (close code 1009).
    #[error("the message is too large")]
    TooLarge,
    /// The client breaks the WebSocket protocol (close code 1002).
    #[error("protocol error: {0}")]
    Protocol(&'static str),
    /// A text message is not UTF-8 (close code 1007).
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// A message has begun and does not come to an end (close code 1013).
    #[error("the message took too long to arrive")]
    TooSlow,
    /// The socket broke.
    #[error("socket error")]
    Io(#[from] io::Error),
}

/// A WebSocket, as an adapter hands it to `Engine::serve`.
///
/// # Contract
/// 1. `recv` gives whole messages: fragments are put together, control frames between them are
///    given as they come. It is cancel-safe: dropping its future loses nothing.
/// 2. `recv` bounds what a client can make it hold: a message above the limit it was built with is
///    `TooLarge` as soon as its length is known, before its content is read. It bounds the time,
///    too: a message that has begun and is not complete after a while is `TooSlow`.
/// 3. `recv` checks the protocol: masking, reserved bits, control frames, UTF-8.
/// 4. `send_batch` writes all frames, in order, in as few writes as it can. It waits while the
///    socket takes no more. It need not be cancel-safe: after its future was dropped, only dropping
///    the transport follows.
/// 5. `close` sends a close frame (unless the client's own came first, then it echoes that one's
///    code), waits for the client's for at most a few seconds, and shuts the socket down. The
///    engine bounds its time.
/// 6. Dropping the transport closes the socket.
pub trait Transport: Send + 'static {
    /// The next message.
    fn recv(&mut self) -> impl Future<Output = Result<Inbound, ReceiveError>> + Send;
    /// Writes frames.
    fn send_batch(&mut self, frames: &[Arc<Frame>]) -> impl Future<Output = io::Result<()>> + Send;
    /// Ends the connection with a close frame.
    fn close(&mut self, code: u16, reason: &str) -> impl Future<Output = io::Result<()>> + Send;
}
