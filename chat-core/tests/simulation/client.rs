use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chat_core::testing::{MemoryPeer, Outbound};
use chat_core::{ClientMessageId, MessageId, RoomId, UserId};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::plan::Plan;
use crate::run::{Counts, Phase};
use crate::seen::Seen;
use crate::world::{NODES, World};

/// What may become of any command: the store is out of reach, the user was removed or banned.
const REFUSED: [&str; 3] = ["UNAVAILABLE", "NOT_A_MEMBER", "FORBIDDEN"];

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
    text: String,
    /// When it is to be sent again, unless an answer is awaited.
    due: Option<Instant>,
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
    waiting: usize,
}

impl Log {
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

/// What an answer is awaited of.
#[derive(Debug, Clone)]
enum Asked {
    Join(RoomId),
    Leave(RoomId),
    Send(ClientMessageId),
    Change(RoomId, MessageId),
    Other,
}

/// Why a connection ended.
enum End {
    Stopped,
    Gone,
}

pub(crate) struct Client {
    world: Arc<World>,
    plan: Plan,
    log: Arc<Mutex<Log>>,
    phase: watch::Receiver<Phase>,
    random: fastrand::Rng,
    names: u64,
}

/// One connection of a client.
struct Session {
    peer: MemoryPeer,
    asked: HashMap<String, Asked>,
    /// The join whose room is heard by it: it may still fail.
    joins: HashMap<RoomId, String>,
    rejoin: HashMap<RoomId, Instant>,
    refs: u64,
    stalled_until: Option<Instant>,
}

impl Client {
    pub(crate) fn new(
        world: Arc<World>,
        plan: Plan,
        user: UserId,
        rooms: Vec<RoomId>,
        phase: watch::Receiver<Phase>,
        random: fastrand::Rng,
    ) -> Self {
        let rooms = rooms.into_iter().map(|r| (r.clone(), Seen::new(r)));
        let log = Log {
            user,
            rooms: rooms.collect(),
            sent: BTreeMap::new(),
            changes: Vec::new(),
            violations: Vec::new(),
            counts: Counts::default(),
            waiting: 0,
        };
        Self {
            world,
            plan,
            log: Arc::new(Mutex::new(log)),
            phase,
            random,
            names: 0,
        }
    }

    pub(crate) fn log(&self) -> Arc<Mutex<Log>> {
        Arc::clone(&self.log)
    }

    /// Connects again and again, each time to some node.
    pub(crate) async fn live(mut self) {
        loop {
            let user = self.log.lock().user.clone();
            let node = self.world.node(self.random.usize(..NODES));
            let session = Session {
                peer: node.connect(&user),
                asked: HashMap::new(),
                joins: HashMap::new(),
                rejoin: HashMap::new(),
                refs: 0,
                stalled_until: None,
            };
            drop(node);
            let end = self.connection(session).await;
            self.disconnected();
            if matches!(end, End::Stopped) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(self.random.u64(0..400))).await;
        }
    }

    fn disconnected(&self) {
        let mut log = self.log.lock();
        log.waiting = 0;
        log.rooms.values_mut().for_each(Seen::disconnected);
        // Whether they were stored, nobody knows: they are sent again.
        let unknown = log.sent.values_mut().filter(|s| s.ack.is_none());
        unknown.for_each(|s| s.due = Some(Instant::now()));
    }

    async fn connection(&mut self, mut session: Session) -> End {
        let mut next_act = Instant::now();
        let mut phase = self.phase.clone();
        loop {
            let next = tokio::select! {
                biased;
                _ = phase.wait_for(|p| *p == Phase::Stop) => return End::Stopped,
                next = session.peer.recv() => next,
                () = tokio::time::sleep_until(next_act) => {
                    if !self.act(&mut session) {
                        return End::Gone;
                    }
                    next_act = Instant::now() + Duration::from_millis(self.random.u64(1..120));
                    continue;
                }
            };
            match next {
                Some(Outbound::Text(text)) => {
                    let event = serde_json::from_slice(&text).unwrap();
                    self.heard(&mut session, &event);
                }
                Some(Outbound::Closed(code)) => {
                    let mut log = self.log.lock();
                    log.counts.overflows += u64::from(code == 1013);
                    // 1000 answers a close of its own.
                    if ![1000, 1012, 1013].contains(&code) {
                        log.violations.push(format!("closed with {code}"));
                    }
                    return End::Gone;
                }
                None => return End::Gone,
            }
        }
    }

