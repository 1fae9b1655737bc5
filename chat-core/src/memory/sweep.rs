use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::Mutex;

use super::log::Log;
use crate::{RoomId, Timestamp};

/// Which rooms to look at when for expired messages: one entry for each room that has any. A log's
/// lock is taken before this one's, never after.
pub(super) struct Sweep {
    /// The first deadline in milliseconds, so that nobody takes the lock in vain.
    first: AtomicI64,
    pub(super) deadlines: Mutex<BTreeSet<(Timestamp, RoomId)>>,
}

impl Default for Sweep {
    fn default() -> Self {
        Self {
            first: AtomicI64::new(i64::MAX),
            deadlines: Mutex::default(),
        }
    }
}

impl Sweep {
    pub(super) fn is_idle(&self) -> bool {
        self.first.load(Ordering::Relaxed) == i64::MAX
    }

    /// Notes when this log is to be looked at, unless it stands there already for an earlier time.
    pub(super) fn schedule(&self, room: &RoomId, log: &mut Log) {
        let Some(next) = log.next_expiry() else {
            return;
        };
        if log.scheduled.is_some_and(|at| at <= next) {
            return;
        }
        self.replace(room, log.scheduled.replace(next), Some(next));
    }

    /// Takes the first room whose deadline has passed.
    pub(super) fn pop(&self, now: Timestamp) -> Option<(Timestamp, RoomId)> {
        if self.first.load(Ordering::Relaxed) > now.as_millis() {
            return None;
        }
        let mut deadlines = self.deadlines.lock();
        let due = match deadlines.first() {
            Some((at, _)) if *at <= now => deadlines.pop_first(),
            _ => None,
        };
        self.note_first(&deadlines);
        due
    }

    pub(super) fn replace(&self, room: &RoomId, old: Option<Timestamp>, new: Option<Timestamp>) {
        let mut deadlines = self.deadlines.lock();
        if let Some(old) = old {
            deadlines.remove(&(old, room.clone()));
        }
        if let Some(new) = new {
            deadlines.insert((new, room.clone()));
        }
        self.note_first(&deadlines);
    }

    fn note_first(&self, deadlines: &BTreeSet<(Timestamp, RoomId)>) {
        let first = deadlines.first().map_or(i64::MAX, |(at, _)| at.as_millis());
        self.first.store(first, Ordering::Relaxed);
    }
}
