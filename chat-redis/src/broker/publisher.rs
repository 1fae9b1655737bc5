use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use chat_core::backend::Publication;
use chat_core::{Error, Result};
use parking_lot::Mutex;
use redis::{RedisError, RedisResult, Value, cmd};
use tokio::sync::{Notify, oneshot};

use super::channels::Channels;
use crate::Options;
use crate::error::{full, unavailable};
use crate::nodes::Nodes;
use crate::slot::slot;

/// The maximum number of commands and bytes of queued batches in one write. A larger batch is
/// written alone, never split.
const MAX_COMMANDS: usize = 8_192;
const MAX_BYTES: usize = 8 << 20;

/// The queue of publications and its writer. Batches that arrive during a write are sent together
/// in the next one. This preserves the order, and many publishers share a round trip.
#[derive(Debug)]
pub(super) struct Publisher {
    queue: Mutex<Queue>,
    wake: Notify,
    max_commands: usize,
    max_bytes: usize,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Batch>,
    commands: usize,
    bytes: usize,
}

#[derive(Debug)]
struct Batch {
    publications: Vec<Publication>,
    commands: usize,
    bytes: usize,
    done: oneshot::Sender<Result<(), RedisError>>,
}

impl Queue {
    fn push(&mut self, batch: Batch, max_commands: usize, max_bytes: usize) -> bool {
        let (commands, bytes) = (self.commands + batch.commands, self.bytes + batch.bytes);
        // A batch above the limits is accepted into an empty queue.
        if !self.waiting.is_empty() && (commands > max_commands || bytes > max_bytes) {
            return false;
        }
        (self.commands, self.bytes) = (commands, bytes);
        self.waiting.push_back(batch);
        true
    }

    fn take(&mut self) -> Vec<Batch> {
        let (mut commands, mut bytes) = (0, 0);
        let mut taken = Vec::new();
        while let Some(batch) = self.waiting.pop_front_if(|batch| {
            commands += batch.commands;
            bytes += batch.bytes;
            taken.is_empty() || (commands <= MAX_COMMANDS && bytes <= MAX_BYTES)
        }) {
            self.commands -= batch.commands;
            self.bytes -= batch.bytes;
            taken.push(batch);
        }
        taken
    }
}

impl Publisher {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            queue: Mutex::default(),
            wake: Notify::new(),
            max_commands: options.max_queued_publishes,
            max_bytes: options.max_queued_bytes,
        }
    }

    /// Publishes a batch and waits for the response of Redis.
    pub(super) async fn publish(&self, publications: Vec<Publication>) -> Result<()> {
        let commands: usize = publications.iter().map(|p| p.topics.len()).sum();
        if commands == 0 {
            return Ok(());
        }
        let bytes = publications
            .iter()
            .map(|p| p.topics.len() * p.payload.len());
        let bytes = bytes.sum();
        let (done, published) = oneshot::channel();
        let batch = Batch {
            publications,
            commands,
            bytes,
            done,
        };
        if !self
            .queue
            .lock()
            .push(batch, self.max_commands, self.max_bytes)
        {
            metrics::counter!("chat_redis_publish_refused_total").increment(1);
            return Err(full("publish"));
        }
        self.wake.notify_one();
        match published.await {
            Ok(published) => published.map_err(|e| unavailable(e, "publish")),
            Err(gone) => Err(Error::unavailable(gone).during("publish")),
        }
    }

    /// Writes queued batches. Runs until aborted.
    pub(super) async fn run(self: Arc<Self>, nodes: Nodes, channels: Arc<Channels>) {
        let mut writer = Writer {
            nodes,
            channels,
            is_cluster: false,
        };
        loop {
            let batches = self.queue.lock().take();
            if batches.is_empty() {
                self.wake.notified().await;
                continue;
            }
            writer.write(batches).await;
        }
    }
}

struct Writer {
    nodes: Nodes,
    channels: Arc<Channels>,
    is_cluster: bool,
}

impl Writer {
    async fn write(&mut self, batches: Vec<Batch>) {
        let started = tokio::time::Instant::now();
        // A cluster uses sharded channels: it would forward plain ones to every server.
        match self.nodes.layout().await {
            Ok(layout) => self.is_cluster = layout.is_cluster(),
            Err(error) => {
                for batch in batches {
                    // The caller may have been cancelled.
                    let _ = batch.done.send(Err(error.clone()));
                }
                return;
            }
        }
        let messages: Vec<(String, Bytes)> = batches
            .iter()
            .flat_map(|batch| &batch.publications)
            .flat_map(|publication| {
                let payload = &publication.payload;
                let message = |topic| (self.channels.name(topic), payload.clone());
                publication.topics.iter().map(message)
            })
            .collect();
        let slots: Vec<u16> = messages
            .iter()
            .map(|(channel, _)| {
                if self.is_cluster {
                    slot(channel.as_bytes())
                } else {
                    0
                }
            })
            .collect();
        let name = if self.is_cluster {
            "SPUBLISH"
        } else {
            "PUBLISH"
        };
        let answers = self.nodes.send(&slots, |n| {
            let (channel, payload) = &messages[n];
            let mut command = cmd(name);
            command.arg(channel).arg(&payload[..]);
            command
        });
        let mut answers = answers.await.into_iter();
        #[allow(clippy::cast_precision_loss, reason = "a histogram is of doubles")]
        metrics::histogram!("chat_redis_publish_commands").record(messages.len() as f64);
        metrics::histogram!("chat_redis_publish_seconds").record(started.elapsed());
        for batch in batches {
            let of_batch: Vec<RedisResult<Value>> = answers.by_ref().take(batch.commands).collect();
            let published: RedisResult<Vec<Value>> = of_batch.into_iter().collect();
            let _ = batch.done.send(published.map(drop));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(commands: usize, bytes: usize) -> Batch {
        Batch {
            publications: Vec::new(),
            commands,
            bytes,
            done: oneshot::channel().0,
        }
    }

    #[test]
    fn the_queue_is_bounded_but_takes_any_batch_alone() {
        let mut queue = Queue::default();
        assert!(queue.push(batch(100, 10), 10, 100));
        assert!(!queue.push(batch(1, 1), 10, 100));
        assert_eq!(queue.take().len(), 1);
        assert_eq!((queue.commands, queue.bytes), (0, 0));
        assert!(queue.push(batch(5, 60), 10, 100));
        assert!(!queue.push(batch(5, 60), 10, 100));
        assert!(queue.push(batch(5, 40), 10, 100));
        assert!(!queue.push(batch(1, 0), 10, 100));
    }

    #[test]
    fn batches_are_written_together_but_never_divided() {
        let mut queue = Queue::default();
        for commands in [MAX_COMMANDS + 5, 1, MAX_COMMANDS - 1, 1] {
            assert!(queue.push(batch(commands, 0), usize::MAX, usize::MAX));
        }
        let taken = |queue: &mut Queue| queue.take().iter().map(|b| b.commands).collect::<Vec<_>>();
        assert_eq!(taken(&mut queue), [MAX_COMMANDS + 5]);
        assert_eq!(taken(&mut queue), [1, MAX_COMMANDS - 1]);
        assert_eq!(taken(&mut queue), [1]);
        assert!(taken(&mut queue).is_empty());
    }
}
