use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade::downcast;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The byte stream under a WebSocket, after the upgrade.
///
/// One type for both kinds, so that the engine's loop is compiled once and its task is as small as
/// with the smaller of them.
pub(crate) enum Connection {
    /// The bare socket: no hyper, no buffers of its own.
    Tcp(TcpStream),
    /// Whatever else the app listens with, such as TLS.
    Other(Box<TokioIo<Upgraded>>),
}

impl Connection {
    /// The byte stream, and what hyper has read of it beyond the request.
    pub(crate) fn new(upgraded: Upgraded) -> (Self, Bytes) {
        // hyper-util's server, which axum uses, wraps the socket once more than hyper's does.
        let (io, leftover) = match downcast::<TokioIo<TcpStream>>(upgraded) {
            Ok(parts) => (parts.io, parts.read_buf),
            Err(upgraded) => match upgraded.downcast::<TokioIo<TcpStream>>() {
                Ok(parts) => (parts.io, parts.read_buf),
                // Here hyper gives the leftover bytes itself.
                Err(upgraded) => {
                    return (Self::Other(Box::new(TokioIo::new(upgraded))), Bytes::new());
                }
            },
        };
        let tcp = io.into_inner();
        // Frames are written in batches already. A socket that refuses it is about to fail anyway.
        let _ = tcp.set_nodelay(true);
        (Self::Tcp(tcp), leftover)
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(io) => Pin::new(io).poll_read(cx, buf),
            Self::Other(io) => Pin::new(io).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(io) => Pin::new(io).poll_write(cx, buf),
            Self::Other(io) => Pin::new(io).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(io) => Pin::new(io).poll_flush(cx),
            Self::Other(io) => Pin::new(io).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(io) => Pin::new(io).poll_shutdown(cx),
            Self::Other(io) => Pin::new(io).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::net::SocketAddr;

    use axum::Router;
    use axum::extract::Request;
    use axum::routing::get;
    use axum::serve::Listener;
    use http::{StatusCode, header};
    use tokio::io::{AsyncWriteExt, BufStream};
    use tokio::net::TcpListener;
    use tokio::sync::mpsc;

    use super::*;

    #[test]
    fn it_is_as_small_as_a_socket() {
        assert_eq!(size_of::<Connection>(), size_of::<TcpStream>());
    }

    struct Wrapping(TcpListener);

    impl Listener for Wrapping {
        type Io = BufStream<TcpStream>;
        type Addr = SocketAddr;

        async fn accept(&mut self) -> (Self::Io, SocketAddr) {
            let (socket, address) = Listener::accept(&mut self.0).await;
            (BufStream::new(socket), address)
        }

        fn local_addr(&self) -> io::Result<SocketAddr> {
            self.0.local_addr()
        }
    }

    /// What an upgrade over a socket of this listener becomes, and the bytes that were read ahead.
    async fn upgraded<L>(listener: L) -> (Connection, Bytes)
    where
        L: Listener<Addr = SocketAddr>,
    {
        let address = listener.local_addr().unwrap();
        let (tx, mut rx) = mpsc::channel(1);
        let upgrade = get(async move |mut request: Request| {
            tokio::spawn(async move {
                let upgraded = hyper::upgrade::on(&mut request).await.unwrap();
                tx.send(Connection::new(upgraded)).await
            });
            let headers = [
                (header::CONNECTION, "upgrade"),
                (header::UPGRADE, "websocket"),
            ];
            (StatusCode::SWITCHING_PROTOCOLS, headers)
        });
        let server =
            tokio::spawn(
                async move { axum::serve(listener, Router::new().route("/", upgrade)).await },
            );
        let mut client = TcpStream::connect(address).await.unwrap();
        let request =
            b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nearly";
        client.write_all(request).await.unwrap();
        let connection = rx.recv().await.unwrap();
        server.abort();
        connection
    }

    #[tokio::test]
    async fn a_socket_becomes_bare_where_it_can() {
        let listener = async || TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (connection, leftover) = upgraded(listener().await).await;
        let Connection::Tcp(tcp) = connection else {
            panic!("still wrapped");
        };
        assert!(tcp.nodelay().unwrap());
        assert_eq!(leftover, "early");
        let (connection, _) = upgraded(Wrapping(listener().await)).await;
        assert!(matches!(connection, Connection::Other(_)));
    }
}
