use std::time::Duration;

use bytes::Bytes;
use chat_core::backend::{Authenticator, Credentials, Identity};
use chat_core::engine::{CreateRoom, Inbound};
use chat_core::model::{Draft, Role, RoomKind};
use chat_core::rest::RestService;
use chat_core::{
    Actor, Clock, Config, Engine, Error, ErrorKind, MessageId, Rates, Result, RoomId, Timestamp,
    UserId,
};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::connection::Connection;
use super::script::{Command, Step};

const USERS: [&str; 3] = ["alice", "bob", "carol"];
/// Alice owns both rooms. Bob is a member of both, Carol of neither.
const ROOMS: [&str; 2] = ["private", "public"];
const MAX_CONNECTIONS: usize = 6;
/// The maximum size of a room's content from bursts. It exceeds the pages that fit into an outbox.
const MAX_CONTENT: usize = 3 << 20;
/// Long enough for every ready task to run, and shorter than all of the engine's timers.
const SETTLE: Duration = Duration::from_millis(1);
/// The method, path and body of REST calls. `{}` is a room, `[]` a message, `<>` a user.
const CALLS: [(&str, &str, &str); 20] = [
    ("GET", "/rooms", ""),
    ("GET", "/rooms/{}", ""),
    ("GET", "/rooms/{}/members", ""),
    ("GET", "/rooms/{}/messages?limit=100", ""),
    ("GET", "/rooms/{}/messages?around=[]", ""),
    ("GET", "/rooms/{}/messages/[]", ""),
    ("GET", "/rooms/{}/messages/[]/replies", ""),
    ("GET", "/rooms/{}/changes", ""),
    ("GET", "/rooms/{}/reads", ""),
    ("GET", "/rooms/{}/pins", ""),
    ("GET", "/search?q=x&roomId={}", ""),
    ("GET", "/search?q=x", ""),
    ("GET", "/unread", ""),
    ("GET", "/presence?users=<>", ""),
    ("PUT", "/rooms/{}/messages/[]/pin", ""),
    ("DELETE", "/rooms/{}/messages/[]", ""),
    ("PUT", "/rooms/{}/messages/[]/reactions/%F0%9F%91%8D", ""),
    ("PUT", "/blocks/<>", ""),
    ("POST", "/rooms/{}/join", ""),
    ("POST", "/rooms/{}/leave", ""),
];

/// The engine, its clients, and the expected state of its rooms.
pub(super) struct World {
    engine: Engine,
    rest: RestService,
    connections: Vec<Connection>,
    /// The step since which a user may learn nothing new of a room, by user and room.
    cut_off: [[Option<usize>; ROOMS.len()]; USERS.len()],
    messages: Vec<(usize, MessageId)>,
    /// The bytes sent to each room, and the number of steps that changed it.
    content: [usize; ROOMS.len()],
    changes: [usize; ROOMS.len()],
    largest: usize,
    /// The positions that did not reach some connection, by room.
    skipped: Vec<(String, u64)>,
    refs: usize,
}

impl World {
    pub(super) async fn new(setting: u8) -> Self {
        let mut config = Config::default();
        if setting & 1 == 0 {
            config.rates = Rates::unlimited();
        }
        let engine = Engine::builder(ByName)
            .config(config)
            .clock(TokioClock(Instant::now()))
            .build();
        for (name, kind) in ROOMS.iter().zip([RoomKind::Group, RoomKind::Public]) {
            let room = CreateRoom::new(kind)
                .id(RoomId::new(*name).expect("an id"))
                .name(*name)
                .members([user(1)]);
            let owner = Actor::User(user(0));
            engine.create_room(&owner, room).await.expect("a room");
        }
        Self {
            rest: RestService::new(engine.clone()),
            engine,
            connections: Vec::new(),
            cut_off: [[None; 2], [None; 2], [Some(0), None]],
            messages: Vec::new(),
            content: [0; 2],
            changes: [1; 2],
            largest: 0,
            skipped: Vec::new(),
            refs: 0,
        }
    }

