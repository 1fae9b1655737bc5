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

/// What several [`MemoryBroker`]s in one process share: who is subscribed to what. Clones are the
/// same bus.
#[derive(Clone)]
pub struct MemoryBus {
    exchange: Arc<Exchange>,
    max_arrivals: usize,
    max_bytes: usize,
    echo: bool,
}

impl MemoryBus {
    /// How many arrivals a handle holds for its reader, where nothing else is said.
    pub const DEFAULT_MAX_ARRIVALS: usize = 16_384;
    /// How many bytes of payload a handle holds for its reader, where nothing else is said.
    pub const DEFAULT_MAX_BYTES: usize = 16 << 20;

    /// A bus without handles.
    #[must_use]
    pub fn new() -> Self {
        Self {
            exchange: Arc::default(),
            max_arrivals: Self::DEFAULT_MAX_ARRIVALS,
            max_bytes: Self::DEFAULT_MAX_BYTES,
            echo: false,
        }
    }

    /// How many arrivals (at least 1) and bytes of payload the handles taken from now on hold for a
    /// reader that does not keep up. What does not fit is lost.
    #[must_use]
    pub fn with_queue(mut self, max_arrivals: usize, max_bytes: usize) -> Self {
        self.max_arrivals = max_arrivals.max(1);
        self.max_bytes = max_bytes;
        self
    }

    /// Whether the handles taken from now on hear their own publications, as those of a Redis broker
    /// do. Default: no.
    #[must_use]
    pub fn with_echo(mut self, echo: bool) -> Self {
        self.echo = echo;
        self
    }

    /// A new handle: one node.
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

/// Who is subscribed to what.
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

    /// Puts a batch into the inboxes of all who are subscribed, but for `except`.
    pub(super) fn publish(&self, batch: &[Publication], except: Option<&Arc<Inbox>>) {
        // The embedded case: the one node that there is need not be looked for.
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
