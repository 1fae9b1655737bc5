//! The rooms that are active on this node.

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::RwLock;
use tokio::sync::OnceCell;

use super::Inner;
use super::outbox::Closing;
use super::room::Room;
use crate::backend::Topic;
use crate::protocol::CloseCode;
use crate::random::{HashMap, RandomState};
use crate::{Error, Result, RoomId};

const SHARDS: usize = 64;

/// A room that is active or becoming so.
type Slot = Arc<OnceCell<Arc<Room>>>;

#[derive(Debug)]
pub(crate) struct ActiveRooms {
    shards: Vec<RwLock<HashMap<RoomId, Slot>>>,
    hasher: RandomState,
    /// Counts the sweeps; a room notes the latest one in which it was used.
    sweep: AtomicU64,
}

impl Default for ActiveRooms {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            hasher: RandomState::default(),
            sweep: AtomicU64::new(0),
        }
    }
}

impl ActiveRooms {
    fn shard(&self, room: &RoomId) -> &RwLock<HashMap<RoomId, Slot>> {
        let hash = self.hasher.hash_one(room);
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a shard needs the low bits only"
        )]
        &self.shards[hash as usize % SHARDS]
    }

    /// The room, if it is active.
    pub(crate) fn get(&self, id: &RoomId) -> Option<Arc<Room>> {
        self.shard(id).read().get(id)?.get().cloned()
    }

    fn slot(&self, id: &RoomId) -> Slot {
        if let Some(slot) = self.shard(id).read().get(id) {
            return Arc::clone(slot);
        }
        Arc::clone(self.shard(id).write().entry(id.clone()).or_default())
    }

    /// Removes a slot that did not become a room, unless someone else waits for it: they try next,
    /// and a room outside the map would hear nothing.
    fn remove_empty(&self, id: &RoomId) {
        let mut shard = self.shard(id).write();
        if shard
            .get(id)
            .is_some_and(|s| s.get().is_none() && Arc::strong_count(s) == 1)
        {
            shard.remove(id);
        }
    }

    /// Removes a room whose log is not what it was, and sends its connections to resume.
    pub(crate) fn discard(&self, room: &Arc<Room>) {
        {
            let mut shard = self.shard(&room.id).write();
            let same = |s: &Slot| s.get().is_some_and(|r| Arc::ptr_eq(r, room));
            if shard.get(&room.id).is_some_and(same) {
                shard.remove(&room.id);
            }
        }
        for link in room.links() {
            link.close(Closing::new(CloseCode::TryAgain, "resume"));
        }
    }

    /// Removes a room that is no more.
    pub(crate) fn forget(&self, id: &RoomId) {
        self.shard(id).write().remove(id);
    }

    /// Every active room, shard by shard.
    pub(crate) fn all(&self) -> Vec<Arc<Room>> {
        let mut rooms = Vec::new();
        for shard in &self.shards {
            rooms.extend(shard.read().values().filter_map(|s| s.get().cloned()));
        }
        rooms
    }

    /// Notes that a room is in use.
    pub(crate) fn touch(&self, room: &Room) {
        room.last_used
            .store(self.sweep.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Removes the rooms that were not used since the last sweep but one. A room is removed only
    /// while nobody else holds it, so there are never two of one room.
    pub(crate) fn sweep(&self) -> usize {
        let sweep = self.sweep.fetch_add(1, Ordering::Relaxed);
        let mut active = 0;
        for shard in &self.shards {
            let mut shard = shard.write();
            shard.retain(|_, slot| {
                let Some(room) = slot.get() else {
                    return Arc::strong_count(slot) > 1;
                };
                let in_use = Arc::strong_count(room) > 1 || Arc::strong_count(slot) > 1;
                in_use || room.last_used.load(Ordering::Relaxed) >= sweep
            });
            active += shard.len();
        }
        active
    }
}

impl Inner {
    /// A room, made active if it is not: its topic is subscribed first, then the head of its log is
    /// read; the other order loses what happens in between.
    pub(crate) async fn room(self: &Arc<Self>, id: &RoomId) -> Result<Arc<Room>> {
        if let Some(room) = self.active.get(id) {
            self.active.touch(&room);
            return Ok(room);
        }
        let slot = self.active.slot(id);
        let room = slot
            .get_or_try_init(|| Box::pin(self.activate(id)))
            .await
            .cloned();
        if room.is_err() {
            drop(slot);
            self.active.remove_empty(id);
        }
        room
    }

    async fn activate(self: &Arc<Self>, id: &RoomId) -> Result<Arc<Room>> {
        // What is read here may be stale by the time the topic is subscribed: it is not remembered.
        let stored = self.rooms.room(id).await?;
        let stored = stored.ok_or_else(Error::room_not_found)?;
        let topic = self.subscriptions.acquire(Topic::Room(id.clone())).await;
        let log = self.messages.open(id).await?;
        let room = Room::new(log, &self.config, Arc::downgrade(self), topic);
        let room = Arc::new(room);
        room.cache.note_size(stored.member_count);
        self.active.touch(&room);
        Ok(room)
    }
}