    /// Applies one step, waits until the engine is idle, and checks the results.
    pub(super) async fn apply(&mut self, n: usize, step: Step<'_>) {
        let mut content = 0;
        match step {
            Step::Connect { user } => self.connect(usize::from(user) % USERS.len()),
            Step::Disconnect { connection } => {
                if let Some(connection) = self.connection(connection) {
                    connection.close();
                }
            }
            Step::Stall { connection, on } => {
                if let Some(connection) = self.connection(connection) {
                    connection.stall(on);
                }
            }
            Step::Raw { connection, text } => {
                if let Some(connection) = self.connection(connection)
                    && std::str::from_utf8(text).is_ok()
                {
                    connection.send(Inbound::Text(Bytes::copy_from_slice(text)));
                }
            }
            Step::Frame { connection, kind } => {
                if let Some(connection) = self.connection(connection) {
                    connection.send(match kind % 3 {
                        0 => Inbound::Binary(Bytes::new()),
                        1 => Inbound::Ping(Bytes::from_static(b"ping")),
                        _ => Inbound::Pong,
                    });
                }
            }
            Step::Command {
                connection,
                command,
            } => {
                if command.is_about_a_message() {
                    content = self.largest;
                }
                content += self.command(n, connection, command);
            }
            Step::Call {
                user,
                call,
                room,
                argument,
            } => {
                content = self.largest;
                self.call(user, call, room, argument).await;
            }
            Step::App { action, room, user } => self.app(n, action, room, user).await,
            Step::Burst {
                room,
                user,
                count,
                text,
            } => {
                self.burst(n, room, user, count, text).await;
            }
            Step::Wait(time) => tokio::time::sleep(time).await,
        }
        for connection in &mut self.connections {
            connection.allow(content, 1);
        }
        tokio::time::sleep(SETTLE).await;
        self.receive();
    }

    fn connect(&mut self, user: usize) {
        if self.connections.len() < MAX_CONNECTIONS {
            let connection = Connection::open(&self.engine, user, USERS[user]);
            self.connections.push(connection);
        }
    }

    fn connection(&mut self, n: u8) -> Option<&mut Connection> {
        let count = self.connections.len().max(1);
        self.connections.get_mut(usize::from(n) % count)
    }

    /// Sends a command and returns its size in bytes.
    fn command(&mut self, n: usize, connection: u8, command: Command) -> usize {
        let room = |room: u8| usize::from(room) % ROOMS.len();
        let (mut joined, mut changed) = (None, None);
        let mut frame = match command {
            Command::Join { room: r, history } => {
                joined = Some(room(r));
                json!({"type": "JOIN_ROOM", "roomId": ROOMS[room(r)], "history": history})
            }
            Command::Resume { room: r, after } => {
                joined = Some(room(r));
                let epoch = self.epoch(room(r));
                json!({"type": "JOIN_ROOM", "roomId": ROOMS[room(r)], "epoch": epoch, "after": after})
            }
            Command::Leave { room: r } => json!({"type": "LEAVE_ROOM", "roomId": ROOMS[room(r)]}),
            Command::Send {
                room: r,
                text: t,
                extra,
            } => {
                changed = Some(room(r));
                let mut frame = json!({"type": "SEND_MESSAGE", "roomId": ROOMS[room(r)],
                    "clientMessageId": format!("c{}", extra % 32), "text": text(n, t)});
                let (in_room, id) = self.message(extra);
                if extra & 0x20 != 0 && in_room == room(r) {
                    frame["replyTo"] = json!(id);
                }
                if extra & 0x40 != 0 {
                    frame["mentions"] = json!(USERS);
                }
                frame
            }
            Command::Edit { message, text: t } => {
                let (room, id) = self.message(message);
                changed = Some(room);
                json!({"type": "EDIT_MESSAGE", "roomId": ROOMS[room], "messageId": id, "text": text(n, t)})
            }
            Command::Delete { message } => {
                let (room, id) = self.message(message);
                changed = Some(room);
                json!({"type": "DELETE_MESSAGE", "roomId": ROOMS[room], "messageId": id})
            }
            Command::React {
                message,
                emoji,
                add,
            } => {
                let (room, id) = self.message(message);
                changed = Some(room);
                let kind = if add {
                    "ADD_REACTION"
                } else {
                    "REMOVE_REACTION"
                };
                let emoji = ["👍", "🎉", "👩‍👩‍👧‍👦", "x", ""][usize::from(emoji) % 5];
                json!({"type": kind, "roomId": ROOMS[room], "messageId": id, "emoji": emoji})
            }
            Command::Read { room: r, seq } => {
                json!({"type": "MARK_READ", "roomId": ROOMS[room(r)], "seq": seq})
            }
            Command::Typing { room: r, typing } => {
                json!({"type": "TYPING", "roomId": ROOMS[room(r)], "typing": typing})
            }
            Command::Refresh { token } => {
                json!({"type": "REFRESH_TOKEN", "token": USERS[usize::from(token) % USERS.len()]})
            }
            Command::Ping => json!({"type": "PING"}),
        };
        self.refs += 1;
        let reference = self.refs.to_string();
        frame["ref"] = json!(reference);
        let frame = frame.to_string();
        let len = frame.len();
        if let Some(room) = changed {
            self.content[room] += len;
            self.changes[room] += 1;
            self.largest = self.largest.max(len);
        }
        let log = joined.map(|room| (room, self.content[room], self.changes[room]));
        if let Some(connection) = self.connection(connection) {
            if let Some((room, content, changes)) = log {
                connection.joins(reference, ROOMS[room], content, changes);
            }
            connection.send(Inbound::Text(frame.into()));
        }
        len
    }

