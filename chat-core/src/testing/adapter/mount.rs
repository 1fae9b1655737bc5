use std::any::Any;
use std::fmt;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use parking_lot::Mutex;

use crate::Engine;
use crate::ws::AllowedOrigins;

/// What an adapter is to serve, under the prefix `/chat`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Mount {
    /// Where: on loopback, non-blocking, for tokio's `TcpListener::from_std` and its like.
    pub listener: TcpListener,
    /// The engine behind it.
    pub engine: Engine,
    /// Which web pages may open a WebSocket.
    pub origins: AllowedOrigins,
    /// How long a message may take to arrive once it has begun.
    pub frame_timeout: Duration,
}

/// What ends a server when it is dropped. The lock is never taken: it is there so that checks may
/// share a server between threads, whatever its guard is.
pub(super) type Guard = Mutex<Box<dyn Any + Send>>;

/// An adapter under test: what makes a server of a [`Mount`].
#[derive(Clone)]
pub struct Adapter(Arc<dyn Fn(Mount) -> BoxFuture<'static, Guard> + Send + Sync>);

impl Adapter {
    /// `serve` starts a server and returns once it accepts connections; it gives what ends the
    /// server when it is dropped.
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
