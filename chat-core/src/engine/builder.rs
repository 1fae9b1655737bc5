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
    Authenticator, Broker, Hooks, MessageLog, ModerationStore, PresenceStore, PushQueue,
    RateLimiter, ReadStore, RoomStore, UserStore,
};
use crate::memory::{
    MemoryBus, MemoryLimits, MemoryMessages, MemoryModeration, MemoryPresence, MemoryRooms,
    MemoryUsers,
};
use crate::time::{Clock, SystemClock};

/// The longest a command waits for the rate limiter.
const LIMITER_TIMEOUT: Duration = Duration::from_secs(1);

/// Puts an engine together.
///
/// What is not given is in memory and for this engine alone. Several engines in one process become
/// a cluster when they share the stores and have brokers of one
/// [`MemoryBus`](crate::memory::MemoryBus).
#[derive(Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct EngineBuilder {
    config: Config,
    clock: Arc<dyn Clock>,
    authenticator: Arc<dyn Authenticator>,
    rooms: Option<Arc<dyn RoomStore>>,
    messages: Option<Messages>,
    users: Option<Arc<dyn UserStore>>,
    moderation: Option<Arc<dyn ModerationStore>>,
    broker: Option<Arc<dyn Broker>>,
    presence: Option<Arc<dyn PresenceStore>>,
    limiter: Option<Arc<dyn RateLimiter>>,
    hooks: Vec<Arc<dyn Hooks>>,
}

/// The views of one message store.
#[derive(Debug)]
struct Messages {
    log: Arc<dyn MessageLog>,
    reads: Arc<dyn ReadStore>,
    pushes: Arc<dyn PushQueue>,
}

impl Messages {
    fn of(store: impl MessageLog + ReadStore + PushQueue) -> Self {
        let store = Arc::new(store);
        Self {
            log: Arc::clone(&store) as _,
            reads: Arc::clone(&store) as _,
            pushes: store,
        }
    }
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

    /// The settings. Default: [`Config::default`].
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Where the wall clock is read. Default: [`SystemClock`](crate::SystemClock).
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Rooms and members.
    pub fn rooms(mut self, rooms: impl RoomStore) -> Self {
        self.rooms = Some(Arc::new(rooms));
        self
    }

    /// The rooms' logs, read state and push notifications: three views of one store.
    pub fn messages(mut self, messages: impl MessageLog + ReadStore + PushQueue) -> Self {
        self.messages = Some(Messages::of(messages));
        self
    }

    /// Whom users have blocked, and whether they want to be seen.
    pub fn users(mut self, users: impl UserStore) -> Self {
        self.users = Some(Arc::new(users));
        self
    }

    /// Reports and audit logs.
    pub fn moderation(mut self, moderation: impl ModerationStore) -> Self {
        self.moderation = Some(Arc::new(moderation));
        self
    }

    /// The link to the other nodes.
    pub fn broker(mut self, broker: impl Broker) -> Self {
        self.broker = Some(Arc::new(broker));
        self
    }

    /// Who is online.
    pub fn presence(mut self, presence: impl PresenceStore) -> Self {
        self.presence = Some(Arc::new(presence));
        self
    }

    /// How often a user does what.
    pub fn limiter(mut self, limiter: impl RateLimiter) -> Self {
        self.limiter = Some(Arc::new(limiter));
        self
    }

    /// Adds hooks, which run after those added before.
    pub fn hooks(mut self, hooks: impl Hooks) -> Self {
        self.hooks.push(Arc::new(hooks));
        self
    }

    /// Starts the engine.
    ///
    /// # Panics
    /// Outside a tokio runtime, on which it runs its tasks.
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
                "an outbox that holds no more than the answers to a client's sends closes it with 1013 \
                 whenever it sends as fast as it may"
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
        let messages = messages.unwrap_or_else(|| Messages::of(MemoryMessages::new()));
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
            log: Arc::new(Deadline::new(messages.log, timeout)),
            reads: Arc::new(Deadline::new(messages.reads, timeout)),
            push_queue: Arc::new(Deadline::new(messages.pushes, timeout)),
            users: Arc::new(Deadline::new(users, timeout)),
            moderation: Arc::new(Deadline::new(moderation, timeout)),
            presence: Arc::new(Deadline::new(presence, timeout)),
            // Not knowing is no reason to refuse, and no reason to wait.
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

/// Starts the tasks of an engine. Each ends by itself when the engine is gone, or is ended by its
/// drop.
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
