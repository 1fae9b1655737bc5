use std::collections::HashMap;
use std::ops::AddAssign;
use std::sync::Arc;
use std::time::Duration;

use chat_core::backend::MessageLog;
use chat_core::model::{Anchor, HistoryQuery, LogHead, Message};
use chat_core::testing::deterministic;
use chat_core::{MessageId, RoomId, UserId};
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::chaos::Chaos;
use crate::client::Client;
use crate::facts::Facts;
use crate::invariants;
use crate::log::Log;
use crate::plan::Plan;
use crate::recorder::{Bug, Record};
use crate::trace::Trace;
use crate::world::{CLIENTS, World, all_rooms, blocks, client, rooms_of};

const TROUBLE: Duration = Duration::from_secs(12);
/// The maximum time to settle afterwards. It is ample, because time is simulated.
const REST: Duration = Duration::from_secs(300);
/// The cluster counts as settled after this long without a new position.
const QUIET: Duration = Duration::from_secs(15);
/// The interval at which messages are sent to help lagging clients notice what they missed.
const SAY_AGAIN: Duration = Duration::from_secs(30);
/// Longer than a lease.
const LEASES: Duration = Duration::from_secs(120);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Act at random.
    Trouble,
    /// Reconnect and retry unacknowledged sends.
    Settle,
    Stop,
}

/// Event counts: a simulation in which nothing happens proves nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) acks: u64,
    pub(crate) duplicates: u64,
    pub(crate) changes: u64,
    pub(crate) resumes: u64,
    pub(crate) removals: u64,
    pub(crate) removed_in_resume: u64,
    pub(crate) deletions: u64,
    pub(crate) floods: u64,
    pub(crate) blocks: u64,
    pub(crate) hides: u64,
    pub(crate) looks: u64,
    pub(crate) long: u64,
    pub(crate) expiring: u64,
    pub(crate) overflows: u64,
    pub(crate) broker_faults: u64,
    pub(crate) store_faults: u64,
    pub(crate) cuts: u64,
    pub(crate) stops: u64,
    pub(crate) kills: u64,
}

impl Counts {
    fn fields(&mut self) -> [&mut u64; 19] {
        [
            &mut self.acks,
            &mut self.duplicates,
            &mut self.changes,
            &mut self.resumes,
            &mut self.removals,
            &mut self.removed_in_resume,
            &mut self.deletions,
            &mut self.floods,
            &mut self.blocks,
            &mut self.hides,
            &mut self.looks,
            &mut self.long,
            &mut self.expiring,
            &mut self.overflows,
            &mut self.broker_faults,
            &mut self.store_faults,
            &mut self.cuts,
            &mut self.stops,
            &mut self.kills,
        ]
    }

    /// Counts as if everything had happened.
    pub(crate) fn all() -> Self {
        let mut all = Self::default();
        all.fields().into_iter().for_each(|n| *n = 1);
        all
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, mut other: Self) {
        for (sum, n) in self.fields().into_iter().zip(other.fields()) {
            *sum += *n;
        }
    }
}

/// The final state of a room in the store.
pub(crate) struct Room {
    pub(crate) id: RoomId,
    pub(crate) record: Record,
    pub(crate) history: Vec<Message>,
    pub(crate) head: u64,
}

pub(crate) struct Outcome {
    pub(crate) plan: Plan,
    pub(crate) facts: Facts,
    /// Anything that clients still had to see or send.
    pub(crate) unsettled: Option<String>,
    pub(crate) rooms: Vec<Room>,
    pub(crate) clients: Vec<Log>,
    pub(crate) notices: Vec<(RoomId, MessageId, u64)>,
    /// Connections that nodes still count after all clients have disconnected.
    pub(crate) connections: usize,
    /// Users who are still online after that.
    pub(crate) online: Vec<UserId>,
    pub(crate) trace: Trace,
}

impl Outcome {
    pub(crate) fn room(&self, id: &RoomId) -> &Room {
        self.rooms.iter().find(|r| r.id == *id).unwrap()
    }

    /// Returns `true` if an invariant exempts this message for this client: it may have expired, or
    /// its sender may have been blocked.
    pub(crate) fn exempts(&self, client: &Log, room: &Room, id: &MessageId) -> bool {
        let sender = || {
            room.history
                .iter()
                .find(|m| m.id == *id)?
                .sender_id
                .as_ref()
        };
        room.record.expiring.contains(id)
            || client.blocks.is_some() && sender() == client.blocks.as_ref()
    }
}

