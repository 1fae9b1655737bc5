use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use chat_core::backend::{Authenticator, Credentials, Identity};
use chat_core::engine::CreateRoom;
use chat_core::memory::{
    MemoryBus, MemoryMessages, MemoryModeration, MemoryPresence, MemoryRooms, MemoryUsers,
};
use chat_core::model::{Draft, Role, RoomKind};
use chat_core::testing::faulty::Faults;
use chat_core::testing::{MemoryPeer, Outbound, memory_socket};
use chat_core::{
    Actor, Config, Engine, Error, ErrorKind, Handshake, MessageId, Rates, RoomId, UserId,
};
use serde_json::{Value, json};

pub(crate) type Done<'a> = Pin<Box<dyn Future<Output = chat_core::Result<()>> + 'a>>;

/// Authenticates users by using the token as the user id.
#[derive(Debug)]
struct ByName;

#[async_trait::async_trait]
impl Authenticator for ByName {
    async fn authenticate(&self, credentials: Credentials<'_>) -> chat_core::Result<Identity> {
        let name = credentials.token;
        let name = name.ok_or_else(|| Error::new(ErrorKind::Unauthenticated, "no token"))?;
        Ok(Identity::new(UserId::new(name)?))
    }
}

pub(crate) fn user(name: &str) -> UserId {
    UserId::new(name).unwrap()
}

pub(crate) fn room(name: &str) -> RoomId {
    RoomId::new(name).unwrap()
}

pub(crate) fn actor(name: &str) -> Actor {
    Actor::User(user(name))
}

pub(crate) struct Listener {
    pub(crate) name: &'static str,
    peer: MemoryPeer,
    pub(crate) heard: Vec<Value>,
}

impl Listener {
    fn connect(engine: &Engine, name: &'static str) -> Self {
        let (socket, peer) = memory_socket();
        tokio::spawn(engine.serve(socket, Handshake::new(Some(name.to_owned()))));
        Self {
            name,
            peer,
            heard: Vec::new(),
        }
    }

    pub(crate) fn send(&self, command: &Value) {
        self.peer.send_text(command.to_string());
    }

    fn listen(&mut self) {
        while let Some(Some(outbound)) = futures::FutureExt::now_or_never(self.peer.recv()) {
            match outbound {
                Outbound::Text(text) => self.heard.push(serde_json::from_slice(&text).unwrap()),
                Outbound::Closed(code) => self.heard.push(json!({"type": "CLOSED", "code": code})),
            }
        }
    }
}

/// A node whose stores fail and a sound one, over the same stores. Alice owns the group `team`,
/// with the members Bob (a moderator), Carol and Dave; `lobby` is public. They have joined both on
/// the sound node, except on Dave's second connection, which has joined nothing. Eve is a stranger.
pub(crate) struct World {
    pub(crate) faults: Faults,
    pub(crate) rooms: MemoryRooms,
    pub(crate) messages: MemoryMessages,
    pub(crate) users: MemoryUsers,
    pub(crate) moderation: MemoryModeration,
    /// The node that operations are sent to.
    pub(crate) faulty: Engine,
    pub(crate) sound: Engine,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) by_alice: MessageId,
    pub(crate) by_bob: MessageId,
}

impl World {
    pub(crate) async fn new() -> Self {
        let faults = Faults::default();
        let (rooms, messages) = (MemoryRooms::new(), MemoryMessages::new());
        let (users, moderation) = (MemoryUsers::new(), MemoryModeration::new());
        let (presence, bus) = (MemoryPresence::new(), MemoryBus::new());
        let mut config = Config::default();
        config.rates = Rates::unlimited();
        config.store_timeout_ms = 2_000;
        config.anti_entropy_ms = 5_000;
        config.membership_max_age_ms = 5_000;
        let sound = Engine::builder(ByName)
            .config(config.clone())
            .rooms(rooms.clone())
            .messages(messages.clone())
            .users(users.clone())
            .moderation(moderation.clone())
            .presence(presence.clone())
            .broker(bus.broker())
            .build();
        let faulty = Engine::builder(ByName)
            .config(config)
            .rooms(faults.wrap(rooms.clone()))
            .messages(faults.wrap(messages.clone()))
            .users(faults.wrap(users.clone()))
            .moderation(faults.wrap(moderation.clone()))
            .presence(presence)
            .broker(bus.broker())
            .build();
        let team = CreateRoom::new(RoomKind::Group)
            .id(room("team"))
            .name("Team")
            .members(["bob", "carol", "dave"].map(user));
        sound.create_room(&actor("alice"), team).await.unwrap();
        let lobby = CreateRoom::new(RoomKind::Public)
            .id(room("lobby"))
            .name("Lobby");
        sound.create_room(&actor("alice"), lobby).await.unwrap();
        let pair = CreateRoom::new(RoomKind::Direct)
            .id(room("pair"))
            .members(["carol"].map(user));
        sound.create_room(&actor("alice"), pair).await.unwrap();
        sound
            .set_role(
                &actor("alice"),
                &room("team"),
                &user("bob"),
                Role::Moderator,
            )
            .await
            .unwrap();
        let mut said = Vec::new();
        for name in ["alice", "bob"] {
            let draft = Draft::text(format!("hello from {name}"));
            let sent = sound
                .send(&actor(name), &room("team"), draft)
                .await
                .unwrap();
            said.push(sent.message.id);
        }
        let mut listeners = Vec::new();
        for name in ["alice", "bob", "carol", "dave"] {
            let listener = Listener::connect(&sound, name);
            for room in ["team", "lobby"] {
                listener.send(&json!({"type": "JOIN_ROOM", "roomId": room}));
            }
            listeners.push(listener);
        }
        listeners.push(Listener::connect(&sound, "dave"));
        listeners.push(Listener::connect(&sound, "eve"));
        Self {
            faults,
            rooms,
            messages,
            users,
            moderation,
            faulty,
            sound,
            listeners,
            by_alice: said[0],
            by_bob: said[1],
        }
    }

    pub(crate) async fn settle(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    pub(crate) async fn forget_events(&mut self) {
        self.listen();
        for listener in &mut self.listeners {
            assert!(
                !listener.heard.is_empty(),
                "{} received no events",
                listener.name
            );
            listener.heard.clear();
        }
    }

    pub(crate) fn listen(&mut self) {
        self.listeners.iter_mut().for_each(Listener::listen);
    }
}
