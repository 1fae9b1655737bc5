//! The rooms that are active on this node.

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::RwLock;

use super::ActiveRoom;
use crate::RoomId;
use crate::engine::outbound::Closing;
use crate::engine::single_flight::SingleFlight;
use crate::protocol::CloseCode;
use crate::random::{HashMap, RandomState};

const SHARDS: usize = 64;

#[derive(Debug)]
pub(crate) struct Registry {
    shards: Vec<RwLock<HashMap<RoomId, Arc<ActiveRoom>>>>,
    pub(super) opening: SingleFlight<RoomId, ActiveRoom>,
    hasher: RandomState,
    sweep: AtomicU64,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            opening: SingleFlight::default(),
            hasher: RandomState::default(),
            sweep: AtomicU64::new(0),
        }
    }
}

impl Registry {
    fn shard(&self, room: &RoomId) -> &RwLock<HashMap<RoomId, Arc<ActiveRoom>>> {
        let hash = self.hasher.hash_one(room);
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a shard needs the low bits only"
        )]
        &self.shards[hash as usize % SHARDS]
    }

    pub(crate) fn get(&self, id: &RoomId) -> Option<Arc<ActiveRoom>> {
        self.shard(id).read().get(id).cloned()
    }

    pub(super) fn insert(&self, room: Arc<ActiveRoom>) -> Arc<ActiveRoom> {
        let mut shard = self.shard(&room.id).write();
        Arc::clone(shard.entry(room.id.clone()).or_insert(room))
    }

    /// Removes a room whose log was replaced, and makes its connections resume.
    pub(crate) fn discard(&self, room: &Arc<ActiveRoom>) {
        {
            let mut shard = self.shard(&room.id).write();
            if shard.get(&room.id).is_some_and(|r| Arc::ptr_eq(r, room)) {
                shard.remove(&room.id);
            }
        }
        for link in room.retire() {
            link.close(Closing::new(CloseCode::TryAgain, "resume"));
        }
    }

    pub(crate) fn forget(&self, id: &RoomId) {
        self.shard(id).write().remove(id);
    }

    pub(crate) fn all(&self) -> Vec<Arc<ActiveRoom>> {
        let mut rooms = Vec::new();
        for shard in &self.shards {
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
        for shard in &self.shards {
            let mut shard = shard.write();
            shard.retain(|_, room| {
                Arc::strong_count(room) > 1 || room.last_used.load(Ordering::Relaxed) >= sweep
            });
            active += shard.len();
        }
        active
    }
}
