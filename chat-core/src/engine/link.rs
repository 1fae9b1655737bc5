use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::Frame;
use super::outbox::{Closing, Outbox, OutboxLimits};
use super::room::Room;
use crate::backend::{ConnectionInfo, Lease};
use crate::{ConnectionId, NodeId, RoomId, UserId};

/// What the engine shares of one connection: where to put frames for it, and which rooms it joined.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Link {
    /// First, so that the fanout loop touches as little memory as possible.
    pub(crate) outbox: Outbox,
    pub(crate) id: ConnectionId,
    pub(crate) user_id: UserId,
    pub(crate) remote_addr: Option<IpAddr>,
    /// Sends that are not acknowledged yet.
    pub(crate) pending: AtomicUsize,
    joined: Mutex<Vec<Arc<Room>>>,
}

impl Link {
    pub(crate) fn new(user_id: UserId, remote_addr: Option<IpAddr>, limits: OutboxLimits) -> Self {
        Self {
            outbox: Outbox::new(limits),
            id: ConnectionId::random(),
            user_id,
            remote_addr,
            pending: AtomicUsize::new(0),
            joined: Mutex::default(),
        }
    }

    pub(crate) fn push(&self, frame: &Arc<Frame>) {
        self.outbox.push(frame);
    }

    pub(crate) fn close(&self, closing: Closing) {
        self.outbox.close(closing);
    }

    pub(crate) fn joined(&self, room: &RoomId) -> Option<Arc<Room>> {
        self.joined.lock().iter().find(|r| r.id == *room).cloned()
    }

    pub(crate) fn has_joined(&self, room: &RoomId) -> bool {
        self.joined.lock().iter().any(|r| r.id == *room)
    }

    pub(crate) fn joined_count(&self) -> usize {
        self.joined.lock().len()
    }

    /// Notes that this connection hears a room. Returns `false` when it did already.
    pub(crate) fn add_joined(&self, room: &Arc<Room>) -> bool {
        let mut joined = self.joined.lock();
        if joined.iter().any(|r| r.id == room.id) {
            return false;
        }
        joined.reserve_exact(1);
        joined.push(Arc::clone(room));
        true
    }

    pub(crate) fn remove_joined(&self, room: &RoomId) -> Option<Arc<Room>> {
        let mut joined = self.joined.lock();
        let at = joined.iter().position(|r| r.id == *room)?;
        Some(joined.swap_remove(at))
    }

    pub(crate) fn take_joined(&self) -> Vec<Arc<Room>> {
        std::mem::take(&mut *self.joined.lock())
    }

    pub(crate) fn begin_send(&self) {
        self.pending.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn end_send(&self) {
        self.pending.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn lease(&self, node_id: NodeId) -> Lease {
        Lease {
            user_id: self.user_id.clone(),
            connection_id: self.id,
            node_id,
        }
    }

    pub(crate) fn info(&self) -> ConnectionInfo {
        ConnectionInfo::new(self.user_id.clone(), self.id, self.remote_addr)
    }
}
