use std::sync::Arc;
use std::time::Duration;

use super::access::{Access, Admission, RateLimits};
use super::audit::Audit;
use super::background::Background;
use super::cluster::{self, Cluster};
use super::config::ms;
use super::connection::{self, Connections};
use super::fanout::{Activity, Fanout};
use super::foundation::Foundation;
use super::hook_calls::HookCalls;
use super::management::Management;
use super::messages::Messages;
use super::presence::{Occupancies, Presence};
use super::receive::HintReceiver;
use super::rooms::Rooms;
use super::slots::Slots;
use super::tasks::Tasks;
use super::upkeep::Upkeep;
use super::users::{Hub, Settings};
use super::{Config, Engine, Parts};
use crate::backend::deadline::Deadline;
use crate::backend::{
    Authenticator, Broker, Hooks, MessageLog, ModerationStore, PresenceStore, PushQueue,
    RateLimiter, ReadStore, RoomStore, UserStore,
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
    messages: Option<MessageViews>,
    users: Option<Arc<dyn UserStore>>,
    moderation: Option<Arc<dyn ModerationStore>>,
    broker: Option<Arc<dyn Broker>>,
    presence: Option<Arc<dyn PresenceStore>>,
    limiter: Option<Arc<dyn RateLimiter>>,
    hooks: Vec<Arc<dyn Hooks>>,
}

/// The views of one message store.
#[derive(Debug)]
struct MessageViews {
    log: Arc<dyn MessageLog>,
    reads: Arc<dyn ReadStore>,
    pushes: Arc<dyn PushQueue>,
}

impl MessageViews {
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

    /// Sets the store of messages, read state and push notifications.
    pub fn messages(mut self, messages: impl MessageLog + ReadStore + PushQueue) -> Self {
        self.messages = Some(MessageViews::of(messages));
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
        let timeout = ms(self.config.store_timeout_ms);
        let rooms = self.rooms.unwrap_or_else(|| Arc::new(MemoryRooms::new()));
        let messages = self.messages;
        let messages = messages.unwrap_or_else(|| MessageViews::of(MemoryMessages::new()));
        let users = self.users.unwrap_or_else(|| Arc::new(MemoryUsers::new()));
        let moderation = self.moderation;
        let moderation = moderation.unwrap_or_else(|| Arc::new(MemoryModeration::new()));
        let presence = self.presence;
        let presence = presence.unwrap_or_else(|| Arc::new(MemoryPresence::new()));
        let limiter = self.limiter;
        let limiter = limiter.unwrap_or_else(|| Arc::new(MemoryLimits::new()));
        let broker = self
            .broker
            .unwrap_or_else(|| Arc::new(MemoryBus::new().with_echo(false).broker()));
        let base = Foundation {
            config: Arc::new(self.config),
            clock: self.clock,
            authenticator: self.authenticator,
            rooms: Arc::new(Deadline::new(rooms, timeout)),
            log: Arc::new(Deadline::new(messages.log, timeout)),
            reads: Arc::new(Deadline::new(messages.reads, timeout)),
            pushes: Arc::new(Deadline::new(messages.pushes, timeout)),
            users: Arc::new(Deadline::new(users, timeout)),
            moderation: Arc::new(Deadline::new(moderation, timeout)),
            presence: Arc::new(Deadline::new(presence, timeout)),
            // The limiter fails open, so it must answer fast.
            limiter: Arc::new(Deadline::new(limiter, timeout.min(LIMITER_TIMEOUT))),
            hooks: self.hooks,
            cluster: Cluster::new(),
            tasks: Tasks::default(),
        };
        Engine {
            parts: Arc::new(assemble(base, &broker)),
        }
    }
}

/// Builds the parts from the bottom up, and starts their background tasks.
fn assemble(base: Foundation, broker: &Arc<dyn Broker>) -> Parts {
    let hub = Arc::new(Hub::default());
    let settings = Settings::new(&base);
    let rooms = Rooms::new(&base);
    let rates = RateLimits::new(&base);
    let admission = Admission::new(&base);
    let access = Access::new(&base, &rooms, &settings, &hub);
    let activity = Activity::new(&base, &hub, &rooms, &settings);
    let fanout = Fanout::new(&base.cluster, &hub, &rooms, &activity);
    let (presence, edges) = Presence::new(&base, &settings, &hub, &access, &fanout);
    let occupancies = Occupancies::new(&base, &rooms, &hub, &fanout);
    let upkeep = Upkeep::new(&base, &rooms, &settings, &fanout);
    let audit = Audit::new(&base);
    let hooks = HookCalls::new(&base, &rooms, &settings);
    let messages = Messages::new(&base, &rooms, &access, &rates, &fanout, &hooks, &audit);
    let management = Management::new(&base, &rooms, &fanout, &messages, &audit);
    let receiver = HintReceiver::new(&rooms, &access, &fanout, &presence);

    let background = Arc::new(Background::default());
    background.add(base.cluster.start(broker));
    let arrivals = broker.arrivals();
    let cluster = Arc::clone(&base.cluster);
    background.spawn(cluster::listen(cluster, receiver, arrivals));
    background.spawn(activity.run());
    background.spawn(Arc::clone(&presence).refresh_leases());
    background.spawn(Arc::clone(&presence).reap_leases());
    for queue in edges {
        background.spawn(Arc::clone(&presence).tell_edges(queue));
    }
    background.spawn(Arc::clone(&occupancies).run());
    background.spawn(Arc::clone(&rooms).compare_heads());
    background.spawn(Arc::clone(&upkeep).check_members());
    background.spawn(upkeep.sweep_rooms());
    background.spawn(Arc::clone(&hooks).retry_pushes());

    let connections = Connections::new(
        &base,
        connection::Partners {
            admission: Arc::clone(&admission),
            rates: Arc::clone(&rates),
            hub: Arc::clone(&hub),
            settings: Arc::clone(&settings),
            rooms: Arc::clone(&rooms),
            access: Arc::clone(&access),
            fanout: Arc::clone(&fanout),
            presence: Arc::clone(&presence),
            occupancies: Arc::clone(&occupancies),
            hooks,
            messages: Arc::clone(&messages),
            management: Arc::clone(&management),
            background: Arc::clone(&background),
        },
    );
    Parts {
        config: base.config,
        clock: base.clock,
        store: base.rooms,
        log: base.log,
        reads: base.reads,
        users: base.users,
        moderation: base.moderation,
        cluster: base.cluster,
        hub,
        settings,
        rooms,
        access,
        admission,
        rates,
        fanout,
        presence,
        occupancies,
        audit,
        messages,
        management,
        connections,
        searches: Slots::default(),
        tasks: base.tasks,
        background,
    }
}
