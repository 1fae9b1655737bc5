use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chat_core::testing::history::Observed;
use chat_core::{ClientMessageId, MessageId, RoomId, UserId};
use serde_json::{Value, json};

/// The retry delay if the server does not give one.
const AGAIN: Duration = Duration::from_millis(300);
/// One in this many messages is edited, once.
const EDITED: usize = 8;

/// A message of a client. The client sends it until it is acknowledged.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The room.
    pub room: RoomId,
    /// The message's id and `seq`, once acknowledged.
    pub ack: Option<(MessageId, u64)>,
    /// The time of the send on the current connection, while an answer is pending.
    asked: Option<Instant>,
    /// The time of the next send, unless an answer is pending.
    due: Instant,
}

/// An edit of the client's own message. It is sent once.
#[derive(Debug, Clone)]
pub struct Edit {
    /// The room.
    pub room: RoomId,
    /// The message.
    pub message: MessageId,
    /// The position of the edit, once acknowledged.
    pub rev: Option<u64>,
    state: EditState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EditState {
    Wanted,
    Asked,
    /// Acknowledged, rejected, or unknown.
    Done,
}

/// The events that a client received from one room, over all its connections.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    epoch: Option<Value>,
    from: u64,
    /// The position up to which the client has everything.
    pub through: u64,
    events: Vec<(u64, MessageId)>,
    /// `true` if the current connection has joined the room and caught up.
    pub current: bool,
    joining: bool,
    due: Option<Instant>,
}

impl Seen {
    /// Returns the observations for the checker.
    #[must_use]
    pub fn observed(&self, client: &str) -> Observed {
        let mut observed = Observed::new(client, self.from);
        // Reading the log skips positions of messages that changed later.
        observed.caught_up = vec![0..=u64::MAX];
        observed.events.clone_from(&self.events);
        observed
    }
}

/// The state of one client. Takes events and the time, and returns commands to send.
#[derive(Debug, Clone)]
pub struct Record {
    /// The client's name. A user may have several clients.
    pub client: String,
    /// The user.
    pub user: UserId,
    /// The client's rooms.
    pub rooms: BTreeMap<RoomId, Seen>,
    /// The messages that it sent or wants to send.
    pub sent: BTreeMap<ClientMessageId, Sent>,
    /// Its edits.
    pub edits: Vec<Edit>,
    /// The presence events for each user, `true` for online. Events while disconnected are missing, as
    /// the server does not repeat them.
    pub presence: BTreeMap<UserId, Vec<(Instant, bool)>>,
    /// The start of the current connection.
    pub since: Option<Instant>,
    /// Protocol violations.
    pub violations: Vec<String>,
    /// The number of errors by code, and of lost connections by reason.
    pub troubles: BTreeMap<String, u64>,
    /// The longest time between a send and its answer.
    pub slowest: Duration,
    /// The number of acknowledged messages.
    pub acks: usize,
}

impl Record {
    /// Creates a client that has not connected yet.
    #[must_use]
    pub fn new(client: String, user: UserId, rooms: impl IntoIterator<Item = RoomId>) -> Self {
        Self {
            client,
            user,
            rooms: rooms.into_iter().map(|r| (r, Seen::default())).collect(),
            sent: BTreeMap::new(),
            edits: Vec::new(),
            presence: BTreeMap::new(),
            since: None,
            violations: Vec::new(),
            troubles: BTreeMap::new(),
            slowest: Duration::ZERO,
            acks: 0,
        }
    }

    /// Notes a new connection. All rooms must be joined.
    pub(crate) fn connected(&mut self, now: Instant) {
        self.since = Some(now);
        for seen in self.rooms.values_mut() {
            seen.due = Some(now);
        }
    }

    /// Notes the end of the connection. The outcome of pending commands is unknown.
    pub(crate) fn disconnected(&mut self, why: &str, now: Instant) {
        *self.troubles.entry(why.to_owned()).or_default() += 1;
        self.since = None;
        for seen in self.rooms.values_mut() {
            (seen.current, seen.joining, seen.due) = (false, false, None);
        }
        for sent in self.sent.values_mut() {
            if sent.asked.take().is_some() {
                sent.due = now;
            }
        }
        for edit in &mut self.edits {
            if edit.state == EditState::Asked {
                edit.state = EditState::Done;
            }
        }
    }

    pub(crate) fn say(&mut self, now: Instant) {
        let nth = self.sent.len();
        let room = self.rooms.keys().nth(nth % self.rooms.len().max(1));
        let id = ClientMessageId::new(format!("{}-{nth}", self.client)).unwrap();
        let sent = Sent {
            room: room.unwrap().clone(),
            ack: None,
            asked: None,
            due: now,
        };
        self.sent.insert(id, sent);
    }

