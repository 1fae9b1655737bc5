use std::collections::BTreeMap;

use chat_core::model::Message;
use chat_core::testing::history::Observed;
use chat_core::{MessageId, RoomId, UserId};
use serde::Deserialize;
use serde_json::Value;

use crate::heard::short;
use crate::world::doomed;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) seq: u64,
    pub(crate) rev: u64,
    pub(crate) text: String,
    pub(crate) deleted: bool,
    pub(crate) reactions: BTreeMap<String, Vec<UserId>>,
}

impl From<&Message> for Shown {
    fn from(m: &Message) -> Self {
        Self {
            seq: m.seq,
            rev: m.rev,
            text: short(&m.text),
            deleted: m.deleted_at.is_some(),
            reactions: m.reactions.clone(),
        }
    }
}

/// One client's view of one room, over all its connections.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) room: RoomId,
    pub(crate) epoch: Option<Value>,
    /// The position through which the client has seen everything.
    pub(crate) through: u64,
    /// The head at the first join.
    pub(crate) from: u64,
    pub(crate) events: Vec<(u64, MessageId)>,
    pub(crate) shown: BTreeMap<MessageId, Shown>,
    /// The acknowledged read marker.
    read: u64,
    /// The user that the client may have blocked, whose messages it need not see.
    pub(crate) blocks: Option<UserId>,
    /// `true` while a join is pending.
    pub(crate) asked: bool,
    /// `true` if the current connection receives the room's events.
    pub(crate) joined: bool,
    /// `true` until the resume completes.
    pub(crate) syncing: bool,
}

impl Seen {
    pub(crate) const fn new(room: RoomId, blocks: Option<UserId>) -> Self {
        Self {
            room,
            blocks,
            asked: false,
            epoch: None,
            through: 0,
            from: 0,
            events: Vec::new(),
            shown: BTreeMap::new(),
            read: 0,
            joined: false,
            syncing: false,
        }
    }

    /// Forgets everything, because the room was recreated.
    pub(crate) fn reset(&mut self) {
        *self = Self::new(self.room.clone(), self.blocks.take());
    }

    pub(crate) const fn is_resuming(&self) -> bool {
        self.epoch.is_some() && (self.asked || self.syncing)
    }

    pub(crate) fn left(&mut self) {
        self.joined = false;
        self.syncing = false;
    }

    /// Handles the acknowledgement of a read marker.
    pub(crate) fn read(&mut self, seq: u64) {
        self.read = self.read.max(seq);
    }

    /// Handles `ROOM_JOINED`. The error describes the broken rule.
    pub(crate) fn join(&mut self, event: &Value) -> Result<(), String> {
        let head = event["head"].as_u64().unwrap();
        let recovered = event["recovered"] == true;
        let read = event["readSeq"].as_u64().unwrap();
        // A room that is being deleted may have lost its markers already.
        let is_back = read < self.read && self.room != doomed();
        if is_back || head < self.through {
            return Err(format!(
                "at {}, read {}, the state moved back: {event}",
                self.through, self.read
            ));
        }
        self.read = read;
        match &self.epoch {
            Some(epoch) if !recovered || event["epoch"] != *epoch => {
                return Err(format!(
                    "the resume after {} was refused: {event}",
                    self.through
                ));
            }
            Some(_) => self.syncing = true,
            None => {
                self.epoch = Some(event["epoch"].clone());
                self.from = head;
                self.through = head;
                for message in messages(&event["messages"]) {
                    self.show(&message);
                }
            }
        }
        self.joined = true;
        Ok(())
    }

    pub(crate) fn sync(&mut self, event: &Value) -> Result<(), String> {
        if !self.syncing {
            return Err(format!("unexpected changes: {event}"));
        }
        for message in messages(&event["changes"]) {
            self.take(&message);
        }
        let through = event["through"].as_u64().unwrap();
        if through < self.through {
            return Err(format!(
                "at {}, the position moved back: {event}",
                self.through
            ));
        }
        self.through = through;
        self.syncing = event["done"] != true;
        Ok(())
    }

    pub(crate) fn event(&mut self, event: &Value) -> Result<(), String> {
        if self.syncing {
            return Err(format!("live event during a resume: {event}"));
        }
        if event["type"] == "MESSAGE_DELETED" {
            let id: MessageId = serde_json::from_value(event["messageId"].clone()).unwrap();
            let rev = event["rev"].as_u64().unwrap();
            let tombstone = Shown {
                seq: event["seq"].as_u64().unwrap(),
                rev,
                text: String::new(),
                deleted: true,
                reactions: BTreeMap::new(),
            };
            self.events.push((rev, id));
            self.through = rev;
            self.shown.insert(id, tombstone);
            return Ok(());
        }
        if event["type"] == "MESSAGE_HIDDEN" {
            self.through = event["rev"].as_u64().unwrap();
            return Ok(());
        }
        let Ok(message) = Message::deserialize(&event["message"]) else {
            return Err(format!("position without a message: {event}"));
        };
        if event["rev"] != message.rev {
            return Err(format!("the rev differs from the message's: {event}"));
        }
        let unseen = self.blocks.is_some() && message.sender_id == self.blocks;
        let new = !self.shown.contains_key(&message.id) && message.seq > self.from && !unseen;
        if event["type"] == "MESSAGE_UPDATED" && new {
            return Err(format!("a change of an unknown message: {event}"));
        }
        self.take(&message);
        self.through = message.rev;
        Ok(())
    }

    fn take(&mut self, message: &Message) {
        self.events.push((message.rev, message.id));
        self.show(message);
    }

    fn show(&mut self, message: &Message) {
        let known = self.shown.get(&message.id);
        if known.is_none_or(|known| known.rev < message.rev) {
            self.shown.insert(message.id, message.into());
        }
    }

    /// The observations for the checker, without the excluded messages. Superseded positions may be
    /// missing, because any of them may have been read from the log by the node or for the client.
    pub(crate) fn observed(&self, client: &str, without: impl Fn(&MessageId) -> bool) -> Observed {
        let mut observed = Observed::new(format!("{client} in {}", self.room), self.from);
        observed.caught_up = vec![0..=u64::MAX];
        let events = self.events.iter().filter(|(_, id)| !without(id));
        observed.events = events.copied().collect();
        observed
    }
}

fn messages(list: &Value) -> Vec<Message> {
    serde_json::from_value(list.clone()).unwrap()
}
