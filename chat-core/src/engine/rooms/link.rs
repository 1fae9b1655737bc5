use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use super::ActiveRoom;
use crate::backend::{ConnectionInfo, Lease};
use crate::engine::feed::Subscriber;
use crate::engine::outbound::{Closing, Frame, Outbox, OutboxLimits};
use crate::sync::Mutex;
use crate::{ConnectionId, NodeId, RoomId, UserId};

/// The shared state of a connection: its outbox and the rooms it joined.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Link {
    /// First, so that fan-out touches as little memory as possible.
    pub(crate) outbox: Outbox,
    pub(crate) id: ConnectionId,
    pub(crate) user_id: UserId,
    pub(crate) remote_addr: Option<IpAddr>,
    visibility: AtomicU8,
    pub(crate) pending: AtomicUsize,
    joined: Mutex<Vec<Arc<ActiveRoom>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Visibility {
    /// The user's setting is not known yet.
    Unknown = 0,
    Visible = 1,
    Invisible = 2,
}

impl Visibility {
    pub(crate) const fn of(visible: bool) -> Self {
        if visible {
            Self::Visible
        } else {
            Self::Invisible
        }
    }
}

impl Link {
    pub(crate) fn new(user_id: UserId, remote_addr: Option<IpAddr>, limits: OutboxLimits) -> Self {
        Self {
            outbox: Outbox::new(limits),
            id: ConnectionId::random(),
            user_id,
            remote_addr,
            visibility: AtomicU8::new(Visibility::Unknown as u8),
            pending: AtomicUsize::new(0),
            joined: Mutex::default(),
        }
    }

    pub(crate) fn visibility(&self) -> Visibility {
        match self.visibility.load(Ordering::Relaxed) {
            1 => Visibility::Visible,
            2 => Visibility::Invisible,
            _ => Visibility::Unknown,
        }
    }

    /// Returns `true` if presence may show the user. Unknown visibility counts as invisible.
    pub(crate) fn is_seen(&self) -> bool {
        self.visibility() == Visibility::Visible
    }

    pub(crate) fn set_visibility(&self, visibility: Visibility) -> Visibility {
        let before = self.visibility();
        self.visibility.store(visibility as u8, Ordering::Relaxed);
        before
    }

    pub(crate) fn push(&self, frame: &Arc<Frame>) {
        self.outbox.push(frame);
    }

    /// Pushes a frame about a room. Returns `false` and pushes nothing if the connection has left
    /// it, so that nothing follows the final frame, which is pushed after
    /// [`remove_joined`](Self::remove_joined).
    pub(crate) fn push_in(&self, room: &RoomId, frame: &Arc<Frame>) -> bool {
        let joined = self.joined.lock();
        let hears = joined.iter().any(|r| r.id == *room);
        if hears {
            self.outbox.push(frame);
        }
        hears
    }

    pub(crate) fn close(&self, closing: Closing) {
        self.outbox.close(closing);
    }

    pub(crate) fn joined(&self, room: &RoomId) -> Option<Arc<ActiveRoom>> {
        self.joined.lock().iter().find(|r| r.id == *room).cloned()
    }

    pub(crate) fn has_joined(&self, room: &RoomId) -> bool {
        self.joined.lock().iter().any(|r| r.id == *room)
    }

    pub(crate) fn all_joined(&self) -> Vec<Arc<ActiveRoom>> {
        self.joined.lock().clone()
    }

    pub(crate) fn joined_count(&self) -> usize {
        self.joined.lock().len()
    }

    pub(crate) fn add_joined(&self, room: &Arc<ActiveRoom>) -> bool {
        let mut joined = self.joined.lock();
        if joined.iter().any(|r| r.id == room.id) {
            return false;
        }
        joined.reserve_exact(1);
        joined.push(Arc::clone(room));
        true
    }

    pub(crate) fn remove_joined(&self, room: &RoomId) -> Option<Arc<ActiveRoom>> {
        let mut joined = self.joined.lock();
        let at = joined.iter().position(|r| r.id == *room)?;
        Some(joined.swap_remove(at))
    }

    pub(crate) fn take_joined(&self) -> Vec<Arc<ActiveRoom>> {
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

impl Subscriber for Arc<Link> {
    fn id(&self) -> ConnectionId {
        self.id
    }

    fn user_id(&self) -> &UserId {
        &self.user_id
    }

    fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    fn is_visible(&self) -> bool {
        self.is_seen()
    }
}
