//! The broker on Pub/Sub: one task publishes, and one connection per server is subscribed.

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

/// A [`Broker`] on Redis: the handle of one node. Clones are the same handle. Dropping the last one
/// closes its connections and ends its stream.
///
/// - **Publishing.** All queued batches are sent in one write. An error means that some
///   publications may not have been sent.
/// - **Subscribing.** A lost connection is reopened at once, then with pauses of up to a second,
///   and all topics are resubscribed. `Interrupted` arrives only after a probe has arrived through
///   the connection. Probes continue while it is open: a connection that delivers nothing is
///   detected within `probe_interval` plus `response_timeout`.
/// - **Cluster.** Channels are sharded (`SPUBLISH`, `SSUBSCRIBE`), with one connection per server.
///   If one is lost, `Lost` arrives while the others continue to deliver. When a slot moves, its
///   topics are resubscribed on the new server.
/// - **Echo.** A handle receives its own publications.
#[derive(Clone)]
pub struct RedisBroker(Arc<Handle>);

struct Handle {
    shared: Arc<Shared>,
    publisher: Arc<Publisher>,
    tasks: [AbortHandle; 2],
}

/// The state shared by the tasks of a broker.
#[derive(Debug)]
struct Shared {
    /// The id in the names of probe channels.
    node: uuid::Uuid,
    nodes: Nodes,
    channels: Arc<Channels>,
    inbox: Arc<Inbox>,
    topics: Topics,
    /// `true` once there are links.
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
            // Separate connections, so that large batches do not delay other commands.
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
        // Before the first await, so that calls take effect in order.
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
            Wait::Layout => Err(timed_out("the Redis servers are unknown")),
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
            Err(timed_out("the links did not respond in time"))
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
            // A queue that never runs dry must not monopolize the reader's thread.
            let coop = ready!(coop::poll_proceed(cx));
            let arrival = ready!(inbox.poll(cx));
            coop.made_progress();
            Poll::Ready(arrival)
        })
        .boxed()
    }
}
