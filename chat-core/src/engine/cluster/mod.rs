//! The other nodes: hints to and from them, over the broker.
//!
//! | file | purpose |
//! |---|---|
//! | `hint` | the hints, and their binary form |
//! | `publisher` | sends hints in batches |
//! | `subscriptions` | the topics of this node |
//! | `receive` | decodes what arrives |
//! | `health` | whether hints may be lost |

mod health;
pub(crate) mod hint;
mod publisher;
mod receive;
mod subscriptions;

use std::sync::Arc;

use tokio::task::AbortHandle;

use health::Health;
pub(crate) use hint::{Hint, log_tag};
use publisher::Publisher;
pub(crate) use receive::{Receiver, listen};
pub(crate) use subscriptions::{Subscription, Subscriptions};

use crate::NodeId;
use crate::backend::{Broker, Publication, Topic};

/// This node's place in the cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    node_id: NodeId,
    health: Health,
    publisher: Arc<Publisher>,
    subscriptions: Arc<Subscriptions>,
}

impl Cluster {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            node_id: NodeId::random(),
            health: Health::new(),
            publisher: Arc::default(),
            subscriptions: Subscriptions::new(),
        })
    }

    /// Starts the tasks that talk to the broker.
    pub(crate) fn start(self: &Arc<Self>, broker: &Arc<dyn Broker>) -> [AbortHandle; 2] {
        let cluster = Arc::clone(self);
        let failed = move || cluster.health.suspect();
        let subscriptions = Arc::clone(&self.subscriptions);
        let publisher = Arc::clone(&self.publisher);
        [
            tokio::spawn(subscriptions.run(Arc::clone(broker), failed.clone())).abort_handle(),
            tokio::spawn(publisher.run(Arc::clone(broker), failed)).abort_handle(),
        ]
    }

    pub(crate) const fn node_id(&self) -> NodeId {
        self.node_id
    }

    pub(crate) const fn health(&self) -> &Health {
        &self.health
    }

    /// Subscribes this node to a topic until the subscription is dropped.
    pub(crate) async fn subscribe(&self, topic: Topic) -> Subscription {
        self.subscriptions.acquire(topic).await
    }

    /// Queues a hint for the nodes that subscribe to one of these topics.
    pub(crate) fn send(&self, topics: impl Into<Arc<[Topic]>>, hint: &Hint) {
        self.publisher.publish(Publication {
            topics: topics.into(),
            payload: hint.encode(self.node_id),
        });
    }

    /// Queues hints in as few publications as possible.
    pub(crate) fn send_all(&self, topics: &Arc<[Topic]>, hints: impl Iterator<Item = Hint>) {
        let hints = hints.map(|hint| hint.encode(self.node_id)).collect();
        for payload in hint::pack(hints) {
            self.publisher.publish(Publication {
                topics: Arc::clone(topics),
                payload,
            });
        }
    }

    /// Returns `true` if all hints were sent.
    pub(crate) fn is_idle(&self) -> bool {
        self.publisher.is_idle()
    }
}
