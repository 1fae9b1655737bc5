use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade::downcast;
use tokio::net::TcpStream;
use tokio_util::either::Either;

/// The byte stream under a WebSocket after the upgrade: the bare TCP socket, without hyper and its
/// buffers, or the app's own stream type, such as TLS.
///
/// One type covers both, so the engine's loop is compiled once. The larger variant is boxed to keep
/// the engine's task small.
pub(crate) type Connection = Either<TcpStream, Box<TokioIo<Upgraded>>>;

/// Returns the byte stream and the bytes that hyper has read past the request.
pub(crate) fn connection(upgraded: Upgraded) -> (Connection, Bytes) {
    // axum uses hyper-util's server, which wraps the socket once more than hyper's server.
    let (io, leftover) = match downcast::<TokioIo<TcpStream>>(upgraded) {
        Ok(parts) => (parts.io, parts.read_buf),
        Err(upgraded) => match upgraded.downcast::<TokioIo<TcpStream>>() {
            Ok(parts) => (parts.io, parts.read_buf),
            // hyper replays the leftover bytes itself.
            Err(upgraded) => {
                return (
                    Either::Right(Box::new(TokioIo::new(upgraded))),
                    Bytes::new(),
                );
            }
        },
    };
    let tcp = io.into_inner();
    // Frames are already batched. A socket that rejects the option is about to fail anyway.
    let _ = tcp.set_nodelay(true);
    (Either::Left(tcp), leftover)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io;
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

    /// Upgrades a connection to this listener. Returns the stream and the bytes read ahead.
    async fn upgraded<L>(listener: L) -> (Connection, Bytes)
    where
        L: Listener<Addr = SocketAddr>,
    {
        let address = listener.local_addr().unwrap();
        let (tx, mut rx) = mpsc::channel(1);
        let upgrade = get(async move |mut request: Request| {
            tokio::spawn(async move {
                let upgraded = hyper::upgrade::on(&mut request).await.unwrap();
                tx.send(connection(upgraded)).await
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
        let (stream, leftover) = upgraded(listener().await).await;
        let Either::Left(tcp) = stream else {
            panic!("still wrapped");
        };
        assert!(tcp.nodelay().unwrap());
        assert_eq!(leftover, "early");
        let (stream, _) = upgraded(Wrapping(listener().await)).await;
        assert!(matches!(stream, Either::Right(_)));
    }
}
