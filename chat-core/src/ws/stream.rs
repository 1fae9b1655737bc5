use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::coop::consume_budget;
use tokio::time::Sleep;

use super::decoder::Decoder;
use super::encoder::{Position, encode_close};
use super::scratch::{WRITE_BYTES, with_read_buffer, with_write_buffer};
use crate::engine::{Frame, Inbound, ReceiveError, Transport};

const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// The number of bytes that `close` reads and discards after a protocol violation.
const MAX_DRAIN_BYTES: usize = 8 * 1024 * 1024;
/// The close code that stands for a frame without a code. It is never sent.
const NO_CODE: u16 = 1005;

/// The options of a [`WsStream`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WsOptions {
    /// The maximum size of a message in bytes, in one frame or in fragments. Default: 65,536.
    pub max_message_bytes: usize,
    /// The time in which a message must arrive, from its first byte. Default: 30 seconds.
    pub frame_timeout: Duration,
    /// `true` to keep the content of binary messages. Default: `false`.
    pub keep_binary: bool,
}

impl Default for WsOptions {
    fn default() -> Self {
        Self {
            max_message_bytes: 64 * 1024,
            frame_timeout: Duration::from_secs(30),
            keep_binary: false,
        }
    }
}

/// A WebSocket over an upgraded byte stream.
///
/// An idle stream owns no buffer and no timer: reads and writes use buffers that all connections of
/// a thread share. It must be polled within a tokio runtime with timers enabled.
pub struct WsStream<S> {
    io: S,
    decoder: Decoder,
    /// The undecoded rest of a read that contained more than one message.
    input: Bytes,
    /// The timer, set while a message is incomplete and while closing.
    timer: Option<Pin<Box<Sleep>>>,
    frame_timeout: Duration,
    receiving: Receiving,
    /// `true` while a batch is partly written: another write would land inside a frame.
    writing: bool,
}

/// The state of the receiving side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Receiving {
    Open,
    /// The client's close frame has arrived, with this code.
    Closed(Option<u16>),
    /// The client violated the protocol, so its further input cannot be decoded.
    Failed,
    /// The socket has ended or failed.
    Gone,
}

impl<S: AsyncRead + AsyncWrite + Unpin> WsStream<S> {
    /// Creates a WebSocket over `io`. `leftover` was already read from it during the upgrade.
    pub fn new(io: S, leftover: &[u8], options: WsOptions) -> Self {
        Self {
            io,
            decoder: Decoder::new(options.max_message_bytes).keep_binary(options.keep_binary),
            // Copied: even empty, the server's `Bytes` may keep its whole read buffer alive for the
            // life of the connection (hyper: 8 KiB).
            input: Bytes::copy_from_slice(leftover),
            timer: None,
            frame_timeout: options.frame_timeout,
            receiving: Receiving::Open,
            writing: false,
        }
    }

    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<Inbound, ReceiveError>> {
        if self.receiving != Receiving::Open {
            return Poll::Ready(Err(ReceiveError::Closed(None)));
        }
        let mut received = self.poll_message(cx);
        if self.decoder.is_idle() {
            self.timer = None;
        } else if received.is_pending() && self.poll_timer(cx, self.frame_timeout).is_ready() {
            received = Poll::Ready(Err(ReceiveError::TooSlow));
        }
        if let Poll::Ready(Err(error)) = &received {
            self.receiving = match error {
                // The socket ended without a close frame.
                ReceiveError::Closed(None) if self.receiving == Receiving::Gone => Receiving::Gone,
                ReceiveError::Closed(code) => Receiving::Closed(*code),
                ReceiveError::Io(_) => Receiving::Gone,
                _ => Receiving::Failed,
            };
            self.timer = None;
            self.input = Bytes::new();
            self.decoder.end();
        }
        received
    }

    /// Receives the next message, without a timeout.
    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Result<Inbound, ReceiveError>> {
        if !self.input.is_empty() {
            let mut rest = &self.input[..];
            let decoded = self.decoder.decode(&mut rest);
            // The rest shares the allocation, unless it is empty.
            self.input = match rest {
                [] => Bytes::new(),
                rest => self.input.slice_ref(rest),
            };
            if let Some(message) = decoded.transpose() {
                return Poll::Ready(message);
            }
        }
        with_read_buffer(|buffer| {
            loop {
                let mut read = ReadBuf::new(buffer);
                ready!(Pin::new(&mut self.io).poll_read(cx, &mut read))?;
                let mut rest = read.filled();
                if rest.is_empty() {
                    self.receiving = Receiving::Gone;
                    return Poll::Ready(Err(ReceiveError::Closed(None)));
                }
                if let Some(message) = self.decoder.decode(&mut rest).transpose() {
                    self.input = Bytes::copy_from_slice(rest);
                    return Poll::Ready(message);
                }
            }
        })
    }

