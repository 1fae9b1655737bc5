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

/// An in-memory [`Broker`]: one node's handle to a [`MemoryBus`](super::MemoryBus). Clones are the
/// same handle. Dropping the last one removes its subscriptions and ends its stream.
///
/// The queue of arrivals is bounded. Once it is full, publications are lost until the reader has
/// drained it; then [`Interrupted`](crate::backend::Arrival::Interrupted) arrives.
///
/// Tests can [`cut`](Self::cut) and [`restore`](Self::restore) the link of a handle.
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

    /// Cuts this handle off from the bus.
    ///
    /// `Lost` arrives, and publications of other handles do not. Calls to publish, subscribe and
    /// unsubscribe fail with `Unavailable`; subscriptions are remembered.
    pub fn cut(&self) {
        self.0.inbox.cut();
    }

    /// Restores the link after a [`cut`](Self::cut); `Interrupted` arrives. Does nothing if the
    /// link is not cut.
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
            // A queue that never runs dry must not monopolize the reader's thread.
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
