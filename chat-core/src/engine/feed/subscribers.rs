use std::sync::Arc;

use smallvec::SmallVec;

use super::{RoomEvent, VisibilityFilter};
use crate::engine::outbound::{Frame, Outbox};
use crate::random::HashMap;
use crate::{ConnectionId, UserId};

/// Outboxes are read in groups of this size before they are locked, which overlaps the cache
/// misses: most of the cost at 100,000 outboxes.
const GROUP: usize = 16;

/// A connection as its rooms see it.
pub(crate) trait Subscriber {
    fn id(&self) -> ConnectionId;
    fn user_id(&self) -> &UserId;
    fn outbox(&self) -> &Outbox;
    /// `true` if presence may show the user.
    fn is_visible(&self) -> bool;
}

#[derive(Debug)]
struct Entry<S> {
    subscriber: S,
    /// The connection already has the events up to this position.
    from: u64,
    filter: Option<Arc<VisibilityFilter>>,
}

impl<S: Subscriber> Entry<S> {
    fn frame<'a>(&self, event: &'a RoomEvent) -> &'a Arc<Frame> {
        event.frame_for(self.subscriber.user_id(), self.filter.as_deref())
    }

    fn hears(&self, from: Option<&UserId>, echo: bool) -> bool {
        let Some(user) = from else {
            return true;
        };
        if user == self.subscriber.user_id() {
            return echo;
        }
        !self.filter.as_ref().is_some_and(|f| f.has_blocked(user))
    }
}

/// The connections that get a room's events.
#[derive(Debug)]
pub(crate) struct Subscribers<S> {
    entries: Vec<Entry<S>>,
    index: HashMap<ConnectionId, usize>,
    /// Incremented by joins, leaves and changes of a user's visibility.
    turnover: u64,
    /// The cached user count, and the turnover at which it was computed.
    users: (u64, u64),
}

impl<S> Default for Subscribers<S> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            index: HashMap::default(),
            turnover: 0,
            users: (0, 0),
        }
    }
}

impl<S: Subscriber> Subscribers<S> {
    pub(crate) const fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn contains(&self, id: ConnectionId) -> bool {
        self.index.contains_key(&id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &S> {
        self.entries.iter().map(|entry| &entry.subscriber)
    }

    /// Adds a connection that has the events through `from`, after it is sent `first` and `missed`.
    pub(crate) fn insert<'a>(
        &mut self,
        subscriber: S,
        from: u64,
        filter: Option<Arc<VisibilityFilter>>,
        first: Option<&Arc<Frame>>,
        missed: impl Iterator<Item = &'a Arc<RoomEvent>>,
    ) {
        let entry = Entry {
            subscriber,
            from,
            filter,
        };
        let outbox = entry.subscriber.outbox();
        for frame in first
            .into_iter()
            .chain(missed.map(|event| entry.frame(event)))
        {
            outbox.push(frame);
        }
        self.turnover += 1;
        self.index.insert(entry.subscriber.id(), self.entries.len());
        self.entries.push(entry);
    }

    pub(crate) fn remove(&mut self, id: ConnectionId) {
        let Some(at) = self.index.remove(&id) else {
            return;
        };
        self.turnover += 1;
        self.entries.swap_remove(at);
        if let Some(moved) = self.entries.get(at) {
            self.index.insert(moved.subscriber.id(), at);
        }
        if self.entries.capacity() > 4 * self.entries.len() {
            self.entries.shrink_to_fit();
            self.index.shrink_to_fit();
        }
    }

    pub(crate) fn set_filter(&mut self, id: ConnectionId, filter: Option<Arc<VisibilityFilter>>) {
        if let Some(at) = self.index.get(&id)
            && let Some(entry) = self.entries.get_mut(*at)
        {
            entry.filter = filter;
        }
    }

    /// Hands events to every connection. Returns the number of deliveries.
    pub(crate) fn deliver(&self, events: &[Arc<RoomEvent>]) -> u64 {
        let Some(last) = events.last().map(|event| event.rev) else {
            return 0;
        };
        let shadowed = events.iter().any(|event| event.shadowed);
        let mut delivered = 0;
        for group in self.entries.chunks(GROUP) {
            touch(group);
            let mut wakers: SmallVec<[_; GROUP]> = SmallVec::new();
            for entry in group.iter().filter(|e| e.from < last) {
                let news = events.iter().filter(|event| event.rev > entry.from);
                let outbox = entry.subscriber.outbox();
                let (queued, waker) = if shadowed || entry.filter.is_some() {
                    outbox.enqueue_all(news.map(|event| entry.frame(event)))
                } else {
                    outbox.enqueue_all(news.map(|event| &event.frame))
                };
                delivered += queued as u64;
                wakers.extend(waker);
            }
            wakers.into_iter().for_each(std::task::Waker::wake);
        }
        delivered
    }

    /// Hands an ephemeral frame to every connection, except those of users who blocked `from`. The
    /// connections of `from` get it only with `echo`.
    pub(crate) fn broadcast(&self, frame: &Arc<Frame>, from: Option<&UserId>, echo: bool) {
        for group in self.entries.chunks(GROUP) {
            touch(group);
            for entry in group.iter().filter(|e| e.hears(from, echo)) {
                entry.subscriber.outbox().push(frame);
            }
        }
    }

    /// Returns the cached number of visible users, or else the turnover and a hash of each visible
    /// connection's user, to be counted without the lock and [noted](Self::note_users).
    pub(crate) fn visible_users(
        &self,
        hash: impl Fn(&UserId) -> u64,
    ) -> Result<u64, (u64, Vec<u64>)> {
        let (users, counted) = self.users;
        if counted == self.turnover {
            return Ok(users);
        }
        let visible = self.iter().filter(|s| s.is_visible());
        Err((self.turnover, visible.map(|s| hash(s.user_id())).collect()))
    }

    pub(crate) const fn note_users(&mut self, users: u64, turnover: u64) {
        self.users = (users, turnover);
    }

    /// Invalidates the cached user count after a user became visible or invisible.
    pub(crate) const fn count_again(&mut self) {
        self.turnover += 1;
    }
}

/// Reads a word of each outbox: independent loads that the processor overlaps, unlike the locks.
fn touch<S: Subscriber>(group: &[Entry<S>]) {
    let words = group.iter().map(|e| e.subscriber.outbox().touch());
    std::hint::black_box(words.fold(0, |a, b| a ^ b));
}