    pub(crate) fn commands(&mut self, now: Instant) -> Vec<String> {
        let mut commands = Vec::new();
        for (room, seen) in &mut self.rooms {
            if seen.due.take_if(|due| *due <= now).is_none() {
                continue;
            }
            seen.joining = true;
            let mut join =
                json!({ "type": "JOIN_ROOM", "ref": room, "roomId": room, "history": 1 });
            if let Some(epoch) = &seen.epoch {
                join["epoch"] = epoch.clone();
                join["after"] = seen.through.into();
            }
            commands.push(join.to_string());
        }
        for (id, sent) in &mut self.sent {
            let waits = sent.ack.is_some() || sent.asked.is_some() || sent.due > now;
            if !waits && self.rooms[&sent.room].current {
                sent.asked = Some(now);
                let send = json!({
                    "type": "SEND_MESSAGE", "ref": id, "roomId": sent.room,
                    "clientMessageId": id, "text": format!("this is {id}"),
                });
                commands.push(send.to_string());
            }
        }
        for (nth, edit) in self.edits.iter_mut().enumerate() {
            if edit.state == EditState::Wanted && self.rooms[&edit.room].current {
                edit.state = EditState::Asked;
                let edit = json!({
                    "type": "EDIT_MESSAGE", "ref": format!("edit {nth}"), "roomId": edit.room,
                    "messageId": edit.message, "text": "on second thoughts",
                });
                commands.push(edit.to_string());
            }
        }
        commands
    }