    /// Does something. Returns `false` when it drops the connection.
    fn act(&mut self, session: &mut Session) -> bool {
        let now = Instant::now();
        let settling = *self.phase.borrow() != Phase::Trouble;
        if session
            .stalled_until
            .is_some_and(|until| settling || until <= now)
        {
            session.peer.stall(false);
            session.stalled_until = None;
        }
        let log = Arc::clone(&self.log);
        let mut log = log.lock();
        let log = &mut *log;
        for (name, sent) in &mut log.sent {
            if sent.due.is_some_and(|due| due <= now) {
                sent.due = None;
                log.waiting += 1;
                session.ask(send(name, sent), Asked::Send(name.clone()));
            }
        }
        for seen in log.rooms.values().filter(|s| !s.joined) {
            let due = session.rejoin.get(&seen.room).is_none_or(|at| *at <= now);
            if due && (settling || self.random.u8(..4) == 0) {
                // Asked once; the answer says when again.
                let far = now + Duration::from_secs(3600);
                session.rejoin.insert(seen.room.clone(), far);
                log.waiting += 1;
                session.ask(join(seen), Asked::Join(seen.room.clone()));
            }
        }
        if settling {
            return true;
        }
        let rooms = log.rooms.values().filter(|s| s.joined);
        let Some(seen) = self.random.choice(rooms.collect::<Vec<_>>()) else {
            return true;
        };
        let room = seen.room.clone();
        let some = self.random.choice(seen.shown.keys().collect::<Vec<_>>());
        let own = log.sent.values().filter(|s| s.room == room);
        let own = self
            .random
            .choice(own.filter_map(|s| s.ack).collect::<Vec<_>>());
        let action = self.random.u8(..100);
        let command = |kind: &str, fields: Value| {
            let mut command = fields;
            command["type"] = json!(kind);
            command["roomId"] = json!(room);
            command
        };
        let change = |id: MessageId| Asked::Change(room.clone(), id);
        match action {
            0..45 => {
                self.names += 1;
                let name = ClientMessageId::new(format!("n-{}", self.names)).unwrap();
                let sent = Sent {
                    text: format!("{} of {}", self.names, log.user),
                    room,
                    ack: None,
                    due: None,
                };
                log.waiting += 1;
                session.ask(send(&name, &sent), Asked::Send(name.clone()));
                log.sent.insert(name, sent);
            }
            45..60 if let Some(own) = own => {
                let text = format!("edited {}", self.random.u32(..1000));
                let edit = command("EDIT_MESSAGE", json!({"messageId": own.id, "text": text}));
                log.waiting += 1;
                session.ask(edit, change(own.id));
            }
            60..66 if let Some(own) = own => {
                let delete = command("DELETE_MESSAGE", json!({"messageId": own.id}));
                log.waiting += 1;
                session.ask(delete, change(own.id));
            }
            66..78 if let Some(id) = some => {
                let kind = ["ADD_REACTION", "REMOVE_REACTION"][usize::from(action > 74)];
                let emoji = ["👍", "🦀"][self.random.usize(..2)];
                let react = command(kind, json!({"messageId": id, "emoji": emoji}));
                log.waiting += 1;
                session.ask(react, change(*id));
            }
            78..81 => {
                let read = command("MARK_READ", json!({"seq": seen.through}));
                log.waiting += 1;
                session.ask(read, Asked::Other);
            }
            81..84 => {
                let typing = command("TYPING", json!({"typing": true}));
                session.peer.send_text(typing.to_string());
            }
            84..88 => {
                log.waiting += 1;
                session.ask(command("LEAVE_ROOM", json!({})), Asked::Leave(room));
            }
            88..91 => return false,
            91..93 => session.peer.close(),
            93..96 if self.plan.slow_clients => {
                session.peer.stall(true);
                let until = now + Duration::from_millis(self.random.u64(100..4_000));
                session.stalled_until = Some(until);
            }
            _ => {}
        }
        true
    }

