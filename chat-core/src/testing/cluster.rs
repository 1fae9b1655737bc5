use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

/// The subject of a check: several handles ("nodes") to one fresh, empty, shared backend.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use chat_core::backend::RateLimiter;
/// use chat_core::testing::Cluster;
///
/// fn cluster(nodes: Vec<Arc<dyn RateLimiter>>, database: impl Send + Sync + 'static) -> Cluster<dyn RateLimiter> {
///     Cluster::new(nodes)
///         .guarded_by(database)
///         .with_patience(Duration::from_secs(30))
/// }
/// ```
pub struct Cluster<B: ?Sized> {
    // Fields drop in this order, so the guard outlives the handles.
    nodes: Vec<Arc<B>>,
    link: Option<Arc<dyn Link>>,
    patience: Duration,
    guard: Option<Box<dyn Any + Send + Sync>>,
}

impl<B: ?Sized> Cluster<B> {
    /// The default [patience](Self::with_patience): 10 seconds.
    pub const PATIENCE: Duration = Duration::from_secs(10);

    /// Creates a cluster from these handles. A backend that cannot be shared passes one.
    ///
    /// # Panics
    /// If `nodes` is empty.
    #[must_use]
    pub fn new(nodes: Vec<Arc<B>>) -> Self {
        assert!(!nodes.is_empty(), "a cluster needs at least one handle");
        Self {
            nodes,
            link: None,
            patience: Self::PATIENCE,
            guard: None,
        }
    }

    /// Keeps `guard` until the check ends, even by a panic, and drops it after the handles. Typical
    /// guards are a temporary directory, a test database or a server process.
    #[must_use]
    pub fn guarded_by(mut self, guard: impl Send + Sync + 'static) -> Self {
        self.guard = Some(Box::new(guard));
        self
    }

    /// Sets how long a check waits for each expected outcome, such as the removal of expired
    /// messages. A check continues as soon as the outcome is there.
    #[must_use]
    pub const fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Lets checks cut the link between a handle and the backend. Without a link, the contract's
    /// rules about lost links are not checked.
    #[must_use]
    pub fn with_link(mut self, link: impl Link) -> Self {
        self.link = Some(Arc::new(link));
        self
    }

    /// Returns the handle with this number, wrapping around past the last one.
    #[must_use]
    pub fn node(&self, n: usize) -> Arc<B> {
        Arc::clone(&self.nodes[n % self.nodes.len()])
    }

    /// All handles.
    #[must_use]
    pub fn nodes(&self) -> &[Arc<B>] {
        &self.nodes
    }

    /// The link, if the cluster has one.
    #[must_use]
    pub fn link(&self) -> Option<Arc<dyn Link>> {
        self.link.clone()
    }

    /// The longest wait for one outcome.
    #[must_use]
    pub const fn patience(&self) -> Duration {
        self.patience
    }
}

impl<B: fmt::Debug + ?Sized> fmt::Debug for Cluster<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("nodes", &self.nodes)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

/// The link between each handle and the backend: a proxy, a firewall rule, a fault-injecting
/// wrapper.
#[async_trait]
pub trait Link: Send + Sync + 'static {
    /// Cuts a handle off: open connections break, data in transit is lost, new connections fail.
    async fn cut(&self, node: usize);
    /// Restores the link. The handle may take a while to notice.
    async fn heal(&self, node: usize);
}
