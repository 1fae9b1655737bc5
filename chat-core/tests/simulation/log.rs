use std::collections::{BTreeMap, HashMap};

use chat_core::model::LogHead;
use chat_core::{ClientMessageId, MessageId, RoomId, Timestamp, UserId};
use serde_json::Value;
use tokio::time::Instant;

use crate::heard::Heard;
use crate::run::Counts;
use crate::seen::Seen;

/// What was acknowledged of a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ack {
    pub(crate) id: MessageId,
    pub(crate) seq: u64,
}

/// What a client wants to say. It is sent until it is acknowledged.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) room: RoomId,
    pub(crate) ack: Option<Ack>,
    pub(crate) command: Value,
    pub(crate) expires_at: Option<Timestamp>,
    /// When it is to be sent again, unless an answer is awaited.
    pub(crate) due: Option<Instant>,
}

/// How a connection was closed.
#[derive(Debug, Clone)]
pub(crate) struct Closed {
    pub(crate) reason: String,
    /// Whether the client had read all the time.
    pub(crate) prompt: bool,
}

/// What one client did and saw.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    pub(crate) user: UserId,
    pub(crate) rooms: BTreeMap<RoomId, Seen>,
    pub(crate) sent: BTreeMap<ClientMessageId, Sent>,
    /// The positions of acknowledged changes.
    pub(crate) changes: Vec<(RoomId, MessageId, u64)>,
    pub(crate) heard: Vec<Heard>,
    pub(crate) closed: Vec<Closed>,
    /// Whom it may have blocked.
    pub(crate) blocks: Option<UserId>,
    /// What the protocol does not allow.
    pub(crate) violations: Vec<String>,
    pub(crate) counts: Counts,
    /// Whether it does not read at the moment.
    pub(crate) stalled: bool,
    /// Commands without an answer yet.
    pub(crate) waiting: usize,
}

impl Log {
    pub(crate) fn new(user: UserId, rooms: Vec<RoomId>, blocks: Option<UserId>) -> Self {
        let rooms = rooms.into_iter();
        let rooms = rooms.map(|r| (r.clone(), Seen::new(r, blocks.clone())));
        Self {
            user,
            rooms: rooms.collect(),
            sent: BTreeMap::new(),
            changes: Vec::new(),
            heard: Vec::new(),
            closed: Vec::new(),
            blocks,
            violations: Vec::new(),
            counts: Counts::default(),
            stalled: false,
            waiting: 0,
        }
    }

    /// A connection ended.
    pub(crate) fn disconnected(&mut self) {
        self.waiting = 0;
        self.stalled = false;
        for seen in self.rooms.values_mut() {
            seen.left();
            seen.asked = false;
        }
        // Whether they were stored, nobody knows: they are sent again.
        let unknown = self.sent.values_mut().filter(|s| s.ack.is_none());
        unknown.for_each(|s| s.due = Some(Instant::now()));
    }

    /// A room is another one than it was: what was said in the old one is of no interest.
    pub(crate) fn reset(&mut self, room: &RoomId) {
        self.rooms.get_mut(room).expect("one of its rooms").reset();
        self.sent.retain(|_, sent| sent.room != *room);
        self.changes.retain(|(changed, ..)| changed != room);
    }

    /// What keeps it from having seen and said everything, if anything does.
    pub(crate) fn unsettled(&self, heads: &HashMap<RoomId, LogHead>) -> Option<String> {
        for (room, seen) in &self.rooms {
            let Some(head) = heads.get(room) else {
                return Some(format!("{room} has no log"));
            };
            let Seen {
                joined,
                syncing,
                through,
                ..
            } = seen;
            let epoch = seen.epoch.as_ref();
            let is_old = epoch.is_some_and(|epoch| *epoch != head.epoch.to_string());
            let head = head.head;
            if !joined || *syncing || *through < head || is_old {
                let at = format!("joined: {joined}, syncing: {syncing}, at {through} of {head}");
                return Some(format!("{} in {room}: {at}", self.user));
            }
        }
        let unsent = self.sent.iter().find(|(_, s)| s.ack.is_none());
        if let Some((id, sent)) = unsent {
            return Some(format!(
                "{} has no acknowledgement of {id}: {sent:?}",
                self.user
            ));
        }
        (self.waiting > 0)
            .then(|| format!("{} has {} commands unanswered", self.user, self.waiting))
    }
}
