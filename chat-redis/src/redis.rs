use std::fmt;
use std::sync::Arc;

use chat_core::{Error, Result};
use redis::cmd;

use crate::dial::Dialer;
use crate::error::unavailable;
use crate::nodes::Nodes;
use crate::target::Target;
use crate::{Options, RedisBroker, RedisLimits, RedisPresence};

/// A Redis, and what the engine can use it for. Clones share their connections.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    nodes: Nodes,
}

impl Redis {
    /// Reads a URL; see the [crate's page](crate#urls). Connects to nothing: that is done when it is
    /// needed, so that an app starts also while Redis is away, or by [`ping`](Self::ping).
    ///
    /// # Errors
    /// `Invalid` for what is no such URL. The error does not repeat it.
    pub fn open(url: &str, options: Options) -> Result<Self> {
        if options
            .prefix
            .contains(|c: char| c.is_control() || c.is_whitespace())
        {
            return Err(Error::invalid("`prefix` must not contain white space"));
        }
        let target = Target::parse(url)?;
        Ok(Self(Arc::new(Inner {
            nodes: Nodes::new(Dialer::new(target, options)),
        })))
    }

    /// Asks every server whether it is there.
    ///
    /// # Errors
    /// `Unavailable`, with the source, when one is not.
    pub async fn ping(&self) -> Result<()> {
        let answers = self.0.nodes.send_to_all(&cmd("PING")).await;
        answers.map(drop).map_err(|e| unavailable(e, "ping"))
    }

    /// A new broker: one node's handle, with connections of its own.
    ///
    /// # Errors
    /// `Internal` outside a tokio runtime.
    pub fn broker(&self) -> Result<RedisBroker> {
        let runtime = tokio::runtime::Handle::try_current().map_err(Error::internal)?;
        Ok(RedisBroker::start(self.0.nodes.dialer(), &runtime))
    }

    /// The presence store.
    #[must_use]
    pub fn presence(&self) -> RedisPresence {
        RedisPresence::new(self.clone())
    }

    /// The rate limiter.
    #[must_use]
    pub fn limits(&self) -> RedisLimits {
        RedisLimits::new(self.clone())
    }

    pub(crate) fn nodes(&self) -> &Nodes {
        &self.0.nodes
    }

    pub(crate) fn options(&self) -> &Options {
        self.0.nodes.dialer().options()
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Redis")
            .field(self.0.nodes.dialer().target())
            .finish()
    }
}
