use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::Instant;

use super::config::ms;
use super::deadline::Deadline;
use super::hooking::TELLING_MAX;
use super::presence::{EDGE_QUEUE, EDGE_WORKERS};
use super::publisher::Publisher;
use super::subscriptions::Subscriptions;
use super::{Config, Engine, Inner};
use crate::NodeId;
use crate::backend::{
    Authenticator, Broker, Hooks, MessageStore, ModerationStore, PresenceStore, RateLimiter,
    RoomStore, UserStore,
};
use crate::memory::{
    MemoryBus, MemoryLimits, MemoryMessages, MemoryModeration, MemoryPresence, MemoryRooms,
    MemoryUsers,
};
use crate::time::{Clock, SystemClock};

const LIMITER_TIMEOUT: Duration = Duration::from_secs(1);

/// Builds an engine.
///
/// Backends default to memory, private to this engine. Engines in one process form a cluster if
/// they share their stores and have brokers of the same [`MemoryBus`](crate::memory::MemoryBus).
#[derive(Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct EngineBuilder {
    config: Config,
    clock: Arc<dyn Clock>,
    authenticator: Arc<dyn Authenticator>,
    rooms: Option<Arc<dyn RoomStore>>,
    messages: Option<Arc<dyn MessageStore>>,
    users: Option<Arc<dyn UserStore>>,
    moderation: Option<Arc<dyn ModerationStore>>,
    broker: Option<Arc<dyn Broker>>,
    presence: Option<Arc<dyn PresenceStore>>,
    limiter: Option<Arc<dyn RateLimiter>>,
    hooks: Vec<Arc<dyn Hooks>>,
}

impl EngineBuilder {
    pub(super) fn new(authenticator: Arc<dyn Authenticator>) -> Self {
        Self {
            config: Config::default(),
            clock: Arc::new(SystemClock),
            authenticator,
            rooms: None,
            messages: None,
            users: None,
            moderation: None,
            broker: None,
            presence: None,
            limiter: None,
            hooks: Vec::new(),
        }
    }

    /// Sets the configuration. Default: [`Config::default`].
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Sets the wall clock. Default: [`SystemClock`](crate::SystemClock).
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the store of rooms and members.
    pub fn rooms(mut self, rooms: impl RoomStore) -> Self {
        self.rooms = Some(Arc::new(rooms));
        self
    }

    /// Sets the store of messages and read markers.
    pub fn messages(mut self, messages: impl MessageStore) -> Self {
        self.messages = Some(Arc::new(messages));
        self
    }

    /// Sets the store of user settings.
    pub fn users(mut self, users: impl UserStore) -> Self {
        self.users = Some(Arc::new(users));
        self
    }

    /// Sets the store of reports and audit logs.
    pub fn moderation(mut self, moderation: impl ModerationStore) -> Self {
        self.moderation = Some(Arc::new(moderation));
        self
    }

    /// Sets the broker that connects the nodes.
    pub fn broker(mut self, broker: impl Broker) -> Self {
        self.broker = Some(Arc::new(broker));
        self
    }

    /// Sets the presence store.
    pub fn presence(mut self, presence: impl PresenceStore) -> Self {
        self.presence = Some(Arc::new(presence));
        self
    }

    /// Sets the rate limiter.
    pub fn limiter(mut self, limiter: impl RateLimiter) -> Self {
        self.limiter = Some(Arc::new(limiter));
        self
    }

    /// Adds hooks. They run in the order in which they were added.
    pub fn hooks(mut self, hooks: impl Hooks) -> Self {
        self.hooks.push(Arc::new(hooks));
        self
    }

