//! The rooms that are active on this node.
//!
//! | file | purpose |
//! |---|---|
//! | `active_room` | a room: its feed and its subscribed connections, in order |
//! | `link` | a connection as its rooms see it |
//! | `registry` | the active rooms, by id |
//! | `members` | what the stores say about a room and its members, cached |
//! | `repair`, `heads` | reads of what the feed missed |
//! | `shared_reads` | reads shared by connections that join at the same time |
//! | `events` | the events of messages, encoded once |
//! | `writes` | writes that wait for the batch in flight |
//! | `occupancy` | the number of users in a large room |
//! | `retention` | trims rooms to their newest messages |

mod active_room;
mod cache;
mod events;
mod heads;
mod link;
mod members;
mod occupancy;
mod registry;
mod repair;
mod retention;
mod shared_reads;
mod writes;

use std::sync::Arc;

pub(crate) use active_room::{ActiveRoom, JoinReply, Op};
pub(crate) use cache::Audience;
#[cfg(all(test, shuttle))]
pub(crate) use cache::RoomCache;
pub(crate) use link::{Link, Visibility};
use registry::Registry;
pub(crate) use repair::CatchUp;
pub(crate) use shared_reads::{PAGE_BYTES, SyncPage};
pub(crate) use writes::{Batch, Reply, Write};

use super::Config;
use super::actor::Actor;
use super::cluster::Cluster;
use super::foundation::Foundation;
use super::tasks::Tasks;
use crate::backend::{MessageLog, RoomStore, Topic};
use crate::model::{Membership, RoomKind};
use crate::time::Clock;
use crate::{Error, Result, RoomId, UserId};

/// The active rooms of this node, and what the stores say about them.
#[derive(Debug)]
pub(crate) struct Rooms {
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    store: Arc<dyn RoomStore>,
    log: Arc<dyn MessageLog>,
    cluster: Arc<Cluster>,
    tasks: Tasks,
    active: Registry,
}

impl Rooms {
    pub(crate) fn new(base: &Foundation) -> Arc<Self> {
        Arc::new(Self {
            config: Arc::clone(&base.config),
            clock: Arc::clone(&base.clock),
            store: Arc::clone(&base.rooms),
            log: Arc::clone(&base.log),
            cluster: Arc::clone(&base.cluster),
            tasks: base.tasks.clone(),
            active: Registry::default(),
        })
    }

    /// Returns a room if it is active.
    pub(crate) fn get(&self, id: &RoomId) -> Option<Arc<ActiveRoom>> {
        self.active.get(id)
    }

    /// Returns all active rooms.
    pub(crate) fn all(&self) -> Vec<Arc<ActiveRoom>> {
        self.active.all()
    }

    /// Returns a room, and activates it if needed. Its topic is subscribed before the head of its
    /// log is read, so that no event in between is lost.
    pub(crate) async fn open(self: &Arc<Self>, id: &RoomId) -> Result<Arc<ActiveRoom>> {
        if let Some(room) = self.active.get(id) {
            self.active.touch(&room);
            return Ok(room);
        }
        let open = || {
            let (rooms, id) = (Arc::clone(self), id.clone());
            async move { rooms.activate(&id).await }
        };
        self.active.opening.get(id, open).await
    }

    /// Like [`open`](Self::open), for an actor. A user who may not know of the room causes no
    /// activation.
    pub(crate) async fn open_for(
        self: &Arc<Self>,
        actor: &Actor,
        id: &RoomId,
    ) -> Result<Arc<ActiveRoom>> {
        if let Actor::User(user) = actor
            && self.active.get(id).is_none()
        {
            self.may_know(user, id).await?;
        }
        self.open(id).await
    }

    /// Fails for a room that is not public and of which the user is not a member.
    async fn may_know(&self, user: &UserId, id: &RoomId) -> Result<()> {
        let asked = std::slice::from_ref(user);
        let standing = self.store.memberships(id, asked).await?.pop().flatten();
        if matches!(standing, Some(Membership::Member(_))) {
            return Ok(());
        }
        let room = self.store.room(id).await?;
        match room.is_some_and(|room| room.kind == RoomKind::Public) {
            true => Ok(()),
            false => Err(Error::room_not_found()),
        }
    }

    async fn activate(self: &Arc<Self>, id: &RoomId) -> Result<Arc<ActiveRoom>> {
        if let Some(room) = self.active.get(id) {
            return Ok(room);
        }
        // Not cached, because it may be stale by the time the topic is subscribed.
        let stored = self.store.room(id).await?;
        let stored = stored.ok_or_else(Error::room_not_found)?;
        let topic = self.cluster.subscribe(Topic::Room(id.clone())).await;
        let log = self.log.open(id).await?;
        let room = ActiveRoom::new(log, &self.config, Arc::downgrade(self), topic);
        room.cache.note_size(stored.member_count);
        self.active.touch(&room);
        Ok(self.active.insert(Arc::new(room)))
    }

    /// Removes a room whose log was replaced. Its connections are closed, and resume.
    pub(crate) fn discard(&self, room: &Arc<ActiveRoom>) {
        self.active.discard(room);
    }

    /// Removes a deleted room.
    pub(crate) fn forget(&self, id: &RoomId) {
        self.active.forget(id);
    }

    /// Removes rooms that were not used lately.
    pub(crate) fn sweep(&self) {
        let active = self.active.sweep();
        #[allow(clippy::cast_precision_loss, reason = "a gauge is a double")]
        metrics::gauge!("chat_rooms_active").set(active as f64);
    }
}
