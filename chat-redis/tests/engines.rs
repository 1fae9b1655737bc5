//! Two engines on one Redis deliver each other's messages, even while Redis is down.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::time::Duration;

use async_trait::async_trait;
use chat_core::backend::{Authenticator, Credentials, Identity};
use chat_core::engine::{CreateRoom, Inbound};
use chat_core::memory::{MemoryMessages, MemoryRooms};
use chat_core::model::{Draft, RoomKind};
use chat_core::testing::{MemoryPeer, Outbound, memory_socket};
use chat_core::{Actor, Engine, Error, Handshake, Result, RoomId, UserId};
use chat_redis::Redis;
use chat_testbed::RedisServer;

use support::alert;

/// The timeout for expected events.
const PATIENCE: Duration = Duration::from_secs(60);

/// An authenticator that takes the token as the user id.
#[derive(Debug)]
struct ByName;

#[async_trait]
impl Authenticator for ByName {
    async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity> {
        let name = credentials
            .token
            .ok_or_else(|| Error::invalid("no token"))?;
        Ok(Identity::new(UserId::new(name)?))
    }
}

fn user(name: &str) -> UserId {
    name.parse().unwrap()
}

fn team() -> RoomId {
    "team".parse().unwrap()
}

struct Cluster {
    server: RedisServer,
    nodes: [Engine; 2],
}

impl Cluster {
    async fn start() -> Self {
        let server = RedisServer::start().unwrap();
        let (rooms, messages) = (MemoryRooms::new(), MemoryMessages::new());
        let nodes = [(); 2].map(|()| {
            let redis = Redis::open(&server.url(), alert()).unwrap();
            Engine::builder(ByName)
                .rooms(rooms.clone())
                .messages(messages.clone())
                .broker(redis.broker().unwrap())
                .presence(redis.presence())
                .limiter(redis.limits())
                .build()
        });
        let room = CreateRoom::new(RoomKind::Group)
            .id(team())
            .members(["alice", "bob"].map(user));
        nodes[0].create_room(&Actor::App, room).await.unwrap();
        Self { server, nodes }
    }

    async fn say(&self, node: usize, text: &str) {
        let alice = Actor::User(user("alice"));
        let (engine, room) = (&self.nodes[node], team());
        engine.send(&alice, &room, Draft::text(text)).await.unwrap();
    }
}

struct Client(MemoryPeer);

impl Client {
    fn connect(engine: &Engine, name: &str) -> Self {
        let (socket, peer) = memory_socket();
        let handshake = Handshake::new(Some(name.to_owned()));
        tokio::spawn(engine.serve(socket, handshake));
        let join = r#"{"type":"JOIN_ROOM","roomId":"team"}"#;
        peer.send(Inbound::Text(join.into()));
        Self(peer)
    }

    /// Waits for the next event that contains `what` and skips others.
    async fn next_with(&mut self, what: &str) -> String {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.0.recv()).await;
            match next
                .expect("no event in time")
                .expect("the socket is closed")
            {
                Outbound::Text(text) => {
                    let text = String::from_utf8(text.to_vec()).unwrap();
                    if text.contains(what) {
                        return text;
                    }
                }
                Outbound::Closed(code) => panic!("closed with {code}"),
            }
        }
    }

    /// Asserts that these are exactly the next messages. Other events are skipped.
    async fn hears(&mut self, texts: &[String]) {
        for text in texts {
            let next = self.next_with("MESSAGE_CREATED").await;
            assert!(next.contains(&format!("\"text\":\"{text}\"")), "{next}");
        }
    }
}

fn numbered(from: usize, to: usize) -> Vec<String> {
    (from..to).map(|n| format!("message {n}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_on_one_node_is_heard_on_the_other() {
    let cluster = Cluster::start().await;
    let mut bob = Client::connect(&cluster.nodes[1], "bob");
    bob.next_with("ROOM_JOINED").await;
    let _alice = Client::connect(&cluster.nodes[0], "alice");
    bob.next_with(r#"{"type":"USER_ONLINE","userId":"alice"}"#)
        .await;
    let texts = numbered(0, 50);
    for (n, text) in texts.iter().enumerate() {
        cluster.say(n % 2, text).await;
    }
    bob.hears(&texts).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_while_redis_is_dead_is_heard_once_and_in_order() {
    let mut cluster = Cluster::start().await;
    let mut bob = Client::connect(&cluster.nodes[1], "bob");
    bob.next_with("ROOM_JOINED").await;
    cluster.say(0, "message 0").await;
    bob.hears(&numbered(0, 1)).await;
    cluster.server.kill().unwrap();
    for text in numbered(1, 20) {
        cluster.say(0, &text).await;
    }
    // Nodes poll the heads of logs while the broker is down.
    bob.hears(&numbered(1, 20)).await;
    cluster.server.restart().unwrap();
    for text in numbered(20, 40) {
        cluster.say(0, &text).await;
    }
    bob.hears(&numbered(20, 40)).await;
}