    fn epoch(&self, room: usize) -> Option<String> {
        let head = futures::FutureExt::now_or_never(
            self.engine
                .head(&Actor::App, &RoomId::new(ROOMS[room]).expect("an id")),
        );
        head.and_then(Result::ok).map(|head| head.epoch.to_string())
    }

    fn message(&self, n: u8) -> (usize, MessageId) {
        let count = self.messages.len().max(1);
        let known = self.messages.get(usize::from(n) % count).copied();
        known.unwrap_or_else(|| (0, MessageId::random()))
    }

    async fn call(&mut self, by: u8, call: u8, room: u8, argument: u8) {
        let by = usize::from(by) % USERS.len();
        let (method, path, body) = CALLS[usize::from(call) % CALLS.len()];
        let (_, message) = self.message(argument);
        let path = path
            .replace("{}", ROOMS[usize::from(room) % ROOMS.len()])
            .replace("[]", &message.to_string())
            .replace("<>", USERS[usize::from(argument) % USERS.len()]);
        let request = http::Request::builder()
            .method(method)
            .uri(&path)
            .header("authorization", format!("Bearer {}", USERS[by]))
            .body(Bytes::from_static(body.as_bytes()))
            .expect("a request");
        let response = self.rest.handle(request, None).await;
        assert_ne!(response.status(), 500, "{method} {path}");
        let all: usize = self.content.iter().sum();
        let messages: usize = self.changes.iter().sum();
        let most = 2 * all + (8 + messages) * 512;
        assert!(
            response.body().len() <= most,
            "{} bytes",
            response.body().len()
        );
        if let Ok(body) = serde_json::from_slice(response.body()) {
            self.may_see(by, &body);
        }
        // The call may have changed a message.
        self.changes.iter_mut().for_each(|changes| *changes += 1);
        self.content
            .iter_mut()
            .for_each(|content| *content += self.largest);
    }

    async fn app(&mut self, n: usize, action: u8, room: u8, whom: u8) {
        let (room, whom) = (
            usize::from(room) % ROOMS.len(),
            usize::from(whom) % USERS.len(),
        );
        let (id, other) = (RoomId::new(ROOMS[room]).expect("an id"), user(whom));
        let app = Actor::App;
        // The call may well be refused.
        match action % 6 {
            0 => {
                let banned = self.engine.ban(&app, &id, &other, None, None).await;
                if banned.is_ok() {
                    self.cut_off[whom][room].get_or_insert(n);
                }
            }
            1 => {
                // A ban ends the membership, so an unban restores access only to the public room.
                if let Ok(true) = self.engine.unban(&app, &id, &other).await
                    && room == 1
                {
                    self.cut_off[whom][room] = None;
                }
            }
            2 => {
                let removed = self.engine.remove_member(&app, &id, &other).await;
                if removed.is_ok() && room == 0 {
                    self.cut_off[whom][room].get_or_insert(n);
                }
            }
            3 => {
                if self
                    .engine
                    .add_member(&app, &id, &other, Role::Member)
                    .await
                    .is_ok()
                {
                    self.cut_off[whom][room] = None;
                }
            }
            4 => self.engine.disconnect(&other, "by the app"),
            _ => {
                let _ = self.engine.set_invisible(&other, n.is_multiple_of(2)).await;
            }
        }
        self.changes[room] += 1;
    }

    /// Sends many messages of a user through the app.
    async fn burst(&mut self, n: usize, room: u8, by: u8, count: u8, kind: u8) {
        let room = usize::from(room) % ROOMS.len();
        let id = RoomId::new(ROOMS[room]).expect("an id");
        let actor = Actor::User(user(usize::from(by) % USERS.len()));
        let text = text(n, kind);
        let len = json!(text).to_string().len();
        let mut sent = 0;
        let room_left = MAX_CONTENT.saturating_sub(self.content.iter().sum());
        for _ in 0..=usize::from(count % 64).min(room_left / len) {
            let appended = self
                .engine
                .send(&actor, &id, Draft::text(text.clone()))
                .await;
            if let Ok(appended) = appended {
                self.messages.push((room, appended.message.id));
                sent += 1;
            }
        }
        self.content[room] += sent * len;
        self.changes[room] += sent;
        self.largest = self.largest.max(len);
        for connection in &mut self.connections {
            connection.allow(sent * len, sent);
        }
    }

