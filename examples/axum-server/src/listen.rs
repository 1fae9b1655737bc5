//! The accept loop.
//!
//! `axum::serve` has no time limit for request headers, so a client that opens a socket and sends
//! nothing would hold it for ever.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// The maximum number of HTTP connections. More wait in the kernel's queue. WebSockets do not count
/// here: the engine has its own limit.
const MAX_CONNECTIONS: usize = 25_000;

/// Accepts connections until `stop` is ready. Accepted connections stay open.
pub(crate) async fn serve(listener: TcpListener, app: Router, stop: impl Future<Output = ()>) {
    let mut stop = pin!(stop);
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &connections) => accepted,
            () = &mut stop => return,
        };
        match accepted {
            Ok((socket, address, permit)) => {
                let served = serve_one(socket, address, app.clone());
                tokio::spawn(async move {
                    served.await;
                    drop(permit);
                });
            }
            Err(error) => {
                // The usual cause is a lack of file descriptors, so wait for some to be released.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(connections).acquire_owned().await;
    let permit = permit.map_err(io::Error::other)?;
    let (socket, address) = listener.accept().await?;
    Ok((socket, address, permit))
}

async fn serve_one(socket: TcpStream, address: SocketAddr, app: Router) {
    let service = AddressService { app, address };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(socket), TowerToHyperService::new(service))
        .with_upgrades();
    if let Err(error) = connection.await {
        tracing::debug!(%error, "connection failed");
    }
}

/// Adds the client's address to each request.
#[derive(Clone)]
struct AddressService {
    app: Router,
    address: SocketAddr,
}

impl tower_service::Service<http::Request<Incoming>> for AddressService {
    type Response = <Router as tower_service::Service<http::Request<Incoming>>>::Response;
    type Error = <Router as tower_service::Service<http::Request<Incoming>>>::Error;
    type Future = <Router as tower_service::Service<http::Request<Incoming>>>::Future;

    fn poll_ready(
        &mut self,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Self::Error>> {
        tower_service::Service::<http::Request<Incoming>>::poll_ready(&mut self.app, cx)
    }

    fn call(&mut self, mut request: http::Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(ConnectInfo(self.address));
        self.app.call(request)
    }
}
