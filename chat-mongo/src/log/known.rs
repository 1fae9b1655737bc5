use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chat_core::{Epoch, RoomId, Timestamp};
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Of how many rooms a handle remembers the head, at about 300 bytes each.
const MAX_ROOMS: usize = 50_000;

/// How long a handle believes that a log it knows is still there and not another one.
const FRESH: Duration = Duration::from_secs(2);

/// For how long after a collision others are believed to write to the room, too.
const RIVALRY: Duration = Duration::from_millis(500);
/// How many batches a node writes to such a room before it lets others write.
const IN_A_ROW: u32 = 3;

/// Others write to the room, too.
#[derive(Debug)]
struct Rivalry {
    seen: Instant,
    /// How many batches were begun since then, or since others were let.
    in_a_row: u32,
}

/// What a handle knows of a log. It may be behind, never ahead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) epoch: Epoch,
    /// As a majority of the servers has it.
    pub(crate) head: u64,
    /// The highest position known to be taken, which a majority may not have yet: for writes.
    pub(crate) taken: u64,
    /// When the newest message was created.
    pub(crate) newest: Option<Timestamp>,
    /// The head never goes below this, whatever expires.
    pub(crate) floor: u64,
    /// When the log itself was last read.
    pub(crate) read_at: Instant,
}

/// A room's place in what a handle remembers.
#[derive(Debug)]
pub(crate) struct Slot {
    /// Whose turn it is to write: writes of one handle do not run into each other.
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

    /// Another node was faster.
    pub(crate) fn collided(&self) {
        *self.rivalry.lock() = Some(Rivalry {
            seen: Instant::now(),
            in_a_row: 0,
        });
    }

    /// Whether it is time to let other nodes write. They have to read the head before each attempt, so
    /// that who was first would be so for long: measured, for hundreds of milliseconds.
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

    /// What is known and not older than it may be to be relied on.
    pub(crate) fn fresh(&self) -> Option<Known> {
        self.known().filter(|k| k.read_at.elapsed() < FRESH)
    }

    /// Takes in what was read. Of one log, no number goes back.
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

    /// The head moved by what this handle wrote.
    pub(crate) fn advance(&self, epoch: Epoch, head: u64, newest: Option<Timestamp>) {
        self.amend(epoch, |known| {
            known.head = known.head.max(head);
            known.taken = known.taken.max(head);
            known.newest = known.newest.max(newest);
        });
    }

    /// Others took positions.
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

/// What a handle remembers of rooms.
#[derive(Debug, Default)]
pub(crate) struct Logs(Mutex<HashMap<RoomId, Arc<Slot>>>);

impl Logs {
    pub(crate) fn slot(&self, room: &RoomId) -> Arc<Slot> {
        let mut slots = self.0.lock();
        if let Some(slot) = slots.get(room) {
            return Arc::clone(slot);
        }
        if slots.len() >= MAX_ROOMS {
            // What is lost can be read again; who writes now keeps their turn.
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
        // Another log starts anew, and an answer that was long on its way does not bring the old
        // one back.
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
