use std::collections::HashMap;
use std::time::Duration;

use chat_core::testing::{MemoryPeer, PausedClock};
use chat_core::{ClientMessageId, Clock, MessageId, RoomId, Timestamp};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::heard::{Heard, shortened};
use crate::log::{Ack, Log, Sent};
use crate::world::doomed;

/// Errors that any command may get: the store is unavailable, or the user was removed or banned.
const REFUSED: [&str; 4] = ["UNAVAILABLE", "NOT_A_MEMBER", "ROOM_NOT_FOUND", "FORBIDDEN"];

/// The subject of a pending command.
#[derive(Debug, Clone)]
pub(crate) enum Asked {
    Join(RoomId),
    Leave,
    Send(ClientMessageId),
    Change(RoomId, MessageId),
    Read(RoomId, u64),
}

#[derive(Debug, Clone)]
struct Pending {
    asked: Asked,
    command: Value,
    at: Duration,
    time: Timestamp,
}

pub(crate) struct Session {
    pub(crate) peer: MemoryPeer,
    clock: PausedClock,
    number: u64,
    asked: HashMap<String, Pending>,
    /// The time of the latest request for each room.
    join_asked: HashMap<RoomId, (Duration, Timestamp)>,
    /// The latest join of each room. It may fail even after `ROOM_JOINED`.
    pub(crate) joins: HashMap<RoomId, String>,
    /// When to retry a failed join.
    pub(crate) rejoin: HashMap<RoomId, Instant>,
    refs: u64,
    pub(crate) stalled_until: Option<Instant>,
    /// `true` if the client sometimes reads while it is stalled.
    pub(crate) trickles: bool,
    /// `true` if the client has read without stalling.
    pub(crate) prompt: bool,
}

impl Session {
    pub(crate) fn new(peer: MemoryPeer, clock: PausedClock, number: u64) -> Self {
        Self {
            peer,
            clock,
            number,
            asked: HashMap::new(),
            join_asked: HashMap::new(),
            joins: HashMap::new(),
            rejoin: HashMap::new(),
            refs: 0,
            stalled_until: None,
            trickles: false,
            prompt: true,
        }
    }

    /// Stops reading until the given time.
    pub(crate) fn stall(&mut self, until: Instant, trickles: bool) {
        self.peer.stall(true);
        self.stalled_until = Some(until);
        self.trickles = trickles;
        self.prompt = false;
    }

    pub(crate) fn ask(&mut self, mut command: Value, asked: Asked) -> String {
        self.refs += 1;
        let reference = self.refs.to_string();
        command["ref"] = json!(reference);
        self.peer.send_text(command.to_string());
        let (at, time) = (self.clock.elapsed(), self.clock.now());
        if let Asked::Join(room) = &asked {
            self.join_asked.insert(room.clone(), (at, time));
        }
        let pending = Pending {
            asked,
            command,
            at,
            time,
        };
        self.asked.insert(reference.clone(), pending);
        reference
    }

    pub(crate) fn is_joining(&self, room: &RoomId) -> bool {
        let join = self.joins.get(room);
        join.is_some_and(|reference| self.asked.contains_key(reference))
    }

    /// Records an event and, for a reply, the command.
    fn note(&self, log: &mut Log, event: &Value, answered: Option<&Pending>) {
        let mut noted = shortened(event);
        let mut asked = answered.map(|p| (p.at, p.time));
        if let Some(pending) = answered {
            noted["asked"] = pending.command["type"].clone();
            noted["roomId"] = pending.command["roomId"].clone();
        }
        if event["type"] == "ROOM_SYNC" {
            let room = RoomId::new(event["roomId"].as_str().unwrap()).unwrap();
            asked = self.join_asked.get(&room).copied();
        }
        log.heard.push(Heard {
            at: self.clock.elapsed(),
            asked_at: asked.map(|(at, _)| at),
            asked_time: asked.map(|(_, time)| time),
            connection: self.number,
            prompt: self.prompt,
            event: noted,
        });
    }

    pub(crate) fn heard(&mut self, log: &mut Log, event: &Value) {
        let pending = event["ref"].as_str().and_then(|r| self.asked.remove(r));
        self.note(log, event, pending.as_ref());
        let answered = pending.map(|p| p.asked);
        if answered.is_some() {
            log.waiting -= 1;
        }
        if let Some(Asked::Join(room)) = &answered {
            let seen = log.rooms.get_mut(room).unwrap();
            seen.asked = false;
            let epoch = seen.epoch.as_ref();
            let another = event["epoch"].is_string() && epoch.is_some_and(|e| event["epoch"] != *e);
            if *room == doomed() && another {
                log.reset(room);
            }
        }
        let kind = event["type"].as_str().unwrap();
        if kind == "ERROR" {
            self.failed(log, event, answered);
            return;
        }
        let room = event["roomId"].as_str();
        let room = room.and_then(|id| log.rooms.get_mut(&RoomId::new(id).unwrap()));
        let outcome = match (kind, answered, room) {
            ("ROOM_JOINED", Some(Asked::Join(_)), Some(seen)) => {
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
                    Err(format!("event of a room that is not joined: {event}"))
                }
            }
            ("TYPING" | "READ_RECEIPT", None, Some(seen)) if !seen.joined => {
                Err(format!("event of a room that is not joined: {event}"))
            }
            _ => Ok(()),
        };
        if let Err(violation) = outcome {
            log.violations.push(violation);
        }
    }

    /// Handles a failed command, and retries it if it matters.
    fn failed(&mut self, log: &mut Log, event: &Value, asked: Option<Asked>) {
        let code = event["code"].as_str().unwrap();
        let soon = Instant::now() + Duration::from_millis(500);
        let mut joins = self.joins.iter();
        if let Some((room, _)) = joins.find(|(_, r)| event["ref"] == **r) {
            log.rooms.get_mut(room).unwrap().left();
            self.rejoin.insert(room.clone(), soon);
        }
        let mut expired = false;
        if let Some(Asked::Send(name)) = &asked {
            // The message expired before it was sent. An earlier attempt may have said so already.
            let is_over = |sent: &Sent| sent.expires_at.is_some_and(|at| at <= self.clock.now());
            expired = code == "INVALID_COMMAND" && log.sent.get(name).is_none_or(is_over);
            if expired {
                log.sent.remove(name);
            } else if let Some(sent) = log.sent.get_mut(name) {
                sent.due = Some(soon);
            }
        }
        let expected = REFUSED.contains(&code)
            || expired
            || match asked {
                Some(Asked::Change(..)) => code == "MESSAGE_NOT_FOUND",
                // `None` is `TYPING`, which has no `ref`.
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
    // The room may have been deleted meanwhile.
    let Some(sent) = log.sent.get_mut(name) else {
        return Ok(());
    };
    let ack = Ack {
        id: serde_json::from_value(event["messageId"].clone()).unwrap(),
        seq: event["seq"].as_u64().unwrap(),
    };
    match sent.ack.replace(ack) {
        Some(before) if before != ack => Err(format!("acknowledged as {before:?}, now {event}")),
        _ => Ok(()),
    }
}
