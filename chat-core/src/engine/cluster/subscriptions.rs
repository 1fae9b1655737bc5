//! Reference-counted broker subscriptions of this node. A single task makes all calls in batches:
//! many topics cost one round trip, and calls for a topic stay in order.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use crate::backend::{Broker, Topic};
use crate::random::HashMap;
use crate::sync::Mutex;

/// How long an unused topic stays subscribed, so that reloading a page causes no calls.
const LINGER: Duration = Duration::from_secs(2);
const BATCH: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Wanted,
    Calling,
    Known,
}

#[derive(Debug)]
struct Entry {
    count: u32,
    state: State,
    waiting: Vec<oneshot::Sender<()>>,
}

#[derive(Debug, Default)]
struct Table {
    topics: HashMap<Topic, Entry>,
    wanted: Vec<Topic>,
    idle: VecDeque<(Instant, Topic)>,
}

#[derive(Debug)]
pub(crate) struct Subscriptions {
    table: Mutex<Table>,
    wake: Notify,
}

/// Keeps a topic subscribed until dropped.
#[derive(Debug)]
pub(crate) struct Subscription {
    topic: Topic,
    subscriptions: Weak<Subscriptions>,
}

impl Subscriptions {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            table: Mutex::default(),
            wake: Notify::new(),
        })
    }

    /// Subscribes to a topic and waits. If the call fails, the broker subscribes on reconnect.
    pub(crate) async fn acquire(self: &Arc<Self>, topic: Topic) -> Subscription {
        let subscription = Subscription {
            topic: topic.clone(),
            subscriptions: Arc::downgrade(self),
        };
        let known = {
            let mut table = self.table.lock();
            let table = &mut *table;
            let entry = table.topics.entry(topic.clone()).or_insert_with(|| {
                table.wanted.push(topic);
                Entry {
                    count: 0,
                    state: State::Wanted,
                    waiting: Vec::new(),
                }
            });
            entry.count += 1;
            if entry.state == State::Known {
                None
            } else {
                let (tx, rx) = oneshot::channel();
                entry.waiting.push(tx);
                Some(rx)
            }
        };
        if let Some(known) = known {
            self.wake.notify_one();
            // The sender is dropped only with the engine.
            let _ = known.await;
        }
        subscription
    }

    /// A subscription that makes no calls, for benchmarks and tests.
    #[cfg(any(feature = "testing", all(test, shuttle)))]
    pub(crate) fn detached(self: &Arc<Self>, topic: Topic) -> Subscription {
        Subscription {
            topic,
            subscriptions: Weak::new(),
        }
    }

    fn release(&self, topic: &Topic) {
        let mut table = self.table.lock();
        let table = &mut *table;
        if let Some(entry) = table.topics.get_mut(topic) {
            entry.count -= 1;
            if entry.count == 0 {
                table
                    .idle
                    .push_back((Instant::now() + LINGER, topic.clone()));
                if table.idle.len() == 1 {
                    self.wake.notify_one();
                }
            }
        }
    }

    /// Makes the calls, and calls `failed` after each failure. Runs until the engine is gone.
    pub(crate) async fn run(self: Arc<Self>, broker: Arc<dyn Broker>, failed: impl Fn() + Send) {
        loop {
            let wanted = self.take_wanted();
            if !wanted.is_empty() {
                if let Err(error) = broker.subscribe(wanted.clone()).await {
                    tracing::warn!(%error, source = ?std::error::Error::source(&error), "subscribe failed");
                    failed();
                }
                self.note_known(&wanted);
                continue;
            }
            let (idle, next) = self.take_idle(Instant::now());
            if !idle.is_empty() {
                if let Err(error) = broker.unsubscribe(idle.clone()).await {
                    tracing::debug!(%error, "unsubscribe failed");
                }
                self.note_unsubscribed(&idle);
                continue;
            }
            match next {
                Some(at) => {
                    let _ = tokio::time::timeout_at(at, self.wake.notified()).await;
                }
                None => self.wake.notified().await,
            }
        }
    }

    fn take_wanted(&self) -> Vec<Topic> {
        let mut table = self.table.lock();
        let n = table.wanted.len().min(BATCH);
        let wanted: Vec<_> = table.wanted.drain(..n).collect();
        for topic in &wanted {
            if let Some(entry) = table.topics.get_mut(topic) {
                entry.state = State::Calling;
            }
        }
        wanted
    }

    fn note_known(&self, topics: &[Topic]) {
        let mut table = self.table.lock();
        let table = &mut *table;
        for topic in topics {
            if let Some(entry) = table.topics.get_mut(topic) {
                entry.state = State::Known;
                if entry.count == 0 {
                    table
                        .idle
                        .push_back((Instant::now() + LINGER, topic.clone()));
                }
                for waiting in entry.waiting.drain(..) {
                    let _ = waiting.send(());
                }
                entry.waiting.shrink_to_fit();
            }
        }
    }

    /// Returns the topics past their linger time, and the next deadline.
    fn take_idle(&self, now: Instant) -> (Vec<Topic>, Option<Instant>) {
        let mut table = self.table.lock();
        let table = &mut *table;
        let mut idle = Vec::new();
        while idle.len() < BATCH
            && let Some((_, topic)) = table.idle.pop_front_if(|(at, _)| *at <= now)
        {
            // The topic may be in use again, or in the list twice.
            if let Some(entry) = table.topics.get_mut(&topic)
                && entry.count == 0
                && entry.state == State::Known
            {
                entry.state = State::Calling;
                idle.push(topic);
            }
        }
        (idle, table.idle.front().map(|(at, _)| *at))
    }

    fn note_unsubscribed(&self, topics: &[Topic]) {
        let mut table = self.table.lock();
        let table = &mut *table;
        for topic in topics {
            let Some(entry) = table.topics.get_mut(topic) else {
                continue;
            };
            if entry.count == 0 {
                table.topics.remove(topic);
            } else {
                entry.state = State::Wanted;
                table.wanted.push(topic.clone());
            }
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(subscriptions) = self.subscriptions.upgrade() {
            subscriptions.release(&self.topic);
        }
    }
}

#[cfg(all(test, shuttle))]
#[allow(clippy::unwrap_used)]
mod races;
