use std::collections::BTreeSet;

use parking_lot::Mutex;

use crate::random::HashMap;
use crate::{MessageId, RoomId, Timestamp};

/// The queue of messages with pending push notifications, by due time.
#[derive(Debug, Default)]
pub(super) struct Pushes(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    by_due: BTreeSet<(Timestamp, MessageId)>,
    by_id: HashMap<MessageId, (Timestamp, RoomId)>,
}

impl Pushes {
    pub(super) fn add(&self, room: &RoomId, id: MessageId, due: Timestamp) {
        let mut waiting = self.0.lock();
        waiting.by_due.insert((due, id));
        waiting.by_id.insert(id, (due, room.clone()));
    }

    /// Claims the message that has been due for longest, with a lease until `until`.
    pub(super) fn claim(&self, now: Timestamp, until: Timestamp) -> Option<(RoomId, MessageId)> {
        let mut waiting = self.0.lock();
        let (due, id) = *waiting.by_due.first()?;
        if due > now {
            return None;
        }
        waiting.by_due.pop_first();
        let (due, room) = waiting.by_id.get_mut(&id)?;
        *due = until;
        let room = room.clone();
        waiting.by_due.insert((until, id));
        Some((room, id))
    }

    pub(super) fn remove(&self, id: &MessageId) {
        let mut waiting = self.0.lock();
        if let Some((due, _)) = waiting.by_id.remove(id) {
            waiting.by_due.remove(&(due, *id));
        }
    }
}