    fn heard(&self, session: &mut Session, event: &Value) {
        let mut log = self.log.lock();
        let log = &mut *log;
        let answered = event["ref"].as_str().and_then(|r| {
            let asked = session.asked.remove(r)?;
            log.waiting -= 1;
            Some((r.to_owned(), asked))
        });
        let kind = event["type"].as_str().unwrap();
        if kind == "ERROR" {
            failed(session, log, event, answered);
            return;
        }
        let room = event["roomId"].as_str();
        let room = room.and_then(|id| log.rooms.get_mut(&RoomId::new(id).unwrap()));
        let outcome = match (kind, answered, room) {
            ("ROOM_JOINED", Some((reference, Asked::Join(id))), Some(seen)) => {
                session.joins.insert(id, reference);
                log.counts.resumes += u64::from(event["recovered"] == true);
                seen.join(event)
            }
            ("ROOM_LEFT", Some((_, Asked::Leave(id))), Some(seen)) => {
                seen.disconnected();
                session.again(&id);
                Ok(())
            }
            ("ROOM_REMOVED", _, Some(seen)) => {
                log.counts.removals += 1;
                seen.disconnected();
                session.again(&seen.room);
                Ok(())
            }
            ("MESSAGE_ACK", Some((_, Asked::Send(name))), _) => acknowledged(log, &name, event),
            ("ACK", Some((_, Asked::Change(room, id))), _) => {
                log.counts.changes += 1;
                let rev = event["rev"].as_u64().unwrap();
                log.changes.push((room, id, rev));
                Ok(())
            }
            ("ACK", Some((_, Asked::Other)), _) => Ok(()),
            (_, Some((_, asked)), _) => Err(format!("{asked:?} was answered with {event}")),
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

/// Refused or failed: what matters is tried again.
fn failed(session: &mut Session, log: &mut Log, event: &Value, asked: Option<(String, Asked)>) {
    let code = event["code"].as_str().unwrap();
    let soon = Instant::now() + Duration::from_millis(500);
    let expected = match asked {
        Some((_, Asked::Join(room))) => {
            session.rejoin.insert(room, soon);
            REFUSED.contains(&code)
        }
        Some((_, Asked::Leave(room))) => {
            session.again(&room);
            code == "NOT_JOINED"
        }
        Some((_, Asked::Send(name))) => {
            if let Some(sent) = log.sent.get_mut(&name) {
                sent.due = Some(soon);
            }
            REFUSED.contains(&code)
        }
        Some((_, Asked::Change(..))) => REFUSED.contains(&code) || code == "MESSAGE_NOT_FOUND",
        Some((_, Asked::Other)) => REFUSED.contains(&code),
        // A join may fail after `ROOM_JOINED`, when what was missed cannot be read; and `TYPING`
        // bears no `ref`.
        None => {
            let reference = event["ref"].as_str();
            let joined = session
                .joins
                .iter()
                .find(|(_, r)| Some(r.as_str()) == reference);
            if let Some((room, _)) = joined {
                let room = room.clone();
                log.rooms.get_mut(&room).unwrap().disconnected();
                session.rejoin.insert(room, soon);
            }
            REFUSED.contains(&code) || code == "NOT_JOINED"
        }
    };
    if !expected {
        log.violations.push(format!("unexpected: {event}"));
    }
}

impl Session {
    fn ask(&mut self, mut command: Value, asked: Asked) {
        self.refs += 1;
        let reference = self.refs.to_string();
        command["ref"] = json!(reference);
        self.asked.insert(reference, asked);
        self.peer.send_text(command.to_string());
    }

    /// A room may be joined again.
    fn again(&mut self, room: &RoomId) {
        self.rejoin.remove(room);
        self.joins.remove(room);
    }
}

fn send(name: &ClientMessageId, sent: &Sent) -> Value {
    json!({
        "type": "SEND_MESSAGE",
        "roomId": sent.room,
        "clientMessageId": name,
        "text": sent.text,
    })
}

fn join(seen: &Seen) -> Value {
    match &seen.epoch {
        None => json!({"type": "JOIN_ROOM", "roomId": seen.room, "history": 20}),
        Some(epoch) => json!({
            "type": "JOIN_ROOM",
            "roomId": seen.room,
            "epoch": epoch,
            "after": seen.through,
        }),
    }
}
