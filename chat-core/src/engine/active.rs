//! The rooms that are active on this node.

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::RwLock;

use super::outbox::Closing;
use super::room::Room;
use super::single_flight::SingleFlight;
use super::{Actor, Inner};
use crate::backend::Topic;
use crate::model::{Membership, RoomKind};
use crate::protocol::CloseCode;
use crate::random::{HashMap, RandomState};
use crate::{Error, Result, RoomId, UserId};

const SHARDS: usize = 64;

#[derive(Debug)]
pub(crate) struct ActiveRooms {
    shards: Vec<RwLock<HashMap<RoomId, Arc<Room>>>>,
    opening: SingleFlight<RoomId, Room>,
    hasher: RandomState,
    /// Counts the sweeps; a room notes the latest one in which it was used.
    sweep: AtomicU64,
}

impl Default for ActiveRooms {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            opening: SingleFlight::default(),
            hasher: RandomState::default(),
            sweep: AtomicU64::new(0),
        }
    }
}

impl ActiveRooms {
    fn shard(&self, room: &RoomId) -> &RwLock<HashMap<RoomId, Arc<Room>>> {
        let hash = self.hasher.hash_one(room);
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a shard needs the low bits only"
        )]
        &self.shards[hash as usize % SHARDS]
    }

    /// The room, if it is active.
    pub(crate) fn get(&self, id: &RoomId) -> Option<Arc<Room>> {
        self.shard(id).read().get(id).cloned()
    }

    /// Adds a room, unless it is active already. Returns the one that is active: there are never two
    /// of one room.
    fn insert(&self, room: Arc<Room>) -> Arc<Room> {
        let mut shard = self.shard(&room.id).write();
        Arc::clone(shard.entry(room.id.clone()).or_insert(room))
    }

    /// Removes a room whose log is not what it was, and sends its connections to resume.
    pub(crate) fn discard(&self, room: &Arc<Room>) {
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

    /// Removes a room that is no more.
    pub(crate) fn forget(&self, id: &RoomId) {
        self.shard(id).write().remove(id);
    }

    /// Every active room, shard by shard.
    pub(crate) fn all(&self) -> Vec<Arc<Room>> {
        let mut rooms = Vec::new();
        for shard in &self.shards {
            rooms.extend(shard.read().values().cloned());
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
            shard.retain(|_, room| {
                Arc::strong_count(room) > 1 || room.last_used.load(Ordering::Relaxed) >= sweep
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
        let open = || {
            let (engine, id) = (Arc::clone(self), id.clone());
            async move { engine.activate(&id).await }
        };
        self.active.opening.get(id, open).await
    }

    /// The same for an actor. A user who may not know of the room has nothing done for them: it is
    /// not made active.
    pub(crate) async fn room_for(
        self: &Arc<Self>,
        actor: &Actor,
        id: &RoomId,
    ) -> Result<Arc<Room>> {
        if let Actor::User(user) = actor
            && self.active.get(id).is_none()
        {
            self.may_know(user, id).await?;
        }
        self.room(id).await
    }

    /// Fails for a room that is not public and of which the user is not a member.
    async fn may_know(&self, user: &UserId, id: &RoomId) -> Result<()> {
        let asked = std::slice::from_ref(user);
        let standing = self.rooms.memberships(id, asked).await?.pop().flatten();
        if matches!(standing, Some(Membership::Member(_))) {
            return Ok(());
        }
        let room = self.rooms.room(id).await?;
        match room.is_some_and(|room| room.kind == RoomKind::Public) {
            true => Ok(()),
            false => Err(Error::room_not_found()),
        }
    }

    async fn activate(self: &Arc<Self>, id: &RoomId) -> Result<Arc<Room>> {
        if let Some(room) = self.active.get(id) {
            return Ok(room);
        }
        // What is read here may be stale by the time the topic is subscribed: it is not remembered.
        let stored = self.rooms.room(id).await?;
        let stored = stored.ok_or_else(Error::room_not_found)?;
        let topic = self.subscriptions.acquire(Topic::Room(id.clone())).await;
        let log = self.log.open(id).await?;
        let room = Room::new(log, &self.config, Arc::downgrade(self), topic);
        room.cache.note_size(stored.member_count);
        self.active.touch(&room);
        Ok(self.active.insert(Arc::new(room)))
    }
}
