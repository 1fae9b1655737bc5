use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

use crate::{Result, RoomId, UserId};

/// Where a publication goes.
///
/// `Display` gives the channel name without an app's prefix: `chat:u:{userId}`, `chat:r:{roomId}`.
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

/// One payload for several topics.
#[derive(Debug, Clone)]
pub struct Publication {
    /// Where it goes; the events of one room share it.
    pub topics: Arc<[Topic]>,
    /// What goes there; a broker never looks inside.
    pub payload: Bytes,
}

/// What a broker brings.
#[derive(Debug, Clone)]
pub enum Arrival {
    /// A payload published to a topic this node is subscribed to.
    Payload {
        /// The topic.
        topic: Topic,
        /// The payload.
        payload: Bytes,
    },
    /// The link is lost: nothing arrives until `Interrupted` does. The engine polls meanwhile.
    Lost,
    /// The link is back, or a buffer overflowed: publications may be missing. The engine compares
    /// heads and catches up.
    Interrupted,
}

/// The stream of what a broker brings.
pub type Arrivals = BoxStream<'static, Arrival>;

/// Carries hints between nodes. One handle is one node.
///
/// # Contract
/// 1. After `subscribe` returned `Ok`, what any handle publishes to the topic arrives here, unless
///    it is lost; losses are allowed.
/// 2. When a loss is possible (the link was lost, a buffer was full), [`Arrival::Interrupted`]
///    arrives *after* subscriptions work again; [`Arrival::Lost`] as soon as a lost link is noticed.
///    A link that is open but deaf is noticed, too.
/// 3. `subscribe` remembers the topics even when it fails: they are subscribed when the link is
///    back, and `Interrupted` tells so.
/// 4. Publications of one handle to one topic arrive in the order of publishing.
/// 5. After `unsubscribe` returned, at most those publications arrive that were under way.
/// 6. `publish` writes the whole batch at once where the transport can, and does not wait for
///    receivers. It may deliver to the publishing handle, too.
/// 7. Everything buffered is bounded; a full buffer loses publications (2), and never blocks other
///    topics.
/// 8. `subscribe` and `unsubscribe` are idempotent; calls for the same topic take effect in the
///    order in which they were made.
#[async_trait]
pub trait Broker: fmt::Debug + Send + Sync + 'static {
    /// Publishes a batch.
    async fn publish(&self, batch: Vec<Publication>) -> Result<()>;
    /// Starts to hear these topics.
    async fn subscribe(&self, topics: Vec<Topic>) -> Result<()>;
    /// Ceases to hear these topics.
    async fn unsubscribe(&self, topics: Vec<Topic>) -> Result<()>;
    /// The stream of arrivals. The engine takes it once, before it subscribes; a second call gives
    /// a stream that ends at once.
    fn arrivals(&self) -> Arrivals;
}

forward!(Broker {
    async fn publish(&self, batch: Vec<Publication>) -> Result<()>;
    async fn subscribe(&self, topics: Vec<Topic>) -> Result<()>;
    async fn unsubscribe(&self, topics: Vec<Topic>) -> Result<()>;
    fn arrivals(&self) -> Arrivals;
});
