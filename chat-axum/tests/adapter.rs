//! Runs the adapter suite over bare and wrapped sockets.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io;
use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::serve::Listener;
use axum::{Extension, Router};
use chat_axum::{Options, chat_router};
use chat_core::testing::adapter::Mount;
use tokio::io::BufStream;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

fn app(mount: &Mount) -> Router {
    let options = Options {
        origins: mount.origins.clone(),
        frame_timeout: mount.frame_timeout,
        ..Options::default()
    };
    Router::new().nest("/chat", chat_router(mount.engine.clone(), options))
}

async fn bare(mount: Mount) -> JoinSet<io::Result<()>> {
    let service = app(&mount).into_make_service_with_connect_info::<SocketAddr>();
    let listener = TcpListener::from_std(mount.listener).unwrap();
    JoinSet::from_iter([axum::serve(listener, service).into_future()])
}

/// Serves wrapped sockets, as with TLS, and gets the client's address from a middleware.
async fn wrapped(mount: Mount) -> JoinSet<io::Result<()>> {
    let address = ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 1)));
    let app = app(&mount).layer(Extension(address));
    let listener = Wrapping(TcpListener::from_std(mount.listener).unwrap());
    JoinSet::from_iter([axum::serve(listener, app).into_future()])
}

/// Wraps each socket in a buffer that writes only on flush.
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

mod over_bare_sockets {
    chat_core::adapter_suite!(super::bare);
}

mod over_wrapped_sockets {
    chat_core::adapter_suite!(super::wrapped);
}
