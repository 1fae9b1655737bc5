use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

/// What a check runs against: several handles ("nodes") over one fresh, empty, shared backend.
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
    // Dropped in this order: what guards the handles goes last.
    nodes: Vec<Arc<B>>,
    link: Option<Arc<dyn Link>>,
    patience: Duration,
    guard: Option<Box<dyn Any + Send + Sync>>,
}

impl<B: ?Sized> Cluster<B> {
    /// How long a check waits for what must happen, unless told otherwise: 10 seconds.
    pub const PATIENCE: Duration = Duration::from_secs(10);

    /// A cluster of these handles. A backend that cannot be shared gives one.
    ///
    /// # Panics
    /// If there is no handle.
    #[must_use]
    pub fn new(nodes: Vec<Arc<B>>) -> Self {
        assert!(!nodes.is_empty(), "a cluster has at least one handle");
        Self {
            nodes,
            link: None,
            patience: Self::PATIENCE,
            guard: None,
        }
    }

    /// Keeps `guard` until the check is over, a panic included, and drops it after the handles: a
    /// temporary directory, a database to be dropped, a server to be stopped.
    #[must_use]
    pub fn guarded_by(mut self, guard: impl Send + Sync + 'static) -> Self {
        self.guard = Some(Box::new(guard));
        self
    }

    /// Waits at most this long for each thing that must happen in the end, such as the removal of
    /// expired messages. A check never waits for the whole of it when the thing happens earlier.
    #[must_use]
    pub const fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Lets checks cut the link between a handle and the backend. Without it, what the contract says
    /// about lost links is not checked.
    #[must_use]
    pub fn with_link(mut self, link: impl Link) -> Self {
        self.link = Some(Arc::new(link));
        self
    }

    /// A handle by number; numbers beyond the last start over.
    #[must_use]
    pub fn node(&self, n: usize) -> Arc<B> {
        Arc::clone(&self.nodes[n % self.nodes.len()])
    }

    /// All handles.
    #[must_use]
    pub fn nodes(&self) -> &[Arc<B>] {
        &self.nodes
    }

    /// The link, if it can be cut.
    #[must_use]
    pub fn link(&self) -> Option<Arc<dyn Link>> {
        self.link.clone()
    }

    /// The most time to wait for one thing.
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
    /// Cuts a handle off: open connections break, what is on its way is lost, new ones fail.
    async fn cut(&self, node: usize);
    /// Lets a handle through again. It may take a while to notice.
    async fn heal(&self, node: usize);
}
