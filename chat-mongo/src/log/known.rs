use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chat_core::{Epoch, RoomId, Timestamp};
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// The maximum number of cached heads, at about 300 bytes each.
const MAX_ROOMS: usize = 50_000;

/// The time for which a cached log is assumed to exist with the same epoch.
const FRESH: Duration = Duration::from_secs(2);

/// The time after a collision for which other nodes are assumed to write to the room.
const RIVALRY: Duration = Duration::from_millis(500);
/// The number of batches a node writes to a contended room before it yields.
const IN_A_ROW: u32 = 3;

/// The contention of a room with other nodes.
#[derive(Debug)]
struct Rivalry {
    seen: Instant,
    /// The number of batches since the collision or the last yield.
    in_a_row: u32,
}

/// The cached state of a log. It may be behind the log, but never ahead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) epoch: Epoch,
    /// The head on a majority of the servers.
    pub(crate) head: u64,
    /// The highest position known to be taken, for writes. It may not be on a majority yet.
    pub(crate) taken: u64,
    /// The creation time of the newest message.
    pub(crate) newest: Option<Timestamp>,
    /// The lower bound of the head, whatever expires.
    pub(crate) floor: u64,
    /// The time at which the log was last read.
    pub(crate) read_at: Instant,
}

/// The cache entry of a room.
#[derive(Debug)]
pub(crate) struct Slot {
    /// Serializes the writes of this handle, so that they do not collide.
    pub(crate) turn: Semaphore,
    known: Mutex<Option<Known>>,
    rivalry: Mutex<Option<Rivalry>>,
}

impl Slot {
    fn new() -> Self {
        Self {
            turn: Semaphore::new(1),
            known: Mutex::new(None),
            rivalry: Mutex::new(None),
        }
    }

    /// Records a collision with another node.
    pub(crate) fn collided(&self) {
        *self.rivalry.lock() = Some(Rivalry {
            seen: Instant::now(),
            in_a_row: 0,
        });
    }

    /// Counts a batch. Returns `true` if the node should let other nodes write first.
    ///
    /// They must read the head before each attempt, so without yielding one node wins for hundreds
    /// of milliseconds (measured).
    pub(crate) fn lets_others(&self) -> bool {
        let mut rivalry = self.rivalry.lock();
        let Some(others) = rivalry.as_mut() else {
            return false;
        };
        if others.seen.elapsed() > RIVALRY {
            *rivalry = None;
            return false;
        }
        others.in_a_row += 1;
        let enough = others.in_a_row > IN_A_ROW;
        if enough {
            others.in_a_row = 0;
        }
        enough
    }

    pub(crate) fn known(&self) -> Option<Known> {
        *self.known.lock()
    }

    /// Returns the cached state, if it is recent enough to rely on.
    pub(crate) fn fresh(&self) -> Option<Known> {
        self.known().filter(|k| k.read_at.elapsed() < FRESH)
    }

    /// Merges a read into the cache. Within one epoch, no value decreases.
    pub(crate) fn learn(&self, read: Known) -> Known {
        let mut known = self.known.lock();
        let merged = match *known {
            Some(old) if old.epoch == read.epoch => Known {
                epoch: read.epoch,
                head: old.head.max(read.head),
                taken: old.taken.max(read.taken),
                newest: old.newest.max(read.newest),
                floor: old.floor.max(read.floor),
                read_at: old.read_at.max(read.read_at),
            },
            Some(old) if old.read_at > read.read_at => old,
            _ => read,
        };
        *known = Some(merged);
        merged
    }

    /// Advances the head after a write of this handle.
    pub(crate) fn advance(&self, epoch: Epoch, head: u64, newest: Option<Timestamp>) {
        self.amend(epoch, |known| {
            known.head = known.head.max(head);
            known.taken = known.taken.max(head);
            known.newest = known.newest.max(newest);
        });
    }

    /// Records positions taken by other nodes.
    pub(crate) fn taken(&self, epoch: Epoch, taken: u64, newest: Option<Timestamp>) {
        self.amend(epoch, |known| {
            known.taken = known.taken.max(taken);
            known.newest = known.newest.max(newest);
        });
    }

    pub(crate) fn raise(&self, epoch: Epoch, floor: u64) {
        self.amend(epoch, |known| known.floor = known.floor.max(floor));
    }

    fn amend(&self, epoch: Epoch, amend: impl FnOnce(&mut Known)) {
        if let Some(known) = self.known.lock().as_mut().filter(|k| k.epoch == epoch) {
            amend(known);
        }
    }

    pub(crate) fn forget(&self) {
        *self.known.lock() = None;
    }
}

/// The cached logs of a handle.
#[derive(Debug, Default)]
pub(crate) struct Logs(Mutex<HashMap<RoomId, Arc<Slot>>>);

impl Logs {
    pub(crate) fn slot(&self, room: &RoomId) -> Arc<Slot> {
        let mut slots = self.0.lock();
        if let Some(slot) = slots.get(room) {
            return Arc::clone(slot);
        }
        if slots.len() >= MAX_ROOMS {
            // Evicted entries can be read again. Entries in use are kept for their semaphore.
            slots.retain(|_, slot| Arc::strong_count(slot) > 1 || slot.fresh().is_some());
            if slots.len() >= MAX_ROOMS {
                slots.retain(|_, slot| Arc::strong_count(slot) > 1);
            }
        }
        let slot = Arc::new(Slot::new());
        slots.insert(room.clone(), Arc::clone(&slot));
        slot
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn known(epoch: Epoch, head: u64) -> Known {
        Known {
            epoch,
            head,
            taken: head,
            newest: None,
            floor: 0,
            read_at: Instant::now(),
        }
    }

    #[tokio::test]
    async fn what_is_known_of_one_log_never_goes_back() {
        let slot = Slot::new();
        let (first, second) = (Epoch::random(), Epoch::random());
        let early = known(first, 3);
        slot.learn(known(first, 5));
        assert_eq!(slot.learn(early).head, 5);
        slot.advance(first, 9, None);
        slot.advance(second, 20, None);
        assert_eq!(slot.known().unwrap().head, 9);
        // A new log replaces the old one, and a late response about the old log is ignored.
        let old = known(first, 9);
        tokio::time::sleep(Duration::from_millis(2)).await;
        assert_eq!(slot.learn(known(second, 1)).head, 1);
        assert_eq!(slot.learn(old).epoch, second);
    }

    #[tokio::test]
    async fn rooms_nobody_writes_to_are_forgotten() {
        let logs = Logs::default();
        let room = |n: usize| RoomId::new(n.to_string()).unwrap();
        let kept = logs.slot(&room(0));
        for n in 1..MAX_ROOMS + 10 {
            logs.slot(&room(n));
        }
        assert!(logs.0.lock().len() <= MAX_ROOMS);
        assert!(Arc::ptr_eq(&kept, &logs.slot(&room(0))));
    }
}
