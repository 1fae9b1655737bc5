use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

use crate::{Result, RoomId, UserId};

/// The destination of a publication.
///
/// `Display` formats the channel name without an app's prefix: `chat:u:{userId}`,
/// `chat:r:{roomId}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// The nodes where this user is connected.
    User(UserId),
    /// The nodes where this room is active.
    Room(RoomId),
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "chat:u:{id}"),
            Self::Room(id) => write!(f, "chat:r:{id}"),
        }
    }
}

/// A payload for one or more topics.
#[derive(Debug, Clone)]
pub struct Publication {
    /// The topics. Events of the same room share one allocation.
    pub topics: Arc<[Topic]>,
    /// The payload, opaque to the broker.
    pub payload: Bytes,
}

/// An item in the stream of arrivals.
#[derive(Debug, Clone)]
pub enum Arrival {
    /// A payload published to a topic this node is subscribed to.
    Payload {
        /// The topic.
        topic: Topic,
        /// The payload.
        payload: Bytes,
    },
    /// The link is lost. Nothing arrives until `Interrupted`; the engine polls meanwhile.
    Lost,
    /// The link is restored, or a buffer overflowed. Publications may be missing, so the engine
    /// compares heads and catches up.
    Interrupted,
}

/// A stream of [`Arrival`]s.
pub type Arrivals = BoxStream<'static, Arrival>;

/// A publish/subscribe transport for hints between nodes. Each node has one handle.
///
/// # Contract
/// 1. After `subscribe` returned `Ok`, publications by any handle to the topic arrive here. Losses
///    are allowed.
/// 2. After a possible loss (the link was lost, a buffer was full), [`Arrival::Interrupted`]
///    arrives *after* subscriptions work again. [`Arrival::Lost`] arrives as soon as a lost link is
///    detected. A link that is open but delivers nothing is detected, too.
/// 3. `subscribe` remembers the topics even if it fails. They are subscribed once the link is
///    restored, and `Interrupted` follows.
/// 4. Publications by one handle to one topic arrive in the order of publishing.
/// 5. After `unsubscribe` returned, only publications already in flight still arrive.
/// 6. `publish` writes the whole batch at once if the transport can, and does not wait for
///    receivers. It may also deliver to the publishing handle.
/// 7. All buffers are bounded. A full buffer loses publications (2) and never blocks other topics.
/// 8. `subscribe` and `unsubscribe` are idempotent. Calls for the same topic take effect in the
///    order in which they were made.
#[async_trait]
pub trait Broker: fmt::Debug + Send + Sync + 'static {
    /// Publishes a batch.
    async fn publish(&self, batch: Vec<Publication>) -> Result<()>;
    /// Subscribes to these topics.
    async fn subscribe(&self, topics: Vec<Topic>) -> Result<()>;
    /// Unsubscribes from these topics.
    async fn unsubscribe(&self, topics: Vec<Topic>) -> Result<()>;
    /// Returns the stream of arrivals. The engine takes it once, before it subscribes. A second
    /// call returns a stream that ends at once.
    fn arrivals(&self) -> Arrivals;
}

forward!(Broker {
    async fn publish(&self, batch: Vec<Publication>) -> Result<()>;
    async fn subscribe(&self, topics: Vec<Topic>) -> Result<()>;
    async fn unsubscribe(&self, topics: Vec<Topic>) -> Result<()>;
    fn arrivals(&self) -> Arrivals;
});
