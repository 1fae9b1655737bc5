use std::collections::{BTreeMap, HashMap};

use chat_core::model::LogHead;
use chat_core::{ClientMessageId, MessageId, RoomId, Timestamp, UserId};
use serde_json::Value;
use tokio::time::Instant;

use crate::heard::Heard;
use crate::run::Counts;
use crate::seen::Seen;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ack {
    pub(crate) id: MessageId,
    pub(crate) seq: u64,
}

/// A message to send, retried until it is acknowledged.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) room: RoomId,
    pub(crate) ack: Option<Ack>,
    pub(crate) command: Value,
    pub(crate) expires_at: Option<Timestamp>,
    /// The time of the next attempt; `None` while a response is pending.
    pub(crate) due: Option<Instant>,
}

#[derive(Debug, Clone)]
pub(crate) struct Closed {
    pub(crate) reason: String,
    /// `true` if the client has read without stalling.
    pub(crate) prompt: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Log {
    pub(crate) user: UserId,
    pub(crate) rooms: BTreeMap<RoomId, Seen>,
    pub(crate) sent: BTreeMap<ClientMessageId, Sent>,
    /// Acknowledged changes with their positions.
    pub(crate) changes: Vec<(RoomId, MessageId, u64)>,
    pub(crate) heard: Vec<Heard>,
    pub(crate) closed: Vec<Closed>,
    /// The user that this client may have blocked.
    pub(crate) blocks: Option<UserId>,
    pub(crate) violations: Vec<String>,
    pub(crate) counts: Counts,
    pub(crate) stalled: bool,
    /// The number of commands without a response.
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

    pub(crate) fn disconnected(&mut self) {
        self.waiting = 0;
        self.stalled = false;
        for seen in self.rooms.values_mut() {
            seen.left();
            seen.asked = false;
        }
        // The outcome of pending sends is unknown, so retry them.
        let unknown = self.sent.values_mut().filter(|s| s.ack.is_none());
        unknown.for_each(|s| s.due = Some(Instant::now()));
    }

    /// Forgets a room's state, because it was recreated.
    pub(crate) fn reset(&mut self, room: &RoomId) {
        self.rooms.get_mut(room).expect("one of its rooms").reset();
        self.sent.retain(|_, sent| sent.room != *room);
        self.changes.retain(|(changed, ..)| changed != room);
    }

    /// Describes what the client still has to see or send, if anything.
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
        (self.waiting > 0).then(|| {
            format!(
                "{} has {} commands without a response",
                self.user, self.waiting
            )
        })
    }
}
