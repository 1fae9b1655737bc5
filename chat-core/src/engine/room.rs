//! A room that is active on this node: its sequencer and its subscribed connections.
//!
//! Everything that must stay in order (events, joins, leaves) goes through an inbox. The first
//! submitter drains it; later ones return at once. Events therefore reach every connection in
//! order, a join sees exactly the events after its position, and no caller waits for a lock while
//! frames are copied to thousands of outboxes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use smallvec::SmallVec;
use tokio::sync::oneshot;

use super::cache::RoomCache;
use super::config::Config;
use super::link::Link;
use super::occupancy::Occupancy;
use super::recent::Recent;
use super::sequencer::{Offered, Sequencer};
use super::subscriptions::Subscription;
use super::syncs::Syncs;
use super::view::Hides;
use super::writer::Writer;
use super::{Frame, Inner, repair};
use crate::model::LogHead;
use crate::random::HashMap;
use crate::sync::Mutex;
use crate::{ConnectionId, Epoch, RoomId, UserId};

/// Larger rooms drain their inbox in a spawned task, so that the sender of an event does not wait.
const INLINE_MAX: usize = 1_024;
/// Outboxes are read in groups of this size before they are locked, which overlaps the cache
/// misses: most of the cost at 100,000 outboxes.
const GROUP: usize = 16;

/// An operation on a room, applied in order.
#[derive(Debug)]
pub(crate) enum Op {
    /// An event, from a hint or from an append on this node.
    Event { rev: u64, frame: Arc<Frame> },
    /// The log reaches at least this position.
    Known { head: u64 },
    /// A page that a repair read from the log.
    Repaired {
        events: Vec<(u64, Arc<Frame>)>,
        through: u64,
        /// Set on the last page: the known head when the repair began.
        finished: Option<u64>,
    },
    /// Subscribes a connection to everything after a position.
    Join {
        link: Arc<Link>,
        have: u64,
        /// Sent before anything else if the join succeeds.
        first: Option<Arc<Frame>>,
        hides: Option<Arc<Hides>>,
        reply: oneshot::Sender<JoinReply>,
    },
    /// Replaces the visibility filter of a connection.
    Look {
        link: ConnectionId,
        hides: Option<Arc<Hides>>,
    },
    /// Unsubscribes a connection, or cancels its join.
    Leave {
        link: Arc<Link>,
        last: Option<Arc<Frame>>,
        reply: Option<oneshot::Sender<()>>,
    },
    /// An ephemeral event for all connections, except those of users who blocked `from`.
    Ephemeral {
        frame: Arc<Frame>,
        from: Option<UserId>,
        /// `true` if the connections of `from` get it, too.
        echo: bool,
    },
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum JoinReply {
    Joined,
    Already,
    /// The events after its position are not buffered or exceed its outbox: read on in the log.
    Behind,
    Removed,
    /// The room is no longer active: it was deleted, or its log was replaced.
    Retired,
}

#[derive(Debug)]
struct Subscriber {
    link: Arc<Link>,
    /// The connection already has the events up to this position.
    from: u64,
    hides: Option<Arc<Hides>>,
}

impl Subscriber {
    fn frame<'a>(&self, frame: &'a Arc<Frame>) -> &'a Arc<Frame> {
        frame.for_reader(&self.link.user_id, self.hides.as_deref())
    }

    fn hears(&self, from: Option<&UserId>, echo: bool) -> bool {
        let Some(user) = from else {
            return true;
        };
        if *user == self.link.user_id {
            return echo;
        }
        !self.hides.as_ref().is_some_and(|h| h.has_blocked(user))
    }
}

#[derive(Debug, Default)]
struct Inbox {
    ops: VecDeque<Op>,
    working: bool,
}

#[derive(Debug)]
struct Core {
    sequencer: Sequencer<Arc<Frame>>,
    recent: Recent,
    subscribers: Vec<Subscriber>,
    index: HashMap<ConnectionId, usize>,
    repairing: bool,
    /// Incremented by joins, leaves and changes of a user's visibility.
    turnover: u64,
    /// The cached user count, and the turnover at which it was computed.
    users: (u64, u64),
}

