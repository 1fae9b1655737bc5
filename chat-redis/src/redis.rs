use std::fmt;
use std::sync::Arc;

use chat_core::{Error, Result};
use redis::cmd;

use crate::dial::Dialer;
use crate::error::unavailable;
use crate::nodes::Nodes;
use crate::target::Target;
use crate::{Options, RedisBroker, RedisLimits, RedisPresence};

/// A handle to Redis that creates the engine's backends. Clones share their connections.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    nodes: Nodes,
}

impl Redis {
    /// Creates a handle from a [URL](crate#urls).
    ///
    /// It connects on first use, so that an app can start while Redis is unavailable. Call
    /// [`ping`](Self::ping) to connect at once.
    ///
    /// # Errors
    /// `Invalid` if the URL or the prefix is malformed. The error does not contain the URL.
    pub fn open(url: &str, options: Options) -> Result<Self> {
        if options
            .prefix
            .contains(|c: char| c.is_control() || c.is_whitespace())
        {
            return Err(Error::invalid(
                "`prefix` must not contain white space or control characters",
            ));
        }
        let target = Target::parse(url)?;
        Ok(Self(Arc::new(Inner {
            nodes: Nodes::new(Dialer::new(target, options)),
        })))
    }

    /// Pings every server.
    ///
    /// # Errors
    /// `Unavailable`, with the source, if a server does not respond.
    pub async fn ping(&self) -> Result<()> {
        let answers = self.0.nodes.send_to_all(&cmd("PING")).await;
        answers.map(drop).map_err(|e| unavailable(e, "ping"))
    }

    /// Creates a broker for one node, with its own connections.
    ///
    /// # Errors
    /// `Internal` outside a tokio runtime.
    pub fn broker(&self) -> Result<RedisBroker> {
        let runtime = tokio::runtime::Handle::try_current().map_err(Error::internal)?;
        Ok(RedisBroker::start(self.0.nodes.dialer(), &runtime))
    }

    /// Returns the presence store.
    #[must_use]
    pub fn presence(&self) -> RedisPresence {
        RedisPresence::new(self.clone())
    }

    /// Returns the rate limiter.
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