    /// Starts the engine and its background tasks.
    ///
    /// # Panics
    /// Panics outside a tokio runtime.
    #[must_use]
    pub fn build(self) -> Engine {
        let (frames, sends) = (
            self.config.outbox_max_frames,
            self.config.limits.max_pending_sends,
        );
        if frames <= sends.saturating_mul(2) {
            tracing::warn!(
                outbox_max_frames = frames,
                max_pending_sends = sends,
                "`outbox_max_frames` should exceed twice `max_pending_sends`: otherwise clients that \
                 send at full speed are closed with 1013"
            );
        }
        let broker = self
            .broker
            .unwrap_or_else(|| Arc::new(MemoryBus::new().with_echo(false).broker()));
        let (edges, edge_queues): (Vec<_>, Vec<_>) =
            (0..EDGE_WORKERS).map(|_| mpsc::channel(EDGE_QUEUE)).unzip();
        let timeout = ms(self.config.store_timeout_ms);
        let rooms = self.rooms.unwrap_or_else(|| Arc::new(MemoryRooms::new()));
        let messages = self.messages;
        let messages = messages.unwrap_or_else(|| Arc::new(MemoryMessages::new()));
        let users = self.users.unwrap_or_else(|| Arc::new(MemoryUsers::new()));
        let moderation = self.moderation;
        let moderation = moderation.unwrap_or_else(|| Arc::new(MemoryModeration::new()));
        let presence = self.presence;
        let presence = presence.unwrap_or_else(|| Arc::new(MemoryPresence::new()));
        let limiter = self.limiter;
        let limiter = limiter.unwrap_or_else(|| Arc::new(MemoryLimits::new()));
        let inner = Arc::new(Inner {
            config: self.config,
            node_id: NodeId::random(),
            clock: self.clock,
            authenticator: self.authenticator,
            rooms: Arc::new(Deadline::new(rooms, timeout)),
            messages: Arc::new(Deadline::new(messages, timeout)),
            users: Arc::new(Deadline::new(users, timeout)),
            moderation: Arc::new(Deadline::new(moderation, timeout)),
            presence: Arc::new(Deadline::new(presence, timeout)),
            // The limiter fails open, so it must answer fast.
            limiter: Arc::new(Deadline::new(limiter, timeout.min(LIMITER_TIMEOUT))),
            pushes: self.hooks.iter().any(|h| h.wants_offline_members()),
            hooks: self.hooks,
            telling: Arc::new(Semaphore::new(TELLING_MAX)),
            hub: super::hub::Hub::default(),
            requests: super::slots::Slots::default(),
            searches: super::slots::Slots::default(),
            requests_from: super::slots::Slots::default(),
            active: super::active::ActiveRooms::default(),
            user_cache: super::user_cache::UserCache::default(),
            subscriptions: Subscriptions::new(),
            publisher: Arc::new(Publisher::default()),
            activity: Arc::default(),
            edges,
            writing: super::shutdown::Pending::default(),
            compare: Arc::new(Notify::new()),
            lost: AtomicBool::new(false),
            suspect_until: AtomicU64::new(0),
            started: Instant::now(),
            stopped: AtomicBool::new(false),
            tasks: parking_lot::Mutex::default(),
        });
        start(&inner, &broker, edge_queues);
        Engine { inner }
    }
}

fn start(
    inner: &Arc<Inner>,
    broker: &Arc<dyn Broker>,
    edges: Vec<mpsc::Receiver<crate::model::Presence>>,
) {
    let weak = Arc::downgrade(inner);
    let suspect = {
        let weak = weak.clone();
        move || {
            if let Some(engine) = weak.upgrade() {
                engine.suspect_broker();
            }
        }
    };
    let mut tasks = vec![
        tokio::spawn(Inner::listen(weak.clone(), broker.arrivals())).abort_handle(),
        tokio::spawn(Arc::clone(&inner.subscriptions).run(Arc::clone(broker), suspect.clone()))
            .abort_handle(),
        tokio::spawn(Arc::clone(&inner.publisher).run(Arc::clone(broker), suspect)).abort_handle(),
        tokio::spawn(Inner::send_activity(weak.clone())).abort_handle(),
        tokio::spawn(Inner::refresh_leases(weak.clone())).abort_handle(),
        tokio::spawn(Inner::reap_leases(weak.clone())).abort_handle(),
        tokio::spawn(Inner::tell_occupancies(weak.clone())).abort_handle(),
        tokio::spawn(Inner::compare_heads(weak.clone())).abort_handle(),
        tokio::spawn(Inner::check_members(weak.clone())).abort_handle(),
        tokio::spawn(Inner::sweep_rooms(weak.clone())).abort_handle(),
    ];
    if inner.pushes {
        tasks.push(tokio::spawn(Inner::retry_pushes(weak.clone())).abort_handle());
    }
    for queue in edges {
        tasks.push(tokio::spawn(Inner::tell_edges(weak.clone(), queue)).abort_handle());
    }
    *inner.tasks.lock() = tasks;
}