#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) id: RoomId,
    pub(crate) epoch: Epoch,
    pub(crate) cache: RoomCache,
    pub(crate) writer: Writer,
    pub(crate) syncs: Syncs,
    pub(crate) occupancy: Occupancy,
    /// Held during a trim of the oldest messages.
    pub(crate) trimming: tokio::sync::Mutex<()>,
    inbox: Mutex<Inbox>,
    core: Mutex<Core>,
    /// `true` once no connection may join the room any more.
    retired: AtomicBool,
    delivered: AtomicU64,
    subscribers: AtomicUsize,
    /// Time of last use, in sweep ticks.
    pub(crate) last_used: AtomicU64,
    engine: Weak<Inner>,
    _topic: Subscription,
}

impl Room {
    pub(crate) fn new(
        log: LogHead,
        config: &Config,
        engine: Weak<Inner>,
        topic: Subscription,
    ) -> Self {
        Self {
            id: log.room_id,
            epoch: log.epoch,
            cache: RoomCache::default(),
            writer: Writer::default(),
            syncs: Syncs::default(),
            occupancy: Occupancy::default(),
            trimming: tokio::sync::Mutex::default(),
            inbox: Mutex::default(),
            core: Mutex::new(Core {
                sequencer: Sequencer::new(log.head, config.reorder_max_events),
                recent: Recent::new(log.head, config.recent_max_events, config.recent_max_bytes),
                subscribers: Vec::new(),
                index: HashMap::default(),
                repairing: false,
                turnover: 0,
                users: (0, 0),
            }),
            retired: AtomicBool::new(false),
            delivered: AtomicU64::new(log.head),
            subscribers: AtomicUsize::new(0),
            last_used: AtomicU64::new(0),
            engine,
            _topic: topic,
        }
    }

    /// The position up to which events were delivered. It may lag for a moment.
    pub(crate) fn delivered(&self) -> u64 {
        self.delivered.load(Ordering::Acquire)
    }

    pub(crate) fn subscriber_count(&self) -> usize {
        self.subscribers.load(Ordering::Relaxed)
    }

    pub(crate) fn users(&self) -> Vec<UserId> {
        let core = self.core.lock();
        let mut users: Vec<_> = core
            .subscribers
            .iter()
            .map(|s| s.link.user_id.clone())
            .collect();
        drop(core);
        users.sort_unstable();
        users.dedup();
        users
    }

    /// Counts the distinct visible users with a subscribed connection, by a hash of each. Holds the
    /// lock for one pass, and only after a change.
    pub(crate) fn user_count(&self, hash: impl Fn(&UserId) -> u64) -> u64 {
        let (turnover, mut hashes) = {
            let core = self.core.lock();
            let (users, counted) = core.users;
            if counted == core.turnover {
                return users;
            }
            let seen = core.subscribers.iter().filter(|s| s.link.is_seen());
            let hashes = seen.map(|s| hash(&s.link.user_id));
            (core.turnover, hashes.collect::<Vec<_>>())
        };
        hashes.sort_unstable();
        hashes.dedup();
        let users = hashes.len() as u64;
        self.core.lock().users = (users, turnover);
        users
    }

    /// Invalidates the cached user count after a user became visible or invisible.
    pub(crate) fn count_again(&self) {
        self.core.lock().turnover += 1;
    }

    /// Prevents further joins and returns the connections that are subscribed.
    pub(crate) fn retire(&self) -> Vec<Arc<Link>> {
        self.retired.store(true, Ordering::SeqCst);
        self.links()
    }

    fn links(&self) -> Vec<Arc<Link>> {
        let core = self.core.lock();
        core.subscribers
            .iter()
            .map(|s| Arc::clone(&s.link))
            .collect()
    }

    /// The delivered position and the known head, which bound a repair.
    pub(crate) fn progress(&self) -> (u64, u64) {
        let core = self.core.lock();
        (core.sequencer.delivered(), core.sequencer.known())
    }