    /// Checks all pending events.
    fn receive(&mut self) {
        let mut seen = Vec::new();
        for connection in &mut self.connections {
            for event in connection.receive() {
                seen.push((connection.user, event));
            }
            self.skipped.append(&mut connection.skipped);
        }
        for (user, event) in seen {
            self.may_see(user, &event);
            if event["type"] == "MESSAGE_ACK" {
                let room = ROOMS.iter().position(|room| event["roomId"] == *room);
                let id = event["messageId"].as_str().and_then(|id| id.parse().ok());
                self.messages.extend(room.zip(id));
            }
        }
        self.connections
            .retain(|connection| connection.closed.is_none());
    }

    /// Panics if the value contains a text from after its reader was cut off from the room.
    fn may_see(&self, user: usize, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.may_see(user, item)),
            Value::Object(fields) => {
                let room = ROOMS.iter().position(|room| value["roomId"] == *room);
                let step = value["text"].as_str().and_then(written_at);
                if let (Some(room), Some(step)) = (room, step)
                    && let Some(since) = self.cut_off[user][room]
                {
                    assert!(
                        step < since,
                        "{} was cut off at {since}: {value}",
                        USERS[user]
                    );
                }
                fields.values().for_each(|field| self.may_see(user, field));
            }
            _ => {}
        }
    }

    /// Lets all clients read everything and then disconnect.
    pub(super) async fn end(mut self) {
        for connection in &mut self.connections {
            connection.allow(self.largest, 1);
            connection.stall(false);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        self.receive();
        for (name, room) in ROOMS
            .iter()
            .map(|name| (name, RoomId::new(*name).expect("an id")))
        {
            let head = self
                .engine
                .head(&Actor::App, &room)
                .await
                .expect("a head")
                .head;
            self.skipped_were_superseded(&room).await;
            for connection in &self.connections {
                assert!(!connection.is_syncing(name), "a resume did not complete");
                let through = connection.through(name).unwrap_or(head);
                assert_eq!(through, head, "{} missed an event", USERS[connection.user]);
            }
        }
        for connection in &mut self.connections {
            connection.close();
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(self.engine.connection_count(), 0, "a connection leaked");
    }
}

impl World {
    /// Panics if a skipped position still holds the latest state of a message.
    async fn skipped_were_superseded(&self, room: &RoomId) {
        let mut through = 0;
        loop {
            let page = self.engine.changes(&Actor::App, room, through, 100).await;
            let page = page.expect("changes");
            for message in &page.messages {
                let skipped = self.skipped.iter();
                let mut of_room = skipped.filter(|(name, _)| name == room.as_str());
                assert!(
                    of_room.all(|(_, rev)| *rev != message.rev),
                    "{} of {room} was lost",
                    message.rev
                );
            }
            through = page.through;
            if through >= page.head {
                break;
            }
        }
    }
}

/// A text of up to and beyond the maximum length, which begins with its step.
fn text(n: usize, kind: u8) -> String {
    let begin = format!("{n}:");
    let room = 4_000 - begin.len();
    let rest = match kind % 8 {
        0 => "x".repeat(usize::from(kind) / 8),
        1 => "x".repeat(room),
        2 => "\u{6587}".repeat(room),
        3 => "\u{1}".repeat(room),
        4 => "\"\\".repeat(room / 2),
        5 => "x".repeat(room + 1),
        6 => "\u{1f468}\u{200d}\u{1f469}".repeat(usize::from(kind)),
        _ => String::new(),
    };
    begin + &rest
}

/// The step in which a text was written.
fn written_at(text: &str) -> Option<usize> {
    text.split_once(':')?.0.parse().ok()
}

fn user(n: usize) -> UserId {
    UserId::new(USERS[n]).expect("an id")
}

/// Authenticates users by using the token as the user id.
#[derive(Debug)]
struct ByName;

#[async_trait::async_trait]
impl Authenticator for ByName {
    async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity> {
        match credentials.token {
            Some(name) => Ok(Identity::new(UserId::new(name)?)),
            None => Err(Error::new(ErrorKind::Unauthenticated, "no token")),
        }
    }
}

/// A clock that follows tokio's time.
#[derive(Debug)]
struct TokioClock(Instant);

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000).after(self.0.elapsed())
    }
}
