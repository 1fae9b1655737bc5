use std::io;
use std::net::{SocketAddr, TcpListener};

use axum::Router;
use axum::serve::Listener;
use chat_axum::{Options, ws_route};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::Result;
use crate::echo::Echo;
use crate::tls::Tls;

pub(crate) fn serve(listener: TcpListener) -> Result<SocketAddr> {
    let address = listener.local_addr()?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    tokio::spawn(async move { axum::serve(listener, app()).await });
    Ok(address)
}

pub(crate) fn serve_tls(listener: TcpListener, tls: &Tls) -> Result<SocketAddr> {
    let address = listener.local_addr()?;
    let listener = TlsListener {
        tcp: tokio::net::TcpListener::from_std(listener)?,
        tls: tls.acceptor(),
    };
    tokio::spawn(async move { axum::serve(listener, app()).await });
    Ok(address)
}

fn app() -> Router {
    Router::new().route("/", ws_route(Echo, Options::default()))
}

struct TlsListener {
    tcp: tokio::net::TcpListener,
    tls: TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (socket, address) = Listener::accept(&mut self.tcp).await;
            // The suite runs one case at a time, so handshakes need no concurrency.
            if let Ok(stream) = self.tls.accept(socket).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}