    /// Returns `true` once `timeout` has passed since the first call after the timer was dropped.
    fn poll_timer(&mut self, cx: &mut Context<'_>, timeout: Duration) -> Poll<()> {
        self.timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)))
            .as_mut()
            .poll(cx)
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        frames: &[Arc<Frame>],
        position: &mut Position,
    ) -> Poll<io::Result<()>> {
        while !position.is_end(frames) {
            ready!(with_write_buffer(|buffer| {
                position.fill(frames, WRITE_BYTES, buffer);
                let mut unsent = &buffer[..];
                let result = poll_write_all(&mut self.io, cx, &mut unsent);
                position.advance(frames, buffer.len() - unsent.len());
                result
            }))?;
        }
        Pin::new(&mut self.io).poll_flush(cx)
    }

    /// Returns the close frame to send, or nothing if none can be sent.
    fn close_frame(&self, code: u16, reason: &str) -> Vec<u8> {
        let mut frame = Vec::new();
        match self.receiving {
            _ if self.writing => {}
            Receiving::Gone => {}
            Receiving::Closed(theirs) => encode_close(theirs.unwrap_or(NO_CODE), "", &mut frame),
            Receiving::Open | Receiving::Failed => encode_close(code, reason, &mut frame),
        }
        frame
    }

    /// Runs `step`. Returns `None` once closing has timed out.
    async fn closing<T>(
        &mut self,
        mut step: impl FnMut(&mut Self, &mut Context<'_>) -> Poll<T>,
    ) -> Option<T> {
        poll_fn(|cx| {
            let timeout = self.poll_timer(cx, CLOSE_TIMEOUT);
            match step(self, cx) {
                Poll::Ready(result) => Poll::Ready(Some(result)),
                Poll::Pending => timeout.map(|()| None),
            }
        })
        .await
    }

    /// Yields to the runtime, so that a client that keeps sending does not starve other tasks.
    /// Returns `false` once closing has timed out.
    async fn may_read_on(&mut self) -> bool {
        consume_budget().await;
        self.timer.as_ref().is_some_and(|timer| !timer.is_elapsed())
    }

    /// Waits for the client's close frame and discards everything before it.
    async fn await_close(&mut self) {
        while let Some(Ok(_)) = self.closing(Self::poll_message).await {
            if !self.may_read_on().await {
                break;
            }
        }
    }

    /// Waits for the end of the stream and discards everything before it. Dropping a socket with
    /// unread bytes resets it, and the client may never receive the close frame.
    async fn drain(&mut self) {
        let mut drained = 0;
        while let Some(Ok(count)) = self.closing(Self::poll_discard).await {
            drained += count;
            if count == 0 || drained > MAX_DRAIN_BYTES || !self.may_read_on().await {
                break;
            }
        }
    }

    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        with_read_buffer(|buffer| {
            let mut read = ReadBuf::new(buffer);
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut read))?;
            Poll::Ready(Ok(read.filled().len()))
        })
    }
}

impl<S> Transport for WsStream<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    async fn recv(&mut self) -> Result<Inbound, ReceiveError> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    async fn send_batch(&mut self, frames: &[Arc<Frame>]) -> io::Result<()> {
        self.writing = true;
        let mut position = Position::default();
        poll_fn(|cx| self.poll_send(cx, frames, &mut position)).await?;
        self.writing = false;
        Ok(())
    }

    /// Takes at most 2 seconds. A timeout is an error only if the close frame could not be written.
    async fn close(&mut self, code: u16, reason: &str) -> io::Result<()> {
        self.timer = None;
        let frame = self.close_frame(code, reason);
        let mut unsent = &frame[..];
        self.closing(|ws, cx| {
            ready!(poll_write_all(&mut ws.io, cx, &mut unsent))?;
            Pin::new(&mut ws.io).poll_flush(cx)
        })
        .await
        .ok_or(io::ErrorKind::TimedOut)??;
        if self.receiving == Receiving::Open && !self.writing {
            self.await_close().await;
        }
        // A socket that cannot be shut down is already closed.
        let _ = self
            .closing(|ws, cx| Pin::new(&mut ws.io).poll_shutdown(cx))
            .await;
        if self.receiving == Receiving::Failed {
            self.drain().await;
        }
        Ok(())
    }
}

fn poll_write_all(
    io: &mut (impl AsyncWrite + Unpin),
    cx: &mut Context<'_>,
    unsent: &mut &[u8],
) -> Poll<io::Result<()>> {
    while !unsent.is_empty() {
        let written = ready!(Pin::new(&mut *io).poll_write(cx, unsent))?;
        if written == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        *unsent = &unsent[written..];
    }
    Poll::Ready(Ok(()))
}

impl<S> fmt::Debug for WsStream<S> {
    /// Hides the content, which may be a user's message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WsStream")
            .field("decoder", &self.decoder)
            .field("unread", &self.input.len())
            .field("receiving", &self.receiving)
            .field("writing", &self.writing)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
