//! The rooms that are active on this node.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::ActiveRoom;
use crate::RoomId;
use crate::engine::outbound::Closing;
use crate::engine::sharded::Sharded;
use crate::engine::single_flight::SingleFlight;
use crate::protocol::CloseCode;

#[derive(Debug, Default)]
pub(crate) struct Registry {
    rooms: Sharded<RoomId, Arc<ActiveRoom>>,
    pub(super) opening: SingleFlight<RoomId, ActiveRoom>,
    sweep: AtomicU64,
}

impl Registry {
    pub(crate) fn get(&self, id: &RoomId) -> Option<Arc<ActiveRoom>> {
        self.rooms.of(id).read().get(id).cloned()
    }

    pub(super) fn insert(&self, room: Arc<ActiveRoom>) -> Arc<ActiveRoom> {
        let mut shard = self.rooms.of(&room.id).write();
        Arc::clone(shard.entry(room.id.clone()).or_insert(room))
    }

    /// Removes a room whose log was replaced, and makes its connections resume.
    pub(crate) fn discard(&self, room: &Arc<ActiveRoom>) {
        {
            let mut shard = self.rooms.of(&room.id).write();
            if shard.get(&room.id).is_some_and(|r| Arc::ptr_eq(r, room)) {
                shard.remove(&room.id);
            }
        }
        for link in room.retire() {
            link.close(Closing::new(CloseCode::TryAgain, "resume"));
        }
    }

    pub(crate) fn forget(&self, id: &RoomId) {
        self.rooms.of(id).write().remove(id);
    }

    pub(crate) fn all(&self) -> Vec<Arc<ActiveRoom>> {
        let mut rooms = Vec::new();
        for shard in self.rooms.iter() {
            rooms.extend(shard.read().values().cloned());
        }
        rooms
    }

    pub(crate) fn touch(&self, room: &ActiveRoom) {
        room.last_used
            .store(self.sweep.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Removes rooms unused since the sweep before the last, except those that someone still holds.
    pub(crate) fn sweep(&self) -> usize {
        let sweep = self.sweep.fetch_add(1, Ordering::Relaxed);
        let mut active = 0;
        for shard in self.rooms.iter() {
            let mut shard = shard.write();
            shard.retain(|_, room| {
                Arc::strong_count(room) > 1 || room.last_used.load(Ordering::Relaxed) >= sweep
            });
            active += shard.len();
        }
        active
    }
}