    /// Returns the next time at which a command can be due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let joins = self.rooms.values().filter_map(|seen| seen.due);
        let open = self.sent.values().filter(|s| s.ack.is_none());
        let sends = open.filter(|s| s.asked.is_none() && self.rooms[&s.room].current);
        joins.chain(sends.map(|s| s.due)).min()
    }

    pub(crate) fn hear(&mut self, event: &Value, now: Instant) {
        match event["type"].as_str().unwrap_or_default() {
            "ROOM_JOINED" => self.room(event, Self::join),
            "ROOM_SYNC" => self.room(event, Self::sync),
            "MESSAGE_CREATED" | "MESSAGE_UPDATED" | "MEMBER_JOINED" => self.room(event, Self::live),
            "MESSAGE_ACK" => self.acknowledge(event, now),
            "ACK" => self.edited(event),
            "USER_ONLINE" => self.presence(event, true, now),
            "USER_OFFLINE" => self.presence(event, false, now),
            "ERROR" => self.error(event, now),
            "HELLO" | "GOING_AWAY" | "ROOM_ACTIVITY" | "ROOM_ADDED" | "OCCUPANCY" => {}
            _ => self.violate(event, "unexpected event"),
        }
    }

    pub(crate) fn violate(&mut self, event: &Value, why: &str) {
        self.violations.push(format!("{why}: {event}"));
    }

    /// Returns the send time of the oldest message without an answer.
    pub(crate) fn oldest_question(&self) -> Option<Instant> {
        self.sent.values().filter_map(|sent| sent.asked).min()
    }

    /// Returns the reason why the client has not yet sent everything or not received everything up to
    /// these heads.
    #[must_use]
    pub fn unsettled(&self, heads: &BTreeMap<RoomId, u64>) -> Option<String> {
        if let Some((id, sent)) = self.sent.iter().find(|(_, s)| s.ack.is_none()) {
            return Some(format!("{id} is not acknowledged: {sent:?}"));
        }
        if self.edits.iter().any(|e| e.state == EditState::Asked) {
            return Some(format!("{} waits for an edit", self.client));
        }
        self.rooms.iter().find_map(|(room, seen)| {
            let head = heads.get(room).copied().unwrap_or_default();
            let Seen {
                through, current, ..
            } = seen;
            (!current || *through < head).then(|| {
                let client = &self.client;
                format!("{client} is at {through} of {head} in {room}, current: {current}")
            })
        })
    }

    fn room(&mut self, event: &Value, apply: fn(&mut Seen, &Value) -> Result<(), &'static str>) {
        let room = event["roomId"].as_str().and_then(|id| RoomId::new(id).ok());
        let Some(seen) = room.and_then(|room| self.rooms.get_mut(&room)) else {
            return self.violate(event, "not a room of this client");
        };
        if let Err(why) = apply(seen, event) {
            let through = seen.through;
            self.violate(event, &format!("at {through}, {why}"));
        }
    }

    fn join(seen: &mut Seen, event: &Value) -> Result<(), &'static str> {
        let head = event["head"].as_u64().ok_or("no head")?;
        if !std::mem::take(&mut seen.joining) {
            return Err("joined without a request");
        }
        match &seen.epoch {
            None => {
                seen.epoch = Some(event["epoch"].clone());
                (seen.from, seen.through, seen.current) = (head, head, true);
            }
            Some(epoch) if event["recovered"] != true || event["epoch"] != *epoch => {
                return Err("a resume was rejected");
            }
            Some(_) if head < seen.through => return Err("the head went back"),
            Some(_) => {}
        }
        Ok(())
    }

    fn sync(seen: &mut Seen, event: &Value) -> Result<(), &'static str> {
        if seen.current {
            return Err("unexpected changes");
        }
        for message in event["changes"].as_array().ok_or("no changes")? {
            seen.take(message).ok_or("no message")?;
        }
        let through = event["through"].as_u64().ok_or("no `through`")?;
        if through < seen.through {
            return Err("`through` went back");
        }
        seen.through = through;
        seen.current = event["done"] == true;
        Ok(())
    }

    fn live(seen: &mut Seen, event: &Value) -> Result<(), &'static str> {
        // From a room that does not announce membership in its log.
        if event["type"] == "MEMBER_JOINED" && event["rev"].is_null() {
            return Ok(());
        }
        if !seen.current {
            return Err("a live event before the catch-up was complete");
        }
        let rev = event["rev"].as_u64().ok_or("no position")?;
        if event["message"].is_object() {
            if event["message"]["rev"] != rev {
                return Err("the position differs from the message's");
            }
            seen.take(&event["message"]).ok_or("no message")?;
        }
        seen.through = seen.through.max(rev);
        Ok(())
    }

    fn acknowledge(&mut self, event: &Value, now: Instant) {
        let name = event["ref"]
            .as_str()
            .and_then(|id| ClientMessageId::new(id).ok());
        let sent = name.and_then(|name| self.sent.get_mut(&name));
        let id = serde_json::from_value(event["messageId"].clone()).ok();
        let (Some(sent), Some(id), Some(seq)) = (sent, id, event["seq"].as_u64()) else {
            return self.violate(event, "an answer without a request");
        };
        if let Some(asked) = sent.asked.take() {
            self.slowest = self.slowest.max(now - asked);
        }
        if sent.ack.replace((id, seq)).is_some() {
            return self.violate(event, "acknowledged twice");
        }
        self.acks += 1;
        if self.acks.is_multiple_of(EDITED) {
            self.edits.push(Edit {
                room: sent.room.clone(),
                message: id,
                rev: None,
                state: EditState::Wanted,
            });
        }
    }

    fn edit(&mut self, event: &Value) -> Option<&mut Edit> {
        let nth = event["ref"].as_str()?.strip_prefix("edit ")?;
        self.edits.get_mut(nth.parse::<usize>().ok()?)
    }

    fn edited(&mut self, event: &Value) {
        match self.edit(event) {
            Some(edit) => (edit.rev, edit.state) = (event["rev"].as_u64(), EditState::Done),
            None => self.violate(event, "an answer without a request"),
        }
    }

    fn presence(&mut self, event: &Value, online: bool, now: Instant) {
        let user = event["userId"].as_str().and_then(|id| UserId::new(id).ok());
        match user {
            Some(user) => self.presence.entry(user).or_default().push((now, online)),
            None => self.violate(event, "presence without a user"),
        }
    }

    fn error(&mut self, event: &Value, now: Instant) {
        let code = event["code"].as_str().unwrap_or_default();
        *self.troubles.entry(code.to_owned()).or_default() += 1;
        if code != "UNAVAILABLE" {
            return self.violate(event, "an error that no fault can cause");
        }
        let after = event["retryAfterMs"].as_u64().map(Duration::from_millis);
        let due = now + after.unwrap_or(AGAIN);
        if let Some(edit) = self.edit(event) {
            edit.state = EditState::Done;
            return;
        }
        let name = event["ref"].as_str().unwrap_or_default().to_owned();
        let room = RoomId::new(name.clone()).ok();
        if let Some(seen) = room.and_then(|room| self.rooms.get_mut(&room)) {
            (seen.joining, seen.due) = (false, Some(due));
            return;
        }
        let sent = ClientMessageId::new(name).ok();
        let Some(sent) = sent.and_then(|name| self.sent.get_mut(&name)) else {
            return self.violate(event, "an error without a request");
        };
        if let Some(asked) = sent.asked.take() {
            self.slowest = self.slowest.max(now - asked);
        }
        sent.due = due;
    }
}

impl Seen {
    fn take(&mut self, message: &Value) -> Option<()> {
        let id = serde_json::from_value(message["id"].clone()).ok()?;
        self.events.push((message["rev"].as_u64()?, id));
        Some(())
    }
}
