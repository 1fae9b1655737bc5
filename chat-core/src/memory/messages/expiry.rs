use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::Mutex;

use super::log::Log;
use crate::{RoomId, Timestamp};

/// The schedule of expiries: one entry per room with expiring messages.
///
/// Lock order: a log's lock is taken before this one.
pub(super) struct Sweep {
    /// The first deadline in milliseconds. It saves taking the lock when nothing is due.
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

    /// Schedules a log's next expiry, unless it is already scheduled for an earlier time.
    pub(super) fn schedule(&self, room: &RoomId, log: &mut Log) {
        let Some(next) = log.next_expiry() else {
            return;
        };
        if log.scheduled.is_some_and(|at| at <= next) {
            return;
        }
        self.replace(room, log.scheduled.replace(next), Some(next));
    }

    /// Removes and returns the first room whose deadline has passed.
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

impl Log {
    /// Returns the time at which the next message expires.
    pub(super) fn next_expiry(&self) -> Option<Timestamp> {
        self.expiring.first().map(|(at, _)| *at)
    }

    /// Removes at most `limit` messages that expired by `now`. Returns the number removed.
    pub(super) fn prune(&mut self, now: Timestamp, limit: usize) -> usize {
        let mut removed = 0;
        while removed < limit {
            match self.expiring.first() {
                Some(&(at, seq)) if at <= now => {
                    self.expiring.pop_first();
                    self.remove(seq);
                }
                _ => break,
            }
            removed += 1;
        }
        removed
    }

    /// Removes the oldest messages until `max` are left. Returns the number removed.
    pub(super) fn keep_newest(&mut self, max: usize) -> u64 {
        let mut removed = 0;
        while self.by_seq.len() > max
            && let Some((&seq, _)) = self.by_seq.first_key_value()
        {
            self.remove(seq);
            removed += 1;
        }
        removed
    }
}
