use std::future::Future;
use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::Frame;

/// A message from a client.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Inbound {
    /// A complete text message, verified to be UTF-8.
    Text(Bytes),
    /// A complete binary message. `chat.v1` has none, so a transport may leave it empty.
    Binary(Bytes),
    /// A ping, with its payload.
    Ping(Bytes),
    /// A pong.
    Pong,
}

/// The reason a connection stops receiving.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// The client closed the connection, with this code if it sent one.
    #[error("closed by the client")]
    Closed(Option<u16>),
    /// A message exceeds the size limit (close code 1009).
    #[error("the message is too large")]
    TooLarge,
    /// The client violated the WebSocket protocol (close code 1002).
    #[error("protocol error: {0}")]
    Protocol(&'static str),
    /// A text message is not UTF-8 (close code 1007).
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// A message started but did not complete in time (close code 1013).
    #[error("the message took too long to arrive")]
    TooSlow,
    /// The socket failed.
    #[error("socket error")]
    Io(#[from] io::Error),
}

/// A WebSocket, as an adapter passes it to `Engine::serve`.
///
/// # Contract
/// 1. `recv` returns complete messages: it joins fragments, and returns control frames between them
///    as they arrive. It is cancel-safe: dropping its future loses nothing.
/// 2. `recv` bounds memory and time. A message above the configured limit is `TooLarge` as soon as
///    its length is known, before its content is read. A message that stays incomplete too long is
///    `TooSlow`.
/// 3. `recv` validates masking, reserved bits, control frames and UTF-8.
/// 4. `send_batch` writes all frames in order, in as few writes as possible, and waits while the
///    socket is full. It need not be cancel-safe: if its future is dropped, so is the transport.
/// 5. `close` sends a close frame, or echoes the code of the client's if that came first. It waits
///    a few seconds at most for the client's, and shuts the socket down. The engine bounds its
///    time.
/// 6. Dropping the transport closes the socket.
pub trait Transport: Send + 'static {
    /// Receives the next message.
    fn recv(&mut self) -> impl Future<Output = Result<Inbound, ReceiveError>> + Send;
    /// Writes frames.
    fn send_batch(&mut self, frames: &[Arc<Frame>]) -> impl Future<Output = io::Result<()>> + Send;
    /// Closes the connection with a close frame.
    fn close(&mut self, code: u16, reason: &str) -> impl Future<Output = io::Result<()>> + Send;
}
