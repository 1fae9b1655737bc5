use std::sync::Arc;

use chat_core::backend::{Authenticator, Credentials, Identity, PresenceStore};
use chat_core::engine::CreateRoom;
use chat_core::memory::{
    MemoryBroker, MemoryBus, MemoryLimits, MemoryModeration, MemoryPresence, MemoryRooms,
    MemoryUsers,
};
use chat_core::model::{RoomKind, RoomSettings};
use chat_core::testing::faulty::{BrokerFaults, FaultRates, Faults, FaultyBroker};
use chat_core::testing::{MemoryPeer, Outbound, PausedClock, memory_socket};
use chat_core::{
    Actor, Config, Engine, Error, ErrorKind, Handshake, Rates, Result, RoomId, Timestamp, UserId,
};
use parking_lot::Mutex;
use tokio::task::AbortHandle;

use crate::facts::{Fact, Facts};
use crate::plan::{MEMBERSHIP_MAX_AGE, Plan};
use crate::recorder::{Bug, Recorder};
use crate::trace::Trace;

pub(crate) const NODES: usize = 3;
pub(crate) const CLIENTS: usize = 6;
/// The number of clients in the small rooms.
const TEAM: usize = 4;

/// Authenticates users by using the token as the user id.
#[derive(Debug)]
struct ByName;

#[async_trait::async_trait]
impl Authenticator for ByName {
    async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity> {
        let name = credentials.token;
        let name = name.ok_or_else(|| Error::new(ErrorKind::Unauthenticated, "who?"))?;
        Ok(Identity::new(UserId::new(name)?))
    }
}

/// One engine, with faults between it and the shared backends.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) engine: Engine,
    pub(crate) broker: Arc<FaultyBroker<MemoryBroker>>,
    /// The faults of all its stores.
    pub(crate) stores: Faults,
    connections: Arc<Mutex<Vec<AbortHandle>>>,
}

impl Node {
    pub(crate) fn connect(&self, user: &UserId) -> MemoryPeer {
        let (socket, peer) = memory_socket();
        let handshake = Handshake::new(Some(user.to_string()));
        let serving = tokio::spawn(self.engine.serve(socket, handshake));
        let mut connections = self.connections.lock();
        connections.retain(|c| !c.is_finished());
        connections.push(serving.abort_handle());
        peer
    }

    pub(crate) fn set_faults(&self, plan: &Plan) {
        self.broker.set_faults(plan.broker);
        self.stores.set_rates(plan.stores);
    }

    pub(crate) fn heal(&self) {
        self.broker.set_faults(BrokerFaults::default());
        self.stores.set_rates(FaultRates::default());
        self.broker.heal();
        self.stores.heal();
    }
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) log: Arc<Recorder>,
    plan: Plan,
    rooms: MemoryRooms,
    bus: MemoryBus,
    users: MemoryUsers,
    moderation: MemoryModeration,
    limits: MemoryLimits,
    presence: MemoryPresence,
    pub(crate) clock: PausedClock,
    pub(crate) trace: Mutex<Trace>,
    pub(crate) facts: Mutex<Facts>,
    pub(crate) bug: Option<Bug>,
    nodes: Mutex<Vec<Node>>,
    /// Stopped nodes. Killed nodes are dropped at once.
    stopped: Mutex<Vec<Engine>>,
    /// Faults injected into former nodes, by the broker and by the stores.
    injected: Mutex<(u64, u64)>,
    seeds: Mutex<fastrand::Rng>,
}

impl World {
    pub(crate) async fn new(seed: u64, plan: Plan, bug: Option<Bug>) -> Arc<Self> {
        let clock = PausedClock::starting(Timestamp::from_secs(1_800_000_000));
        let world = Self {
            log: Recorder::new(bug, clock),
            plan,
            rooms: MemoryRooms::new(),
            bus: MemoryBus::new(),
            users: MemoryUsers::new(),
            moderation: MemoryModeration::new(),
            limits: MemoryLimits::new(),
            presence: MemoryPresence::new(),
            clock,
            trace: Mutex::default(),
            facts: Mutex::default(),
            bug,
            nodes: Mutex::default(),
            stopped: Mutex::default(),
            injected: Mutex::default(),
            seeds: Mutex::new(fastrand::Rng::with_seed(seed)),
        };
        for _ in 0..NODES {
            let node = world.build();
            world.nodes.lock().push(node);
        }
        let engine = world.node(0).engine;
        let team = || (0..TEAM).map(client);
        for new in [
            CreateRoom::new(RoomKind::Public).id(lobby()),
            CreateRoom::new(RoomKind::Group)
                .id(team_room())
                .members(team()),
            CreateRoom::new(RoomKind::Direct)
                .id(pair())
                .members(team().take(2)),
            world.doomed_room(),
        ] {
            engine.create_room(&Actor::App, new).await.unwrap();
        }
        let world = Arc::new(world);
        for node in &*world.nodes.lock() {
            node.set_faults(&plan);
        }
        world
    }

    pub(crate) fn doomed_room(&self) -> CreateRoom {
        let mut settings = RoomSettings::for_kind(RoomKind::Group);
        settings.retention_seconds = (self.plan.expire > 0.0).then_some(6);
        let room = CreateRoom::new(RoomKind::Group).id(doomed());
        room.settings(settings).members(team())
    }

