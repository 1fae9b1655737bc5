use std::collections::{BTreeMap, HashMap};

use chat_core::{ClientMessageId, MessageId, RoomId, UserId};
use tokio::time::Instant;

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
    pub(crate) text: String,
    /// When it is to be sent again, unless an answer is awaited.
    pub(crate) due: Option<Instant>,
}

/// What one client did and saw.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    pub(crate) user: UserId,
    pub(crate) rooms: BTreeMap<RoomId, Seen>,
    pub(crate) sent: BTreeMap<ClientMessageId, Sent>,
    /// The positions of acknowledged changes.
    pub(crate) changes: Vec<(RoomId, MessageId, u64)>,
    /// What the protocol does not allow.
    pub(crate) violations: Vec<String>,
    pub(crate) counts: Counts,
    /// Commands without an answer yet.
    pub(crate) waiting: usize,
}

impl Log {
    pub(crate) fn new(user: UserId, rooms: Vec<RoomId>) -> Self {
        let rooms = rooms.into_iter().map(|r| (r.clone(), Seen::new(r)));
        Self {
            user,
            rooms: rooms.collect(),
            sent: BTreeMap::new(),
            changes: Vec::new(),
            violations: Vec::new(),
            counts: Counts::default(),
            waiting: 0,
        }
    }

    /// A connection ended.
    pub(crate) fn disconnected(&mut self) {
        self.waiting = 0;
        self.rooms.values_mut().for_each(Seen::left);
        // Whether they were stored, nobody knows: they are sent again.
        let unknown = self.sent.values_mut().filter(|s| s.ack.is_none());
        unknown.for_each(|s| s.due = Some(Instant::now()));
    }

    /// What keeps it from having seen and said everything, if anything does.
    pub(crate) fn unsettled(&self, heads: &HashMap<RoomId, u64>) -> Option<String> {
        for (room, seen) in &self.rooms {
            let head = heads[room];
            let Seen {
                joined,
                syncing,
                through,
                ..
            } = seen;
            if !joined || *syncing || *through < head {
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
