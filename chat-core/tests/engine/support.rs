//! In-memory clients and clusters.

use std::time::Duration;

use bytes::Bytes;
use chat_core::backend::{Authenticator, Credentials, Identity};
use chat_core::engine::Inbound;
use chat_core::memory::{
    MemoryBroker, MemoryBus, MemoryMessages, MemoryModeration, MemoryPresence, MemoryRooms,
    MemoryUsers,
};
use chat_core::model::{Appended, Draft};
use chat_core::testing::{MemoryPeer, Outbound, memory_socket};
use chat_core::{
    Actor, Clock, Config, Engine, EngineBuilder, Error, ErrorKind, Handshake, Result, RoomId,
    Timestamp, UserId,
};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

#[path = "../schema/mod.rs"]
#[allow(dead_code, reason = "shared with the tests of the documents")]
pub(crate) mod schema;

/// Longer than any step takes. Where it matters, time is paused.
const PATIENCE: Duration = Duration::from_secs(30);

/// Authenticates users by using the token as the user id; `expired` has expired.
#[derive(Debug)]
pub(crate) struct ByName;

#[async_trait::async_trait]
impl Authenticator for ByName {
    async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity> {
        match credentials.token {
            Some("expired") => Err(Error::new(ErrorKind::TokenExpired, "expired")),
            Some(name) => Ok(Identity::new(UserId::new(name)?)),
            None => Err(Error::new(ErrorKind::Unauthenticated, "who?")),
        }
    }
}

pub(crate) fn user(name: &str) -> UserId {
    UserId::new(name).unwrap()
}

pub(crate) fn room(name: &str) -> RoomId {
    RoomId::new(name).unwrap()
}

/// Sends a text through the engine's API.
pub(crate) async fn send_as(engine: &Engine, name: &str, to: &str, text: &str) -> Appended {
    let actor = Actor::User(user(name));
    let sent = engine.send(&actor, &room(to), Draft::text(text)).await;
    sent.unwrap()
}

/// Follows tokio's clock, even while it is paused.
#[derive(Debug)]
pub(crate) struct TokioClock(tokio::time::Instant);

impl TokioClock {
    pub(crate) fn new() -> Self {
        Self(tokio::time::Instant::now())
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000).after(self.0.elapsed())
    }
}

#[derive(Clone, Default)]
pub(crate) struct Shared {
    pub(crate) rooms: MemoryRooms,
    pub(crate) messages: MemoryMessages,
    pub(crate) users: MemoryUsers,
    pub(crate) moderation: MemoryModeration,
    pub(crate) bus: MemoryBus,
    pub(crate) presence: MemoryPresence,
}

impl Shared {
    pub(crate) fn node(&self, config: Config) -> (Engine, MemoryBroker) {
        let broker = self.bus.broker();
        (self.builder(config, broker.clone()).build(), broker)
    }

    pub(crate) fn builder(&self, config: Config, broker: MemoryBroker) -> EngineBuilder {
        Engine::builder(ByName)
            .config(config)
            .rooms(self.rooms.clone())
            .messages(self.messages.clone())
            .users(self.users.clone())
            .moderation(self.moderation.clone())
            .broker(broker)
            .presence(self.presence.clone())
    }
}

/// A configuration without rate limits.
pub(crate) fn config() -> Config {
    let mut config = Config::default();
    config.rates = chat_core::Rates::unlimited();
    config
}

pub(crate) struct Client {
    peer: MemoryPeer,
    serving: JoinHandle<()>,
    refs: u64,
}

impl Client {
    /// Connects, without waiting for `HELLO`.
    pub(crate) fn open(engine: &Engine, token: Option<&str>) -> Self {
        let (socket, peer) = memory_socket();
        let handshake = Handshake::new(token.map(str::to_owned));
        let engine = engine.clone();
        let serving = tokio::spawn(async move { engine.serve(socket, handshake).await });
        Self {
            peer,
            serving,
            refs: 0,
        }
    }

