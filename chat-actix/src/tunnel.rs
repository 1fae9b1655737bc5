//! A WebSocket through actix: the client's bytes arrive as the request's payload, and the server's
//! leave as the response's body.
//!
//! actix's types are not `Send`, and the engine's transport must be. The two ends share a small
//! locked state, without a task or a queue.

use std::convert::Infallible;
use std::io;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::Payload;
use bytes::{Buf, Bytes};
use futures::Stream;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The engine's end.
pub(crate) struct Tunnel(Arc<Mutex<Shared>>);

/// actix's end, the body of the response.
pub(crate) struct TunnelBody {
    payload: Payload,
    shared: Arc<Mutex<Shared>>,
}

/// The state of both ends. At most one chunk waits in each direction, for backpressure.
#[derive(Default)]
struct Shared {
    inbound: Bytes,
    outbound: Bytes,
    /// `true` if nothing follows `inbound`.
    ended: bool,
    /// `true` if nothing follows `outbound`.
    closed: bool,
    /// `true` if actix has dropped the body, and with it the connection.
    gone: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
    body: Option<Waker>,
}

impl Tunnel {
    pub(crate) fn new(payload: Payload) -> (Self, TunnelBody) {
        let shared = Arc::new(Mutex::default());
        let body = TunnelBody {
            payload,
            shared: Arc::clone(&shared),
        };
        (Self(shared), body)
    }

    fn close(&self) {
        let mut shared = self.0.lock();
        shared.closed = true;
        let body = shared.body.take();
        drop(shared);
        wake(body);
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.close();
    }
}

impl AsyncRead for Tunnel {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut shared = self.0.lock();
        if shared.inbound.is_empty() {
            if shared.ended {
                return Poll::Ready(Ok(()));
            }
            register(&mut shared.reader, cx);
            return Poll::Pending;
        }
        let count = buf.remaining().min(shared.inbound.len());
        buf.put_slice(&shared.inbound[..count]);
        shared.inbound.advance(count);
        if shared.inbound.is_empty() {
            // An empty `Bytes` can still keep actix's read buffer alive.
            shared.inbound = Bytes::new();
            let body = shared.body.take();
            drop(shared);
            wake(body);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tunnel {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut shared = self.0.lock();
        if shared.gone || shared.closed {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if !shared.outbound.is_empty() {
            register(&mut shared.writer, cx);
            return Poll::Pending;
        }
        shared.outbound = Bytes::copy_from_slice(buf);
        let body = shared.body.take();
        drop(shared);
        wake(body);
        Poll::Ready(Ok(buf.len()))
    }

    /// Waits until actix has taken the written bytes, so that the engine notices a slow client.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut shared = self.0.lock();
        if shared.gone {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if shared.outbound.is_empty() {
            return Poll::Ready(Ok(()));
        }
        register(&mut shared.writer, cx);
        Poll::Pending
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.close();
        Poll::Ready(Ok(()))
    }
}

impl MessageBody for TunnelBody {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        let this = self.get_mut();
        let mut shared = this.shared.lock();
        let mut reader = None;
        if shared.inbound.is_empty() && !shared.ended {
            match Pin::new(&mut this.payload).poll_next(cx) {
                Poll::Ready(Some(Ok(bytes))) => {
                    shared.inbound = bytes;
                    reader = shared.reader.take();
                }
                // An error is an end, too: actix does not poll the body again.
                Poll::Ready(Some(Err(_)) | None) => {
                    shared.ended = true;
                    reader = shared.reader.take();
                }
                Poll::Pending => {}
            }
        }
        let outbound = mem::take(&mut shared.outbound);
        let next = if !outbound.is_empty() {
            Poll::Ready(Some(Ok(outbound)))
        } else if shared.closed {
            Poll::Ready(None)
        } else {
            register(&mut shared.body, cx);
            Poll::Pending
        };
        let writer = match next {
            Poll::Pending => None,
            Poll::Ready(_) => shared.writer.take(),
        };
        drop(shared);
        wake(reader);
        wake(writer);
        next
    }
}

impl Drop for TunnelBody {
    fn drop(&mut self) {
        let mut shared = self.shared.lock();
        shared.gone = true;
        shared.ended = true;
        let (reader, writer) = (shared.reader.take(), shared.writer.take());
        drop(shared);
        wake(reader);
        wake(writer);
    }
}

fn register(place: &mut Option<Waker>, cx: &Context<'_>) {
    match place {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *place = Some(cx.waker().clone()),
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