    /// Puts operations into the inbox, and drains it unless another task does.
    pub(crate) fn submit(self: &Arc<Self>, ops: impl IntoIterator<Item = Op>) {
        if !self.put(ops) {
            return;
        }
        if self.subscriber_count() <= INLINE_MAX {
            while self.work() {}
        } else {
            let room = Arc::clone(self);
            tokio::spawn(async move {
                while room.work() {
                    tokio::task::yield_now().await;
                }
            });
        }
    }

    /// Puts operations into the inbox. Returns `true` if the caller must drain it.
    fn put(&self, ops: impl IntoIterator<Item = Op>) -> bool {
        let mut inbox = self.inbox.lock();
        inbox.ops.extend(ops);
        if inbox.working || inbox.ops.is_empty() {
            return false;
        }
        inbox.working = true;
        true
    }

    /// Like [`submit`](Self::submit), but never spawns a task; for benchmarks.
    #[cfg(feature = "testing")]
    pub(crate) fn submit_here(self: &Arc<Self>, ops: impl IntoIterator<Item = Op>) {
        if self.put(ops) {
            while self.work() {}
        }
    }

    /// Applies the operations in the inbox. Returns `false` if it was empty.
    fn work(self: &Arc<Self>) -> bool {
        let ops = {
            let mut inbox = self.inbox.lock();
            if inbox.ops.is_empty() {
                inbox.working = false;
                return false;
            }
            std::mem::take(&mut inbox.ops)
        };
        let mut core = self.core.lock();
        let mut ready = Vec::new();
        for op in ops {
            // Consecutive events go out together, so that each outbox is locked once.
            if let Op::Event { rev, frame } = op {
                match core.sequencer.offer(rev, frame) {
                    Offered::Deliver(events) => ready.extend(events),
                    Offered::Duplicate => {
                        metrics::counter!("chat_duplicates_dropped_total").increment(1);
                    }
                    Offered::Held => self.start_repair(&mut core, false),
                    Offered::Full => self.start_repair(&mut core, true),
                }
                continue;
            }
            core.deliver(&std::mem::take(&mut ready));
            self.apply(&mut core, op);
        }
        core.deliver(&ready);
        self.delivered
            .store(core.sequencer.delivered(), Ordering::Release);
        self.subscribers
            .store(core.subscribers.len(), Ordering::Relaxed);
        true
    }

    fn apply(self: &Arc<Self>, core: &mut Core, op: Op) {
        match op {
            Op::Event { .. } => {}
            Op::Known { head } => {
                if core.sequencer.note_head(head) {
                    self.start_repair(core, true);
                }
            }
            Op::Repaired {
                events,
                through,
                finished,
            } => {
                let complete = finished.is_some();
                let ready = core.sequencer.repaired(events, through, complete);
                metrics::counter!("chat_gaps_repaired_total").increment(ready.len() as u64);
                core.deliver(&ready);
                if let Some(known) = finished {
                    core.repairing = false;
                    core.sequencer.settle(known);
                    if core.sequencer.has_gap() {
                        self.start_repair(core, false);
                    }
                }
            }
            Op::Join {
                link,
                have,
                first,
                hides,
                reply,
            } => {
                let joined = if self.retired.load(Ordering::SeqCst) {
                    JoinReply::Retired
                } else if link.has_joined(&self.id) {
                    core.join(link, have, first, hides)
                } else {
                    JoinReply::Removed
                };
                if core.sequencer.note_head(have) {
                    self.start_repair(core, true);
                }
                let _ = reply.send(joined);
            }
            Op::Look { link, hides } => {
                if let Some(at) = core.index.get(&link)
                    && let Some(subscriber) = core.subscribers.get_mut(*at)
                {
                    subscriber.hides = hides;
                }
            }
            Op::Leave { link, last, reply } => {
                core.leave(&link, last);
                if let Some(reply) = reply {
                    let _ = reply.send(());
                }
            }
            Op::Ephemeral { frame, from, echo } => core.broadcast(&frame, from.as_ref(), echo),
        }
    }

