//! Publishes hints in batches. Failed batches are retried for a while and then dropped: the
//! comparison of heads makes up for them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::backend::{Broker, Publication};

/// The maximum of queued publications, and of their payload bytes; more are dropped.
const MAX_QUEUE: usize = 16_384;
const MAX_BYTES: usize = 64 << 20;
const MAX_BATCH: usize = 512;
const RETRIES: [Duration; 3] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(1_000),
];

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Publication>,
    bytes: usize,
}

impl Queue {
    fn push(&mut self, publication: Publication) -> bool {
        let bytes = self.bytes + publication.payload.len();
        if self.waiting.len() >= MAX_QUEUE || bytes > MAX_BYTES {
            return false;
        }
        self.bytes = bytes;
        self.waiting.push_back(publication);
        true
    }

    fn take(&mut self) -> Vec<Publication> {
        let n = self.waiting.len().min(MAX_BATCH);
        let batch: Vec<_> = self.waiting.drain(..n).collect();
        self.bytes -= batch.iter().map(|p| p.payload.len()).sum::<usize>();
        batch
    }
}

#[derive(Debug, Default)]
pub(crate) struct Publisher {
    queue: Mutex<Queue>,
    busy: AtomicBool,
    wake: Notify,
}

impl Publisher {
    pub(crate) fn publish(&self, publication: Publication) {
        if publication.topics.is_empty() {
            return;
        }
        if !self.queue.lock().push(publication) {
            metrics::counter!("chat_hints_dropped_total").increment(1);
            return;
        }
        self.wake.notify_one();
    }

    /// Publishes the queue until the engine is gone. Calls `failed` after each dropped batch.
    pub(crate) async fn run(self: Arc<Self>, broker: Arc<dyn Broker>, failed: impl Fn() + Send) {
        loop {
            let batch = {
                let mut queue = self.queue.lock();
                let batch = queue.take();
                self.busy.store(!batch.is_empty(), Ordering::Release);
                batch
            };
            if batch.is_empty() {
                self.wake.notified().await;
                continue;
            }
            let count = batch.len() as u64;
            if publish(&*broker, batch).await {
                metrics::counter!("chat_hints_published_total").increment(count);
            } else {
                metrics::counter!("chat_hints_dropped_total").increment(count);
                failed();
            }
        }
    }

    pub(crate) fn is_idle(&self) -> bool {
        let queue = self.queue.lock();
        queue.waiting.is_empty() && !self.busy.load(Ordering::Acquire)
    }
}

async fn publish(broker: &dyn Broker, batch: Vec<Publication>) -> bool {
    for (attempt, wait) in RETRIES.iter().enumerate() {
        match broker.publish(batch.clone()).await {
            Ok(()) => return true,
            Err(error) => {
                tracing::debug!(%error, attempt, "publish failed");
                tokio::time::sleep(*wait).await;
            }
        }
    }
    broker.publish(batch).await.is_ok()
}
