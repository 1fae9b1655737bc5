//! Hints by Pub/Sub: one connection writes, one for each server listens.

mod channels;
mod ear;
mod inbox;
mod link;
mod publisher;
mod subscriber;
mod topics;

use std::fmt;
use std::sync::Arc;
use std::task::{Poll, ready};

use async_trait::async_trait;
use chat_core::Result;
use chat_core::backend::{Arrivals, Broker, Publication, Topic};
use futures::{StreamExt, stream};
use redis::RedisError;
use tokio::runtime::Handle as Runtime;
use tokio::sync::watch;
use tokio::task::{AbortHandle, coop};
use tokio::time::timeout;

use self::channels::Channels;
use self::inbox::Inbox;
use self::publisher::Publisher;
use self::topics::{Topics, Wait};
use crate::dial::Dialer;
use crate::error::{timed_out, unavailable};
use crate::nodes::Nodes;

/// A [`Broker`] on Redis: one node's handle. Clones are the same handle; when the last is dropped,
/// its connections close and its stream ends.
///
/// - **Publishing.** All publications of a batch, and all batches that wait, are one write. An error
///   says that some of it may not have gone out.
/// - **Listening.** A connection that is lost is opened again, at once and then with growing pauses
///   of up to a second; all topics are subscribed again, and only when a probe published through the
///   same connection has arrived does the engine hear `Interrupted`. Probes go on while it is open,
///   so that one that is open but deaf is noticed within `probe_interval` and `response_timeout`.
/// - **On a cluster** channels are sharded (`SPUBLISH`, `SSUBSCRIBE`), with a connection to each
///   server that has slots. `Lost` arrives when one of them is lost; what the others bring goes on.
///   When a slot moves, its topics follow.
/// - A handle hears its own publications, too.
#[derive(Clone)]
pub struct RedisBroker(Arc<Handle>);

struct Handle {
    shared: Arc<Shared>,
    publisher: Arc<Publisher>,
    tasks: [AbortHandle; 2],
}

/// What the parts of a broker share.
#[derive(Debug)]
struct Shared {
    /// Names the channels of probes.
    node: uuid::Uuid,
    nodes: Nodes,
    channels: Arc<Channels>,
    inbox: Arc<Inbox>,
    topics: Topics,
    /// Whether there are links by now.
    adopted: watch::Sender<bool>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        self.shared.inbox.close();
    }
}

impl RedisBroker {
    pub(crate) fn start(dialer: &Dialer, runtime: &Runtime) -> Self {
        let options = dialer.options();
        let channels = Arc::new(Channels::new(&options.prefix));
        let inbox = Arc::new(Inbox::new(options.max_arrivals, options.max_arrival_bytes));
        let shared = Arc::new(Shared {
            node: uuid::Uuid::new_v4(),
            // Connections of its own: large batches hold up no other commands.
            nodes: Nodes::new(dialer.clone()),
            topics: Topics::new(Arc::clone(&inbox), Arc::clone(&channels)),
            channels: Arc::clone(&channels),
            inbox,
            adopted: watch::Sender::new(false),
        });
        let publisher = Arc::new(Publisher::new(options));
        let writing = Arc::clone(&publisher).run(shared.nodes.clone(), channels);
        let listening = subscriber::run(Arc::clone(&shared));
        let tasks = [
            runtime.spawn(writing).abort_handle(),
            runtime.spawn(listening).abort_handle(),
        ];
        Self(Arc::new(Handle {
            shared,
            publisher,
            tasks,
        }))
    }

    async fn change(&self, topics: &[Topic], wanted: bool) -> Result<(), RedisError> {
        let shared = &self.0.shared;
        // Before anything is waited for: calls take effect in their order.
        let mut wait = shared.topics.change(topics, wanted);
        if matches!(wait, Wait::Layout) {
            let mut adopted = shared.adopted.subscribe();
            drop(adopted.wait_for(|adopted| *adopted).await);
            wait = shared.topics.confirm(topics);
        }
        match wait {
            Wait::Links(links) => {
                for link in links {
                    let answer = link.await;
                    answer.unwrap_or_else(|_| Err(timed_out("the link was replaced")))?;
                }
                Ok(())
            }
            Wait::Layout => Err(timed_out("the servers are not known")),
            Wait::Failed(error) => Err(error),
        }
    }

    async fn change_in_time(
        &self,
        topics: &[Topic],
        wanted: bool,
        operation: &'static str,
    ) -> Result<()> {
        let options = self.0.shared.nodes.dialer().options();
        let limit = options.connect_timeout + 2 * options.response_timeout;
        let changed = timeout(limit, self.change(topics, wanted)).await;
        let changed = changed.unwrap_or_else(|_| {
            if wanted {
                self.0.shared.topics.owe();
            }
            Err(timed_out("no link in time"))
        });
        changed.map_err(|e| unavailable(e, operation))
    }
}

impl fmt::Debug for RedisBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBroker")
            .field("redis", self.0.shared.nodes.dialer().target())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Broker for RedisBroker {
    async fn publish(&self, batch: Vec<Publication>) -> Result<()> {
        self.0.publisher.publish(batch).await
    }

    async fn subscribe(&self, topics: Vec<Topic>) -> Result<()> {
        self.change_in_time(&topics, true, "subscribe").await
    }

    async fn unsubscribe(&self, topics: Vec<Topic>) -> Result<()> {
        self.change_in_time(&topics, false, "unsubscribe").await
    }

    fn arrivals(&self) -> Arrivals {
        if !self.0.shared.inbox.take_stream() {
            return stream::empty().boxed();
        }
        let inbox = Arc::clone(&self.0.shared.inbox);
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
