//! The engine. One [`Engine`] per process serves the sockets of its node.
//!
//! An engine is made of parts. Each part owns its state and holds the parts below it:
//!
//! | folder or file | purpose |
//! |---|---|
//! | `api/` | methods for the app and the REST service |
//! | `connection/` | one socket, from handshake to close |
//! | `management/` | changes of rooms and members |
//! | `messages/` | sends, changes and read markers: the rules, and the writes to the log |
//! | `hook_calls`, `audit` | the app's hooks, and the audit log |
//! | `presence/` | leases, and the announcements of users who come or go |
//! | `fanout/` | delivery to this node's connections, and to those of other nodes |
//! | `access/` | permissions, visibility, rates |
//! | `users/` | connections by user, and their settings |
//! | `rooms/` | the active rooms of this node |
//! | `cluster/` | hints to and from other nodes |
//! | `feed/` | pure: the ordered events of a room, and its subscribers |
//! | `outbound/` | frames, outboxes and transports |
//! | `tasks`, `background`, `upkeep` | operations under way, and periodic work |
//! | `builder`, `foundation`, `config` | construction and settings |
//!
//! A test keeps the dependencies between them free of cycles.

mod access;
mod actor;
mod api;
mod audit;
mod background;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod bench;
mod builder;
mod cluster;
mod config;
mod connection;
mod fanout;
mod feed;
mod foundation;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod fuzz;
mod hook_calls;
mod management;
mod messages;
mod outbound;
mod presence;
#[cfg(all(test, shuttle))]
mod races;
mod receive;
mod rooms;
mod sharded;
mod shutdown;
mod single_flight;
mod slots;
mod tasks;
mod upkeep;
mod users;

use std::fmt;
use std::sync::Arc;

pub(crate) use access::{InFlight, RateClass};
pub use actor::Actor;
pub use api::{History, Reactors, RoomEntry, RoomPosition, Search, ThreadPage, UnreadTotal};
pub use builder::EngineBuilder;
pub use config::{Config, Rates};
pub use connection::Handshake;
pub use management::CreateRoom;
pub(crate) use management::CreationKey;
pub use outbound::{Frame, FrameClass, FrameKind, Inbound, ReceiveError, Transport};
pub(crate) use rooms::PAGE_BYTES;

use access::{Access, Admission, RateLimits};
use audit::Audit;
use background::Background;
use cluster::Cluster;
use connection::Connections;
use fanout::Fanout;
use management::Management;
use messages::Messages;
use presence::{Occupancies, Presence};
use rooms::Rooms;
use slots::Slots;
use tasks::Tasks;
use users::{Hub, Settings};

use crate::backend::{Authenticator, MessageLog, ModerationStore, ReadStore, RoomStore, UserStore};
use crate::time::Clock;
use crate::{NodeId, Result, UserId};

/// A handle to a running engine, cheap to clone. The engine ends with [`Engine::shutdown`], or when
/// the last handle is dropped and the last connection is closed.
///
/// ```
/// use chat_core::model::{Draft, RoomKind};
/// use chat_core::engine::CreateRoom;
/// use chat_core::{Actor, Engine, RoomId, UserId};
/// # use chat_core::backend::{Authenticator, Credentials, Identity};
/// # #[derive(Debug)] struct Login;
/// # #[async_trait::async_trait]
/// # impl Authenticator for Login {
/// #     async fn authenticate(&self, _: Credentials<'_>) -> chat_core::Result<Identity> {
/// #         Ok(Identity::new(UserId::new("alice")?))
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let engine = Engine::builder(Login).build(); // everything in memory
/// let (alice, bob) = (UserId::new("alice")?, UserId::new("bob")?);
/// let room = engine
///     .create_room(&Actor::App, CreateRoom::new(RoomKind::Group).members([alice.clone(), bob]))
///     .await?;
/// let sent = engine.send(&Actor::User(alice), &room.id, Draft::text("hi")).await?;
/// assert_eq!(sent.message.text, "hi");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Engine {
    parts: Arc<Parts>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("node_id", &self.parts.cluster.node_id())
            .field("connections", &self.parts.hub.len())
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Returns a builder. Backends are in memory unless others are given.
    pub fn builder(authenticator: impl Authenticator) -> EngineBuilder {
        EngineBuilder::new(Arc::new(authenticator))
    }

    /// Returns the settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.parts.config
    }

    /// Returns the id of this node.
    #[must_use]
    pub fn node_id(&self) -> NodeId {
        self.parts.cluster.node_id()
    }

    /// Checks that the engine can serve: it is not shutting down, and its stores respond.
    ///
    /// # Errors
    /// `Unavailable`, or the error of a store.
    pub async fn ready(&self) -> Result<()> {
        let parts = &self.parts;
        if parts.tasks.is_stopping() {
            return Err(crate::Error::unavailable("shutting down"));
        }
        let probe = crate::RoomId::new("probe")?;
        parts.store.room(&probe).await?;
        parts.log.heads(std::slice::from_ref(&probe)).await?;
        parts.presence.ready().await
    }

    /// The number of connections on this node.
    #[must_use]
    pub fn connection_count(&self) -> usize {
        self.parts.hub.len()
    }

    /// Serves one socket until it is closed. Adapters call this after the upgrade and spawn one
    /// task per connection. A client without a valid token is closed with 1008 here, because a
    /// browser cannot see the HTTP status of a refused upgrade.
    ///
    /// Dropping the future closes the connection and undoes its registration.
    pub fn serve<T: Transport>(
        &self,
        transport: T,
        handshake: Handshake,
    ) -> impl Future<Output = ()> + Send + use<T> {
        // A future has room for everything it ever holds. State that only the start, a write or the
        // end needs is boxed, so that idle connections do not pay for it.
        let begun = Box::pin(connection::begin(
            Arc::clone(&self.parts.connections),
            transport,
            handshake,
        ));
        async move {
            if let Some(connection) = begun.await {
                connection::run(connection).await;
            }
        }
    }
}

/// The parts and stores that the methods of [`Engine`] use. Nothing below the API knows of it.
struct Parts {
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    store: Arc<dyn RoomStore>,
    log: Arc<dyn MessageLog>,
    reads: Arc<dyn ReadStore>,
    users: Arc<dyn UserStore>,
    moderation: Arc<dyn ModerationStore>,
    cluster: Arc<Cluster>,
    hub: Arc<Hub>,
    settings: Arc<Settings>,
    rooms: Arc<Rooms>,
    access: Arc<Access>,
    admission: Arc<Admission>,
    rates: Arc<RateLimits>,
    fanout: Arc<Fanout>,
    presence: Arc<Presence>,
    occupancies: Arc<Occupancies>,
    audit: Arc<Audit>,
    messages: Arc<Messages>,
    management: Arc<Management>,
    connections: Arc<Connections>,
    /// Searches under way. A user may run one at a time.
    searches: Slots<UserId>,
    tasks: Tasks,
    background: Arc<Background>,
}
