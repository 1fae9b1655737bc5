use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::RwLock;
use smallvec::SmallVec;

use super::MemoryBroker;
use super::inbox::Inbox;
use super::shards::Shards;
use crate::backend::{Arrival, Publication, Topic};
use crate::random::HashMap;

/// The bus that connects the [`MemoryBroker`]s of one process. Clones are the same bus.
#[derive(Clone)]
pub struct MemoryBus {
    exchange: Arc<Exchange>,
    max_arrivals: usize,
    max_bytes: usize,
    echo: bool,
}

impl MemoryBus {
    /// The default maximum number of queued arrivals per handle.
    pub const DEFAULT_MAX_ARRIVALS: usize = 16_384;
    /// The default maximum bytes of queued payloads per handle.
    pub const DEFAULT_MAX_BYTES: usize = 16 << 20;

    /// Creates a bus without handles.
    #[must_use]
    pub fn new() -> Self {
        Self {
            exchange: Arc::default(),
            max_arrivals: Self::DEFAULT_MAX_ARRIVALS,
            max_bytes: Self::DEFAULT_MAX_BYTES,
            echo: false,
        }
    }

    /// Bounds the queue of each handle created from now on: at most `max_arrivals` arrivals (at
    /// least 1) and `max_bytes` bytes of payload. Publications that do not fit are lost.
    #[must_use]
    pub fn with_queue(mut self, max_arrivals: usize, max_bytes: usize) -> Self {
        self.max_arrivals = max_arrivals.max(1);
        self.max_bytes = max_bytes;
        self
    }

    /// Sets whether handles created from now on receive their own publications, as those of the
    /// Redis broker do. Default: `false`.
    #[must_use]
    pub fn with_echo(mut self, echo: bool) -> Self {
        self.echo = echo;
        self
    }

    /// Creates a handle for one node.
    #[must_use]
    pub fn broker(&self) -> MemoryBroker {
        let inbox = Arc::new(Inbox::new(self.max_arrivals, self.max_bytes));
        MemoryBroker::new(Arc::clone(&self.exchange), inbox, self.echo)
    }
}

impl Default for MemoryBus {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBus")
            .field("handles", &self.exchange.handles.load(Ordering::Relaxed))
            .field("max_arrivals", &self.max_arrivals)
            .field("max_bytes", &self.max_bytes)
            .field("echo", &self.echo)
            .finish_non_exhaustive()
    }
}

type Subscribers = SmallVec<[Arc<Inbox>; 1]>;

/// The subscriptions of all handles.
#[derive(Default)]
pub(super) struct Exchange {
    topics: Shards<RwLock<HashMap<Topic, Subscribers>>>,
    handles: AtomicUsize,
}

impl Exchange {
    pub(super) fn join(&self) {
        self.handles.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn leave(&self, inbox: &Arc<Inbox>) {
        self.handles.fetch_sub(1, Ordering::Relaxed);
        for shard in self.topics.iter() {
            shard.write().retain(|_, subscribers| {
                subscribers.retain(|s| !Arc::ptr_eq(s, inbox));
                !subscribers.is_empty()
            });
        }
    }

    pub(super) fn subscribe(&self, inbox: &Arc<Inbox>, topics: Vec<Topic>) {
        for topic in topics {
            let mut shard = self.topics.of(&topic).write();
            let subscribers = shard.entry(topic).or_default();
            if !subscribers.iter().any(|s| Arc::ptr_eq(s, inbox)) {
                subscribers.push(Arc::clone(inbox));
            }
        }
    }

    pub(super) fn unsubscribe(&self, inbox: &Arc<Inbox>, topics: &[Topic]) {
        for topic in topics {
            let mut shard = self.topics.of(topic).write();
            if let Some(subscribers) = shard.get_mut(topic) {
                subscribers.retain(|s| !Arc::ptr_eq(s, inbox));
                if subscribers.is_empty() {
                    shard.remove(topic);
                }
            }
        }
    }

    /// Pushes a batch to the inboxes of all subscribers but `except`.
    pub(super) fn publish(&self, batch: &[Publication], except: Option<&Arc<Inbox>>) {
        // The embedded case: without other nodes, skip the lookup.
        if except.is_some() && self.handles.load(Ordering::Relaxed) <= 1 {
            return;
        }
        for Publication { topics, payload } in batch {
            for topic in topics.iter() {
                let shard = self.topics.of(topic).read();
                let Some((topic, subscribers)) = shard.get_key_value(topic) else {
                    continue;
                };
                for inbox in subscribers {
                    if except.is_none_or(|e| !Arc::ptr_eq(e, inbox)) {
                        inbox.push(Arrival::Payload {
                            topic: topic.clone(),
                            payload: payload.clone(),
                        });
                    }
                }
            }
        }
    }

    #[cfg(test)]
    pub(super) fn topics(&self) -> usize {
        self.topics.iter().map(|s| s.read().len()).sum()
    }
}