    pub(crate) async fn connect(engine: &Engine, name: &str) -> Self {
        let mut client = Self::open(engine, Some(name));
        let hello = client.next().await;
        assert_eq!(hello["type"], "HELLO");
        assert_eq!(hello["userId"], name);
        client
    }

    pub(crate) fn send_raw(&self, inbound: Inbound) {
        self.peer.send(inbound);
    }

    pub(crate) fn send(&self, command: &Value) {
        self.send_raw(Inbound::Text(command.to_string().into()));
    }

    /// Stops reading frames, or resumes.
    pub(crate) fn stall(&self, on: bool) {
        self.peer.stall(on);
    }

    async fn next_raw(&mut self) -> Option<Outbound> {
        tokio::time::timeout(PATIENCE, self.peer.recv())
            .await
            .expect("timed out waiting for a frame")
            .inspect(|outbound| {
                if let Outbound::Text(text) = outbound {
                    schema::check_event(&serde_json::from_slice(text).unwrap());
                }
            })
    }

    pub(crate) async fn next_bytes(&mut self) -> Bytes {
        match self.next_raw().await {
            Some(Outbound::Text(text)) => text,
            Some(Outbound::Closed(code)) => panic!("closed with {code}"),
            None => panic!("the server dropped the socket"),
        }
    }

    pub(crate) async fn next(&mut self) -> Value {
        serde_json::from_slice(&self.next_bytes().await).unwrap()
    }

    /// Receives the next event of this type, skipping others.
    pub(crate) async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let event = self.next().await;
            if event["type"] == kind {
                return event;
            }
        }
    }

    /// Receives the next event, or the code with which the connection closes.
    pub(crate) async fn next_or_close(&mut self) -> Result<Value, u16> {
        match self.next_raw().await {
            Some(Outbound::Text(text)) => Ok(serde_json::from_slice(&text).unwrap()),
            Some(Outbound::Closed(code)) => Err(code),
            None => Err(1006),
        }
    }

    /// Skips events until the connection closes, and returns the close code.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next_or_close().await {
                return code;
            }
        }
    }

    /// Receives every event from before this call.
    pub(crate) async fn settle(&mut self) -> Vec<Value> {
        self.refs += 1;
        let reference = format!("settle-{}", self.refs);
        self.send(&json!({"type": "PING", "ref": reference}));
        let mut events = Vec::new();
        loop {
            let event = self.next().await;
            if event["type"] == "PONG" && event["ref"] == *reference {
                return events;
            }
            events.push(event);
        }
    }

    /// Sends a command with a `ref` and returns its reply, skipping other events.
    pub(crate) async fn ask(&mut self, mut command: Value) -> Value {
        self.refs += 1;
        let reference = format!("r{}", self.refs);
        command["ref"] = json!(reference);
        self.send(&command);
        loop {
            let event = self.next().await;
            if event["ref"] == *reference {
                if let Some(message) = event["message"].as_str() {
                    let is_lower = !message.starts_with(char::is_uppercase);
                    assert!(is_lower && !message.ends_with('.'), "{message}");
                }
                // The engine must refuse every command that the schema rejects.
                assert!(
                    event["type"] == "ERROR" || schema::is_command(&command),
                    "{command}"
                );
                return event;
            }
        }
    }

    pub(crate) async fn join(&mut self, room: &str) -> Value {
        let joined = self.ask(json!({"type": "JOIN_ROOM", "roomId": room})).await;
        assert_eq!(joined["type"], "ROOM_JOINED", "{joined}");
        joined
    }

    pub(crate) async fn say(&mut self, room: &str, id: &str, text: &str) -> Value {
        let ack = self
            .ask(json!({"type": "SEND_MESSAGE", "roomId": room, "clientMessageId": id, "text": text}))
            .await;
        assert_eq!(ack["type"], "MESSAGE_ACK", "{ack}");
        ack
    }

    /// Closes the connection and waits until the node has cleaned up.
    pub(crate) async fn leave(mut self) {
        self.peer.close();
        (&mut self.serving).await.unwrap();
    }

    /// Breaks the connection without a close frame.
    pub(crate) fn abort(self) {
        self.serving.abort();
    }
}
