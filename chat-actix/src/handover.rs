//! Takes a socket away from actix. An idle connection through actix costs 14.3 KB, mostly actix's two
//! buffers. A connection that owns its socket costs 2.7 KB.
//!
//! [`on_connect`] duplicates the descriptor of each accepted socket. The upgrade response announces a
//! body and never sends it: once actix has written the head, the body gives the duplicate and the
//! bytes that actix has read to the engine, then ends. actix sees a truncated response, so it drops
//! its own descriptor without a shutdown.

use std::any::Any;
use std::cell::Cell;
use std::convert::Infallible;
use std::io;
use std::net::TcpStream as StdTcpStream;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{Extensions, Payload};
use bytes::Bytes;
use chat_core::ws::Serve;
use futures::Stream;
use tokio::net::TcpStream;

use crate::connection::Connection;
use crate::ws::Upgraded;

/// The duplicate descriptor of a connection's socket, until it is taken.
pub(crate) struct Socket(Cell<Option<StdTcpStream>>);

impl Socket {
    pub(crate) fn take(&self) -> Option<StdTcpStream> {
        self.0.take()
    }
}

/// Prepares a connection for a handover to the engine. Pass it to `HttpServer::on_connect`.
///
/// It sets `TCP_NODELAY`, and lets the engine take over the socket of a WebSocket, which saves four
/// fifths of its memory. It does nothing if the socket is not plain TCP, as with TLS. On Windows it
/// only sets `TCP_NODELAY`.
///
/// Each connection uses two file descriptors until it closes or becomes a WebSocket.
pub fn on_connect(io: &dyn Any, connection: &mut Extensions) {
    let Some(io) = io.downcast_ref::<TcpStream>() else {
        return;
    };
    // Frames are already batched. A socket that rejects the option is about to fail anyway.
    let _ = io.set_nodelay(true);
    // If no descriptor is left, the connection goes through actix.
    if let Ok(socket) = second(io) {
        connection.insert(Socket(Cell::new(Some(socket))));
    }
}

#[cfg(unix)]
fn second(io: &TcpStream) -> io::Result<StdTcpStream> {
    use std::os::fd::AsFd;
    io.as_fd().try_clone_to_owned().map(StdTcpStream::from)
}

#[cfg(not(unix))]
fn second(_: &TcpStream) -> io::Result<StdTcpStream> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The body of an upgrade response, which hands the socket to the engine.
pub(crate) struct HandOver<H> {
    payload: Payload,
    leftover: Vec<u8>,
    ready: Option<(StdTcpStream, Upgraded<H>)>,
    /// `true` once actix has had a turn to write the head.
    head_written: bool,
}

impl<H> HandOver<H> {
    pub(crate) const fn new(socket: StdTcpStream, payload: Payload, upgraded: Upgraded<H>) -> Self {
        Self {
            payload,
            leftover: Vec::new(),
            ready: Some((socket, upgraded)),
            head_written: false,
        }
    }
}

impl<H: Serve> MessageBody for HandOver<H> {
    type Error = Infallible;

    /// Announces a byte that never comes, so that actix takes the response for truncated.
    fn size(&self) -> BodySize {
        BodySize::Sized(1)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        let this = self.get_mut();
        // In each turn actix reads, forwards all read bytes to the payload (unless 32 KiB wait there),
        // polls the body, and writes. So by the second turn this loop has taken all bytes that actix
        // has read. If the client has gone, the next read finds out.
        while let Poll::Ready(Some(Ok(bytes))) = Pin::new(&mut this.payload).poll_next(cx) {
            this.leftover.extend_from_slice(&bytes);
        }
        if !this.head_written {
            this.head_written = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Some((socket, upgraded)) = this.ready.take() {
            match TcpStream::from_std(socket) {
                Ok(io) => upgraded.start(Connection::Left(io), &this.leftover),
                Err(error) => tracing::warn!(%error, "cannot take over the socket"),
            }
        }
        Poll::Ready(None)
    }
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_socket_is_there_twice_until_it_is_taken() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        let mut connection = Extensions::new();
        on_connect(&accepted, &mut connection);
        assert!(accepted.nodelay().unwrap());
        let socket = connection.get::<Socket>().unwrap();
        let taken = socket.take().unwrap();
        assert!(socket.take().is_none());
        // The connection survives the first descriptor.
        drop(accepted);
        let mut taken = TcpStream::from_std(taken).unwrap();
        taken.write_all(b"hi").await.unwrap();
        let mut read = [0; 2];
        client.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"hi");
        drop(taken);
        assert_eq!(client.read(&mut read).await.unwrap(), 0);
    }

    #[test]
    fn what_is_no_tcp_stays_with_actix() {
        let mut connection = Extensions::new();
        on_connect(&"another kind of socket", &mut connection);
        assert!(!connection.contains::<Socket>());
    }
}