    fn start_repair(self: &Arc<Self>, core: &mut Core, at_once: bool) {
        if core.repairing {
            return;
        }
        if let Some(engine) = self.engine.upgrade() {
            core.repairing = true;
            repair::start(engine, Arc::clone(self), at_once);
        }
    }
}

impl Core {
    fn join(
        &mut self,
        link: Arc<Link>,
        have: u64,
        first: Option<Arc<Frame>>,
        hides: Option<Arc<Hides>>,
    ) -> JoinReply {
        if self.index.contains_key(&link.id) {
            return JoinReply::Already;
        }
        let Some(missed) = self.recent.after(have) else {
            return JoinReply::Behind;
        };
        let at_once = first.iter().chain(missed.clone());
        let (bytes, frames) = at_once.fold((0, 0), |(bytes, frames), frame| {
            (bytes + frame.payload().len(), frames + 1)
        });
        // A join must not overflow an outbox that was just empty.
        if frames > 1 && !link.outbox.limits.is_half(bytes, frames) {
            return JoinReply::Behind;
        }
        let from = have.max(self.sequencer.delivered());
        let subscriber = Subscriber { link, from, hides };
        for frame in first.iter().chain(missed) {
            subscriber.link.push(subscriber.frame(frame));
        }
        self.turnover += 1;
        self.index
            .insert(subscriber.link.id, self.subscribers.len());
        self.subscribers.push(subscriber);
        JoinReply::Joined
    }

    fn leave(&mut self, link: &Link, last: Option<Arc<Frame>>) {
        if let Some(at) = self.index.remove(&link.id) {
            self.turnover += 1;
            self.subscribers.swap_remove(at);
            if let Some(moved) = self.subscribers.get(at) {
                self.index.insert(moved.link.id, at);
            }
            if self.subscribers.capacity() > 4 * self.subscribers.len() {
                self.subscribers.shrink_to_fit();
                self.index.shrink_to_fit();
            }
        }
        // A connection that was still joining gets it, too.
        if let Some(frame) = last {
            link.push(&frame);
        }
    }

    fn deliver(&mut self, events: &[(u64, Arc<Frame>)]) {
        let Some((last, _)) = events.last() else {
            return;
        };
        for (rev, frame) in events {
            self.recent.push(*rev, frame);
        }
        // Few events have shadowed content; skip the per-reader frames for all others.
        let shadowed = events.iter().any(|(_, frame)| frame.is_shadowed());
        let mut delivered = 0;
        for group in self.subscribers.chunks(GROUP) {
            touch(group);
            let mut wakers: SmallVec<[_; GROUP]> = SmallVec::new();
            for subscriber in group.iter().filter(|s| s.from < *last) {
                let news = events
                    .iter()
                    .filter(|(rev, _)| *rev > subscriber.from)
                    .map(|(_, frame)| frame);
                let outbox = &subscriber.link.outbox;
                let (queued, waker) = if shadowed || subscriber.hides.is_some() {
                    outbox.enqueue_all(news.map(|frame| subscriber.frame(frame)))
                } else {
                    outbox.enqueue_all(news)
                };
                delivered += queued as u64;
                wakers.extend(waker);
            }
            wakers.into_iter().for_each(std::task::Waker::wake);
        }
        metrics::counter!("chat_deliveries_total").increment(delivered);
    }

    fn broadcast(&self, frame: &Arc<Frame>, from: Option<&UserId>, echo: bool) {
        for group in self.subscribers.chunks(GROUP) {
            touch(group);
            for subscriber in group.iter().filter(|s| s.hears(from, echo)) {
                subscriber.link.push(frame);
            }
        }
    }
}

/// Reads a word of each outbox. These loads overlap, while the locks that follow are taken in turn.
fn touch(group: &[Subscriber]) {
    let words = group.iter().map(|s| s.link.outbox.touch());
    std::hint::black_box(words.fold(0, |a, b| a ^ b));
}