    fn build(&self) -> Node {
        let mut config = Config::default();
        config.rates = Rates::unlimited();
        // The lobby uses its room topic, the other rooms use those of their members.
        config.per_user_fanout_max = TEAM;
        // The lobby is also large enough to report occupancy instead of presence.
        config.presence_max = TEAM;
        config.occupancy_ms = 1_000;
        if let Some(frames) = self.plan.outbox {
            config.outbox_max_frames = frames;
        }
        if self.bug == Some(Bug::SmallOutbox) {
            config.outbox_max_bytes = 64 << 10;
        }
        config.limits.max_pending_sends = 10;
        config.recent_max_events = 30;
        config.anti_entropy_ms = 10_000;
        config.membership_max_age_ms = u64::try_from(MEMBERSHIP_MAX_AGE.as_millis()).unwrap();
        config.room_idle_ms = 3_000;
        config.drain_ms = 3_000;
        config.reconnect_spread_ms = 500;
        let [broker_seed, stores_seed] = {
            let mut seeds = self.seeds.lock();
            [seeds.u64(..), seeds.u64(..)]
        };
        let broker = FaultyBroker::new(self.bus.broker(), broker_seed, BrokerFaults::default());
        let broker = Arc::new(broker);
        let stores = Faults::new(stores_seed, FaultRates::default());
        let engine = Engine::builder(ByName)
            .config(config)
            .clock(self.clock)
            .rooms(stores.wrap(self.rooms.clone()))
            .messages(stores.wrap(Arc::clone(&self.log)))
            .users(stores.wrap(self.users.clone()))
            .moderation(stores.wrap(self.moderation.clone()))
            .limiter(stores.wrap(self.limits.clone()))
            .broker(Arc::clone(&broker))
            .presence(stores.wrap(self.presence.clone()))
            .build();
        Node {
            engine,
            broker,
            stores,
            connections: Arc::default(),
        }
    }

    pub(crate) fn node(&self, n: usize) -> Node {
        self.nodes.lock()[n].clone()
    }

    pub(crate) fn nodes(&self) -> Vec<Node> {
        self.nodes.lock().clone()
    }

    /// Stops a node and replaces it with a new one.
    pub(crate) fn stop(&self, n: usize) -> impl Future<Output = ()> + use<> {
        let engine = self.replace(n).engine;
        self.stopped.lock().push(engine.clone());
        async move { engine.shutdown().await }
    }

    /// Replaces a node with a new one and lets nothing more of the old one through.
    pub(crate) fn kill(&self, n: usize) {
        let node = self.replace(n);
        node.broker.cut();
        node.stores.cut();
        node.connections.lock().drain(..).for_each(|c| c.abort());
    }

    fn replace(&self, n: usize) -> Node {
        let new = self.build();
        new.set_faults(&self.plan);
        let old = std::mem::replace(&mut self.nodes.lock()[n], new);
        let mut injected = self.injected.lock();
        injected.0 += old.broker.injected();
        injected.1 += old.stores.injected();
        old
    }

    pub(crate) fn received(&self, by: &UserId, frame: &Outbound) {
        self.trace.lock().note(self.clock.elapsed(), by, frame);
    }

    /// The number of faults injected so far, by the broker and by the stores.
    pub(crate) fn injected(&self) -> (u64, u64) {
        let nodes = self.nodes.lock();
        let mut injected = *self.injected.lock();
        for node in &*nodes {
            injected.0 += node.broker.injected();
            injected.1 += node.stores.injected();
        }
        injected
    }

    /// Marks a fact as true from now on.
    pub(crate) fn begin(&self, fact: Fact) {
        self.facts.lock().begin(fact, self.clock.elapsed());
    }

    /// Marks a fact as possibly false from now on.
    pub(crate) fn end(&self, fact: &Fact) {
        self.facts.lock().end(fact, self.clock.elapsed());
    }

    /// The number of connections on all nodes, including stopped ones.
    pub(crate) fn connections(&self) -> usize {
        let nodes = self.nodes.lock();
        let stopped = self.stopped.lock();
        let engines = nodes.iter().map(|n| &n.engine).chain(&*stopped);
        engines.map(Engine::connection_count).sum()
    }

    pub(crate) async fn online(&self) -> Vec<UserId> {
        let all: Vec<UserId> = (0..CLIENTS).map(client).collect();
        let presence = self.presence.presence(&all).await.unwrap();
        let online = presence.into_iter().filter(|p| p.online);
        online.map(|p| p.user_id).collect()
    }
}

pub(crate) fn client(n: usize) -> UserId {
    UserId::new(format!("client-{n}")).unwrap()
}

fn room(id: &str) -> RoomId {
    RoomId::new(id).unwrap()
}

/// A public room, whose members join by themselves.
pub(crate) fn lobby() -> RoomId {
    room("lobby")
}

/// A group that records joins and leaves in its log.
pub(crate) fn team_room() -> RoomId {
    room("team")
}

pub(crate) fn pair() -> RoomId {
    room("pair")
}

/// A group that is deleted and recreated.
pub(crate) fn doomed() -> RoomId {
    room("doomed")
}

/// The user that a client sometimes blocks: its partner in the direct room, or another group
/// member.
pub(crate) fn blocks(n: usize) -> Option<UserId> {
    (n < TEAM && n % 2 == 1).then(|| client(n - 1))
}

pub(crate) fn rooms_of(n: usize) -> Vec<RoomId> {
    let mut rooms = vec![lobby()];
    if n < TEAM {
        rooms.extend([team_room(), doomed()]);
    }
    if n < 2 {
        rooms.push(pair());
    }
    rooms
}

pub(crate) fn team() -> impl Iterator<Item = UserId> {
    (0..TEAM).map(client)
}

pub(crate) fn all_rooms() -> Vec<RoomId> {
    rooms_of(0)
}