/// Runs a seed and asserts that all invariants hold in the end.
pub(crate) fn simulate(seed: u64, plan: Plan, bug: Option<Bug>) -> Counts {
    let (outcome, counts) = outcome(seed, plan, bug);
    for (_, hold) in invariants::ALL {
        hold(&outcome);
    }
    counts
}

/// Runs a seed and returns the frames that each client received.
pub(crate) fn trace(seed: u64, plan: Plan) -> Trace {
    outcome(seed, plan, None).0.trace
}

pub(crate) fn outcome(seed: u64, plan: Plan, bug: Option<Bug>) -> (Outcome, Counts) {
    let _guard = deterministic(seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(run(seed, plan, bug))
}

async fn run(seed: u64, plan: Plan, bug: Option<Bug>) -> (Outcome, Counts) {
    let mut random = fastrand::Rng::with_seed(seed);
    let world = World::new(random.u64(..), plan, bug).await;
    let (phase, seen) = watch::channel(Phase::Trouble);
    let mut tasks = JoinSet::new();
    let mut logs = Vec::new();
    for n in 0..CLIENTS {
        let log = Log::new(client(n), rooms_of(n), blocks(n).filter(|_| plan.block > 0));
        let world = Arc::clone(&world);
        let client = Client::new(world, plan, log, seen.clone(), random.fork());
        logs.push(client.log());
        tasks.spawn(client.live());
    }
    let mut chaos = Chaos::new(Arc::clone(&world), plan, random.fork(), logs.clone());
    chaos.rage(TROUBLE).await;
    chaos.end().await;
    phase.send_replace(Phase::Settle);
    let unsettled = come_to_rest(&world, &logs, &mut chaos).await;
    phase.send_replace(Phase::Stop);
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }

    let mut rooms = Vec::new();
    for id in all_rooms() {
        rooms.push(Room {
            record: world.log.record(&id),
            history: history(&world, &id).await,
            head: world.log.open(&id).await.unwrap().head,
            id,
        });
    }
    // Keep the nodes running until expired leases are reported.
    tokio::time::sleep(LEASES).await;
    let clients: Vec<Log> = logs.iter().map(|log| log.lock().clone()).collect();
    let mut counts = chaos.counts;
    clients.iter().for_each(|log| counts += log.counts);
    let facts = world.facts.lock().clone();
    let trace = std::mem::take(&mut *world.trace.lock());
    let outcome = Outcome {
        plan,
        facts,
        unsettled,
        rooms,
        clients,
        notices: std::mem::take(&mut chaos.notices),
        connections: world.connections(),
        online: world.online().await,
        trace,
    };
    (outcome, counts)
}

async fn heads(world: &World) -> HashMap<RoomId, LogHead> {
    let heads = world.log.heads(&all_rooms()).await.unwrap();
    heads.into_iter().map(|h| (h.room_id.clone(), h)).collect()
}

/// Waits until every client has seen everything and nothing more is written. Returns a description
/// of what is missing if that takes too long.
async fn come_to_rest(
    world: &World,
    logs: &[Arc<Mutex<Log>>],
    chaos: &mut Chaos,
) -> Option<String> {
    let deadline = Instant::now() + REST;
    let mut at = HashMap::new();
    let mut quiet_since = Instant::now();
    let mut say_again = Instant::now();
    loop {
        let heads = heads(world).await;
        let unsettled = logs.iter().find_map(|log| log.lock().unsettled(&heads));
        if unsettled.is_some() || heads != at {
            at = heads;
            quiet_since = Instant::now();
        }
        if quiet_since.elapsed() >= QUIET {
            return None;
        }
        if Instant::now() >= deadline {
            return unsettled.or_else(|| Some("positions are still being written".into()));
        }
        if unsettled.is_some() && say_again <= Instant::now() {
            chaos.say_everywhere().await;
            say_again = Instant::now() + SAY_AGAIN;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn history(world: &World, room: &RoomId) -> Vec<Message> {
    let mut all: Vec<Message> = Vec::new();
    loop {
        let anchor = Anchor::After(all.last().map_or(0, |m| m.seq));
        let query = HistoryQuery::new(anchor, 500);
        let page = world.log.history(room, &query).await.unwrap();
        all.extend(page.messages);
        if !page.has_after {
            return all;
        }
    }
}
