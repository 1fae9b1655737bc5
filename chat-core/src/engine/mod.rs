//! The running thing: one [`Engine`] per process serves the sockets of its node.
//!
//! | file | what |
//! |---|---|
//! | `builder`, `config` | how an engine is put together |
//! | `api/` | what the app and the REST service can do: everything a client can, and more |
//! | `connection`, `commands`, `join` | one socket, from handshake to close |
//! | `transport`, `frame`, `outbox`, `link` | what goes over it, and what waits for it |
//! | `room`, `sequencer`, `recent`, `repair` | a room on this node: events in order, without gaps |
//! | `writer` | group commit to a room's log |
//! | `active`, `cache`, `access`, `syncs` | which rooms are active, and what is remembered of them |
//! | `hub`, `presence`, `occupancy`, `activity` | the users of this node |
//! | `subscriptions`, `publisher`, `hint`, `fanout` | the other nodes |
//! | `hooking`, `rate`, `slow_mode` | the app's hooks, and how often a user may do what |
//! | `slots` | how much may be in flight for a user or an address |
//! | `upkeep`, `shutdown` | what is done now and then, and at the end |

mod access;
mod active;
mod activity;
mod api;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod bench;
mod builder;
mod cache;
mod commands;
mod config;
mod connection;
pub(crate) mod deadline;
mod fanout;
mod frame;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod fuzz;
mod hint;
mod hooking;
mod hub;
mod join;
mod link;
mod occupancy;
mod operation;
mod outbox;
mod presence;
mod publisher;
#[cfg(all(test, shuttle))]
mod races;
mod rate;
mod recent;
mod repair;
mod room;
mod sequencer;
mod shutdown;
mod single_flight;
mod slots;
mod slow_mode;
mod subscriptions;
mod syncs;
mod transport;
mod trimming;
mod upkeep;
mod user_cache;
mod view;
mod writer;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::AbortHandle;
use tokio::time::Instant;

pub use access::Actor;
pub use api::{
    CreateRoom, History, Reactors, RoomEntry, RoomPosition, Search, ThreadPage, UnreadTotal,
};
pub(crate) use api::{CreationKey, InFlight};
pub use builder::EngineBuilder;
pub use config::{Config, Rates};
pub use connection::Handshake;
pub use frame::{Frame, FrameClass, FrameKind};
#[cfg(feature = "schema")]
pub(crate) use join::{HISTORY_DEFAULT, HISTORY_MAX};
pub(crate) use rate::RateClass;
pub(crate) use syncs::PAGE_BYTES;
pub use transport::{Inbound, ReceiveError, Transport};

use crate::backend::{
    Authenticator, Hooks, MessageLog, ModerationStore, PresenceStore, PushQueue, RateLimiter,
    ReadStore, RoomStore, UserStore,
};
use crate::model::Presence;
use crate::time::Clock;
use crate::{NodeId, Result};

/// A handle on a running engine; cheap to clone. The engine ends when the last handle is dropped
/// and the last connection is gone, or with [`Engine::shutdown`].
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
    inner: Arc<Inner>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("node_id", &self.inner.node_id)
            .field("connections", &self.inner.hub.len())
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Puts an engine together. All backends are in memory unless others are given.
    pub fn builder(authenticator: impl Authenticator) -> EngineBuilder {
        EngineBuilder::new(Arc::new(authenticator))
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// This node.
    #[must_use]
    pub fn node_id(&self) -> NodeId {
        self.inner.node_id
    }

    /// Whether the engine can serve: it is not shutting down, and the stores answer.
    ///
    /// # Errors
    /// `Unavailable`, or what a store said.
    pub async fn ready(&self) -> Result<()> {
        let inner = &self.inner;
        if inner.is_stopped() {
            return Err(crate::Error::unavailable("shutting down"));
        }
        let probe = crate::RoomId::new("probe")?;
        inner.rooms.room(&probe).await?;
        inner.log.heads(std::slice::from_ref(&probe)).await?;
        inner.presence.presence(&[]).await?;
        Ok(())
    }

    /// How many connections this node serves.
    #[must_use]
    pub fn connection_count(&self) -> usize {
        self.inner.hub.len()
    }
}

/// What all handles and connections share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) node_id: NodeId,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    pub(crate) rooms: Arc<dyn RoomStore>,
    pub(crate) log: Arc<dyn MessageLog>,
    pub(crate) reads: Arc<dyn ReadStore>,
    pub(crate) push_queue: Arc<dyn PushQueue>,
    pub(crate) users: Arc<dyn UserStore>,
    pub(crate) moderation: Arc<dyn ModerationStore>,
    pub(crate) presence: Arc<dyn PresenceStore>,
    pub(crate) limiter: Arc<dyn RateLimiter>,
    pub(crate) hooks: Vec<Arc<dyn Hooks>>,
    /// Whether a hook wants to know who is offline, so that what it is told has to survive a crash.
    pub(crate) pushes: bool,
    /// Permits to tell `after_send`.
    pub(crate) telling: Arc<Semaphore>,
    pub(crate) hub: hub::Hub,
    /// REST requests under way, by user and by address.
    pub(crate) requests: slots::Slots<crate::UserId>,
    /// Searches under way, by user.
    pub(crate) searches: slots::Slots<crate::UserId>,
    pub(crate) requests_from: slots::Slots<std::net::IpAddr>,
    pub(crate) active: active::ActiveRooms,
    pub(crate) user_cache: user_cache::UserCache,
    pub(crate) subscriptions: Arc<subscriptions::Subscriptions>,
    pub(crate) publisher: Arc<publisher::Publisher>,
    pub(crate) activity: Arc<activity::Activity>,
    pub(crate) edges: Vec<mpsc::Sender<Presence>>,
    pub(crate) writing: shutdown::Pending,
    /// Asks for a comparison of heads now.
    pub(crate) compare: Arc<Notify>,
    lost: AtomicBool,
    /// Until when the broker counts as out of reach after a failed call, in ms since `started`.
    suspect_until: AtomicU64,
    started: Instant,
    stopped: AtomicBool,
    tasks: parking_lot::Mutex<Vec<AbortHandle>>,
}

/// After a failed call to the broker, heads are polled for this long.
const SUSPECT_MS: u64 = 10_000;

impl Inner {
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Notes whether the broker's link is lost.
    pub(crate) fn set_degraded(&self, lost: bool) {
        self.lost.store(lost, Ordering::Relaxed);
        metrics::gauge!("chat_broker_connected").set(if lost { 0.0 } else { 1.0 });
        if lost {
            self.compare.notify_one();
        }
    }

    /// Notes that a call to the broker failed.
    pub(crate) fn suspect_broker(&self) {
        let until = self.elapsed_ms().saturating_add(SUSPECT_MS);
        self.suspect_until.store(until, Ordering::Relaxed);
        self.compare.notify_one();
    }

    /// Whether hints may not arrive, so that heads are to be polled.
    pub(crate) fn is_degraded(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
            || self.elapsed_ms() < self.suspect_until.load(Ordering::Relaxed)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        for task in self.tasks.get_mut() {
            task.abort();
        }
    }
}
