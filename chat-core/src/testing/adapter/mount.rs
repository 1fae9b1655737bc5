use std::any::Any;
use std::fmt;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use parking_lot::Mutex;

use crate::Engine;
use crate::ws::AllowedOrigins;

/// The server that an adapter must start, with the engine mounted under `/chat`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Mount {
    /// The listener: on loopback and non-blocking, ready for tokio's `TcpListener::from_std`.
    pub listener: TcpListener,
    /// The engine to serve.
    pub engine: Engine,
    /// The origins from which web pages may open a WebSocket.
    pub origins: AllowedOrigins,
    /// The maximum time for a message to arrive once it has begun.
    pub frame_timeout: Duration,
}

/// Stops a server when dropped. The lock is never taken; it only makes any guard `Sync`, so that
/// checks can share a server between threads.
pub(super) type Guard = Mutex<Box<dyn Any + Send>>;

/// An adapter under test: a function that starts a server from a [`Mount`].
#[derive(Clone)]
pub struct Adapter(Arc<dyn Fn(Mount) -> BoxFuture<'static, Guard> + Send + Sync>);

impl Adapter {
    /// Creates an adapter. `serve` starts a server and returns, once it accepts connections, a
    /// guard that stops the server when dropped.
    pub fn new<F, Fut, G>(serve: F) -> Self
    where
        F: Fn(Mount) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = G> + Send + 'static,
        G: Send + 'static,
    {
        Self(Arc::new(move |mount| {
            let served = serve(mount);
            Box::pin(async move { Mutex::new(Box::new(served.await) as Box<dyn Any + Send>) })
        }))
    }

    pub(super) async fn serve(&self, mount: Mount) -> Guard {
        (self.0)(mount).await
    }
}

impl fmt::Debug for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adapter").finish_non_exhaustive()
    }
}
