//! A room that is active on this node: its feed and its subscribed connections.
//!
//! Everything that must stay in order (events, joins, leaves) goes through an inbox. The first
//! submitter drains it; later ones return at once. Events therefore reach every connection in
//! order, a join sees exactly the events after its position, and no caller waits for a lock while
//! frames are copied to thousands of outboxes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use tokio::sync::oneshot;

use super::cache::RoomCache;
use super::link::Link;
use super::occupancy::Occupancy;
use super::shared_reads::SharedReads;
use super::writes::WriteQueue;
use super::{Rooms, repair};
use crate::engine::Config;
use crate::engine::cluster::Subscription;
use crate::engine::feed::{Feed, Input, RoomEvent, Subscribers, VisibilityFilter};
use crate::engine::outbound::Frame;
use crate::model::LogHead;
use crate::sync::Mutex;
use crate::{ConnectionId, Epoch, RoomId, UserId};

/// Larger rooms drain their inbox in a spawned task, so that the sender of an event does not wait.
const INLINE_MAX: usize = 1_024;

/// An operation on a room, applied in order.
#[derive(Debug)]
pub(crate) enum Op {
    /// News of the log.
    Feed(Input),
    /// Subscribes a connection to everything after a position.
    Join {
        link: Arc<Link>,
        have: u64,
        /// Sent before anything else if the join succeeds.
        first: Option<Arc<Frame>>,
        filter: Option<Arc<VisibilityFilter>>,
        reply: oneshot::Sender<JoinReply>,
    },
    /// Replaces the visibility filter of a connection.
    SetFilter {
        link: ConnectionId,
        filter: Option<Arc<VisibilityFilter>>,
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

impl Op {
    pub(crate) const fn event(event: Arc<RoomEvent>) -> Self {
        Self::Feed(Input::Event(event))
    }
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

#[derive(Debug, Default)]
struct Inbox {
    ops: VecDeque<Op>,
    working: bool,
}

#[derive(Debug)]
struct Core {
    feed: Feed,
    subscribers: Subscribers<Arc<Link>>,
}

#[derive(Debug)]
pub(crate) struct ActiveRoom {
    pub(crate) id: RoomId,
    pub(crate) epoch: Epoch,
    pub(crate) cache: RoomCache,
    pub(crate) writes: WriteQueue,
    pub(crate) reads: SharedReads,
    pub(crate) occupancy: Occupancy,
    /// Held during a trim of the oldest messages.
    pub(super) trimming: tokio::sync::Mutex<()>,
    inbox: Mutex<Inbox>,
    core: Mutex<Core>,
    /// `true` once no connection may join the room any more.
    retired: AtomicBool,
    delivered: AtomicU64,
    subscribers: AtomicUsize,
    /// Time of last use, in sweep ticks.
    pub(super) last_used: AtomicU64,
    rooms: Weak<Rooms>,
    _topic: Subscription,
}

impl ActiveRoom {
    pub(crate) fn new(
        log: LogHead,
        config: &Config,
        rooms: Weak<Rooms>,
        topic: Subscription,
    ) -> Self {
        let recent = (config.recent_max_events, config.recent_max_bytes);
        Self {
            id: log.room_id,
            epoch: log.epoch,
            cache: RoomCache::default(),
            writes: WriteQueue::default(),
            reads: SharedReads::default(),
            occupancy: Occupancy::default(),
            trimming: tokio::sync::Mutex::default(),
            inbox: Mutex::default(),
            core: Mutex::new(Core {
                feed: Feed::new(log.head, config.reorder_max_events, recent),
                subscribers: Subscribers::default(),
            }),
            retired: AtomicBool::new(false),
            delivered: AtomicU64::new(log.head),
            subscribers: AtomicUsize::new(0),
            last_used: AtomicU64::new(0),
            rooms,
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

    /// Returns the users with a subscribed connection.
    pub(crate) fn users(&self) -> Vec<UserId> {
        let core = self.core.lock();
        let mut users: Vec<_> = core.subscribers.iter().map(|l| l.user_id.clone()).collect();
        drop(core);
        users.sort_unstable();
        users.dedup();
        users
    }

    /// Counts the distinct visible users with a subscribed connection, by a hash of each. Holds the
    /// lock for one pass, and only after a change.
    pub(crate) fn user_count(&self, hash: impl Fn(&UserId) -> u64) -> u64 {
        let (turnover, mut hashes) = match self.core.lock().subscribers.visible_users(hash) {
            Ok(users) => return users,
            Err(uncounted) => uncounted,
        };
        hashes.sort_unstable();
        hashes.dedup();
        let users = hashes.len() as u64;
        self.core.lock().subscribers.note_users(users, turnover);
        users
    }

    /// Invalidates the cached user count after a user became visible or invisible.
    pub(crate) fn count_again(&self) {
        self.core.lock().subscribers.count_again();
    }

    /// Prevents further joins and returns the connections that are subscribed.
    pub(crate) fn retire(&self) -> Vec<Arc<Link>> {
        self.retired.store(true, Ordering::SeqCst);
        let core = self.core.lock();
        core.subscribers.iter().cloned().collect()
    }

    /// The delivered position and the known head, which bound a repair.
    pub(super) fn progress(&self) -> (u64, u64) {
        self.core.lock().feed.progress()
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

    /// Like [`submit`](Self::submit), but never spawns a task, for benchmarks.
    #[cfg(feature = "testing")]
    pub(crate) fn submit_here(self: &Arc<Self>, ops: impl IntoIterator<Item = Op>) {
        if self.put(ops) {
            while self.work() {}
        }
    }

    /// Applies the operations in the inbox. Returns `false` if there were none.
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
            match op {
                // Consecutive events go out together, so that each outbox is locked once.
                Op::Feed(input) => ready.extend(self.feed(&mut core, input)),
                op => {
                    core.deliver(&std::mem::take(&mut ready));
                    self.apply(&mut core, op);
                }
            }
        }
        core.deliver(&ready);
        self.delivered
            .store(core.feed.delivered(), Ordering::Release);
        self.subscribers
            .store(core.subscribers.len(), Ordering::Relaxed);
        true
    }

    /// Feeds an input and starts the repair it asks for. Returns the events to deliver.
    fn feed(self: &Arc<Self>, core: &mut Core, input: Input) -> Vec<Arc<RoomEvent>> {
        let repaired = matches!(input, Input::Repaired { .. });
        let effects = core.feed.apply(input);
        if repaired {
            let count = effects.deliver.len() as u64;
            metrics::counter!("chat_gaps_repaired_total").increment(count);
        }
        if effects.is_duplicate {
            metrics::counter!("chat_duplicates_dropped_total").increment(1);
        }
        if let Some(repair) = effects.repair
            && let Some(rooms) = self.rooms.upgrade()
        {
            repair::start(rooms, Arc::clone(self), repair);
        }
        effects.deliver
    }

    fn apply(self: &Arc<Self>, core: &mut Core, op: Op) {
        match op {
            Op::Feed(_) => {}
            Op::Join {
                link,
                have,
                first,
                filter,
                reply,
            } => {
                let joined = if self.retired.load(Ordering::SeqCst) {
                    JoinReply::Retired
                } else if link.has_joined(&self.id) {
                    core.join(link, have, first, filter)
                } else {
                    JoinReply::Removed
                };
                // The joiner may have read further than this node has heard.
                let ready = self.feed(core, Input::Head(have));
                core.deliver(&ready);
                let _ = reply.send(joined);
            }
            Op::SetFilter { link, filter } => core.subscribers.set_filter(link, filter),
            Op::Leave { link, last, reply } => {
                core.subscribers.remove(link.id);
                // A connection that is still joining gets the last frame, too.
                if let Some(frame) = last {
                    link.push(&frame);
                }
                if let Some(reply) = reply {
                    let _ = reply.send(());
                }
            }
            Op::Ephemeral { frame, from, echo } => {
                core.subscribers.broadcast(&frame, from.as_ref(), echo);
            }
        }
    }
}

impl Core {
    fn join(
        &mut self,
        link: Arc<Link>,
        have: u64,
        first: Option<Arc<Frame>>,
        filter: Option<Arc<VisibilityFilter>>,
    ) -> JoinReply {
        if self.subscribers.contains(link.id) {
            return JoinReply::Already;
        }
        let Some(missed) = self.feed.after(have) else {
            return JoinReply::Behind;
        };
        let frames = missed.clone().map(|event| &event.frame);
        let at_once = first.iter().chain(frames);
        let (bytes, frames) = at_once.fold((0, 0), |(bytes, frames), frame| {
            (bytes + frame.payload().len(), frames + 1)
        });
        // The outbox was empty a moment ago: a client that reads must not overflow it by joining.
        if frames > 1 && !link.outbox.limits.is_half(bytes, frames) {
            return JoinReply::Behind;
        }
        let from = have.max(self.feed.delivered());
        self.subscribers
            .insert(link, from, filter, first.as_ref(), missed);
        JoinReply::Joined
    }

    fn deliver(&self, events: &[Arc<RoomEvent>]) {
        if !events.is_empty() {
            let delivered = self.subscribers.deliver(events);
            metrics::counter!("chat_deliveries_total").increment(delivered);
        }
    }
}
