use std::fmt;
use std::sync::Arc;
use std::task::{Poll, ready};

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream;
use tokio::task::coop;

use super::bus::Exchange;
use super::inbox::Inbox;
use crate::backend::{Arrivals, Broker, Publication, Topic};
use crate::{Error, ErrorKind, Result};

/// A [`Broker`] in memory: one node's handle on a [`MemoryBus`](super::MemoryBus). Clones are the
/// same handle; when the last is dropped, its subscriptions go and its stream ends.
///
/// What it holds for a reader that does not keep up is bounded. When that is full, publications are
/// lost until the reader has drained it; then it gets `Interrupted`.
///
/// A test can [cut](Self::cut) the link of one handle and [restore](Self::restore) it.
#[derive(Clone)]
pub struct MemoryBroker(Arc<Handle>);

struct Handle {
    exchange: Arc<Exchange>,
    inbox: Arc<Inbox>,
    echo: bool,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.exchange.leave(&self.inbox);
        self.inbox.close();
    }
}

impl MemoryBroker {
    pub(super) fn new(exchange: Arc<Exchange>, inbox: Arc<Inbox>, echo: bool) -> Self {
        exchange.join();
        Self(Arc::new(Handle {
            exchange,
            inbox,
            echo,
        }))
    }

    /// Cuts this handle off from the bus: publishing, subscribing and unsubscribing fail with
    /// `Unavailable`, `Lost` arrives, and what others publish does not. What it has asked to hear is
    /// remembered.
    pub fn cut(&self) {
        self.0.inbox.cut();
    }

    /// Mends the link after a [`cut`](Self::cut); `Interrupted` arrives. Without a cut it does
    /// nothing.
    pub fn restore(&self) {
        self.0.inbox.restore();
    }

    fn check(&self) -> Result<()> {
        if self.0.inbox.is_cut() {
            return Err(Error::new(ErrorKind::Unavailable, "the link is cut"));
        }
        Ok(())
    }
}

impl fmt::Debug for MemoryBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBroker")
            .field("cut", &self.0.inbox.is_cut())
            .field("echo", &self.0.echo)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Broker for MemoryBroker {
    async fn publish(&self, batch: Vec<Publication>) -> Result<()> {
        self.check()?;
        let except = (!self.0.echo).then_some(&self.0.inbox);
        self.0.exchange.publish(&batch, except);
        Ok(())
    }

    async fn subscribe(&self, topics: Vec<Topic>) -> Result<()> {
        self.0.exchange.subscribe(&self.0.inbox, topics);
        self.check()
    }

    async fn unsubscribe(&self, topics: Vec<Topic>) -> Result<()> {
        self.0.exchange.unsubscribe(&self.0.inbox, &topics);
        self.check()
    }

    fn arrivals(&self) -> Arrivals {
        if !self.0.inbox.take_stream() {
            return stream::empty().boxed();
        }
        let inbox = Arc::clone(&self.0.inbox);
        stream::poll_fn(move |cx| {
            // A queue that never runs dry must not keep its reader's thread for itself.
            let coop = ready!(coop::poll_proceed(cx));
            let arrival = ready!(inbox.poll(cx));
            coop.made_progress();
            Poll::Ready(arrival)
        })
        .boxed()
    }
}

#[cfg(test)]
mod tests;
