use std::collections::HashMap;
use std::time::Duration;

use chat_core::testing::MemoryPeer;
use chat_core::{ClientMessageId, MessageId, RoomId};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::log::{Ack, Log};

/// What may become of any command: the store is out of reach, the user was removed or banned.
const REFUSED: [&str; 4] = ["UNAVAILABLE", "NOT_A_MEMBER", "ROOM_NOT_FOUND", "FORBIDDEN"];

/// What an answer is awaited of.
#[derive(Debug, Clone)]
pub(crate) enum Asked {
    Join,
    Leave,
    Send(ClientMessageId),
    Change(RoomId, MessageId),
    Read(RoomId, u64),
}

/// One connection of a client.
pub(crate) struct Session {
    pub(crate) peer: MemoryPeer,
    asked: HashMap<String, Asked>,
    /// The latest join of each room. It may fail after `ROOM_JOINED`, too.
    pub(crate) joins: HashMap<RoomId, String>,
    /// When to join again, after a failure.
    pub(crate) rejoin: HashMap<RoomId, Instant>,
    refs: u64,
    pub(crate) stalled_until: Option<Instant>,
}

impl Session {
    pub(crate) fn new(peer: MemoryPeer) -> Self {
        Self {
            peer,
            asked: HashMap::new(),
            joins: HashMap::new(),
            rejoin: HashMap::new(),
            refs: 0,
            stalled_until: None,
        }
    }

    /// Sends a command, and returns its `ref`.
    pub(crate) fn ask(&mut self, mut command: Value, asked: Asked) -> String {
        self.refs += 1;
        let reference = self.refs.to_string();
        command["ref"] = json!(reference);
        self.asked.insert(reference.clone(), asked);
        self.peer.send_text(command.to_string());
        reference
    }

    /// Whether the answer to a join is awaited.
    pub(crate) fn is_joining(&self, room: &RoomId) -> bool {
        let join = self.joins.get(room);
        join.is_some_and(|reference| self.asked.contains_key(reference))
    }

    /// An event came.
    pub(crate) fn heard(&mut self, log: &mut Log, event: &Value) {
        let answered = event["ref"].as_str().and_then(|r| {
            let asked = self.asked.remove(r)?;
            log.waiting -= 1;
            Some(asked)
        });
        let kind = event["type"].as_str().unwrap();
        if kind == "ERROR" {
            self.failed(log, event, answered);
            return;
        }
        let room = event["roomId"].as_str();
        let room = room.and_then(|id| log.rooms.get_mut(&RoomId::new(id).unwrap()));
        let outcome = match (kind, answered, room) {
            ("ROOM_JOINED", Some(Asked::Join), Some(seen)) => {
                log.counts.resumes += u64::from(event["recovered"] == true);
                seen.join(event)
            }
            ("ROOM_LEFT", Some(Asked::Leave), Some(seen)) => {
                seen.left();
                Ok(())
            }
            ("ROOM_REMOVED", _, Some(seen)) => {
                log.counts.removals += 1;
                seen.left();
                Ok(())
            }
            ("MESSAGE_ACK", Some(Asked::Send(name)), _) => acknowledged(log, &name, event),
            ("ACK", Some(Asked::Change(room, id)), _) => {
                log.counts.changes += 1;
                let rev = event["rev"].as_u64().unwrap();
                log.changes.push((room, id, rev));
                Ok(())
            }
            ("ACK", Some(Asked::Read(room, seq)), _) => {
                log.rooms.get_mut(&room).unwrap().read(seq);
                Ok(())
            }
            (_, Some(asked), _) => Err(format!("{asked:?} was answered with {event}")),
            ("ROOM_SYNC", None, Some(seen)) if seen.joined => seen.sync(event),
            (_, None, Some(seen)) if event["rev"].is_u64() => {
                if seen.joined {
                    seen.event(event)
                } else {
                    Err(format!("of a room it has not joined: {event}"))
                }
            }
            ("TYPING" | "READ_RECEIPT", None, Some(seen)) if !seen.joined => {
                Err(format!("of a room it has not joined: {event}"))
            }
            _ => Ok(()),
        };
        if let Err(violation) = outcome {
            log.violations.push(violation);
        }
    }

    /// Refused or failed: what matters is tried again.
    fn failed(&mut self, log: &mut Log, event: &Value, asked: Option<Asked>) {
        let code = event["code"].as_str().unwrap();
        let soon = Instant::now() + Duration::from_millis(500);
        let mut joins = self.joins.iter();
        if let Some((room, _)) = joins.find(|(_, r)| event["ref"] == **r) {
            log.rooms.get_mut(room).unwrap().left();
            self.rejoin.insert(room.clone(), soon);
        }
        if let Some(Asked::Send(name)) = &asked {
            log.sent.get_mut(name).unwrap().due = Some(soon);
        }
        let expected = REFUSED.contains(&code)
            || match asked {
                Some(Asked::Change(..)) => code == "MESSAGE_NOT_FOUND",
                // The latter is `TYPING`, which bears no `ref`.
                Some(Asked::Leave) | None => code == "NOT_JOINED",
                _ => false,
            };
        if !expected {
            log.violations.push(format!("unexpected: {event}"));
        }
    }
}

fn acknowledged(log: &mut Log, name: &ClientMessageId, event: &Value) -> Result<(), String> {
    log.counts.acks += 1;
    log.counts.duplicates += u64::from(event["duplicate"] == true);
    let sent = log.sent.get_mut(name).unwrap();
    let ack = Ack {
        id: serde_json::from_value(event["messageId"].clone()).unwrap(),
        seq: event["seq"].as_u64().unwrap(),
    };
    match sent.ack.replace(ack) {
        Some(before) if before != ack => Err(format!("{before:?} before, now {event}")),
        _ => Ok(()),
    }
}
