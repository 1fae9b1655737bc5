//! Clients that try to harm others, or to read more than they may.

use std::time::Duration;

use bytes::Bytes;
use chat_core::backend::{Authenticator, Credentials, Identity};
use chat_core::engine::{CreateRoom, Inbound};
use chat_core::memory::MemoryModeration;
use chat_core::model::{RoomKind, RoomPresence};
use chat_core::testing::faulty::{Faults, Trip};
use chat_core::{Actor, Clock, Engine, Timestamp, UserId};
use serde_json::{Value, json};

use crate::support::{ByName, Client, Shared, TokioClock, config, room, send_as, user};

/// A text of the maximum length, with three bytes per character.
fn long_text() -> String {
    "漢".repeat(4_000)
}

/// Fills `general` with 100 messages of the maximum length.
async fn long_room(engine: &Engine) {
    let general = CreateRoom::new(RoomKind::Public)
        .id(room("general"))
        .members(["alice", "bob", "carol"].map(user));
    engine.create_room(&Actor::App, general).await.unwrap();
    for n in 0..100 {
        let name = ["alice", "bob"][n % 2];
        send_as(engine, name, "general", &long_text()).await;
    }
}

fn resume(engine_epoch: &Value, after: u64) -> Value {
    json!({"type": "JOIN_ROOM", "roomId": "general", "epoch": engine_epoch, "after": after})
}

async fn epoch(engine: &Engine) -> Value {
    let head = engine.head(&Actor::App, &room("general")).await.unwrap();
    json!(head.epoch)
}

/// The maximum size of a page's frame: the page bound plus one message that exceeds it.
const PAGE_BYTES: usize = 64 << 10;

#[tokio::test(start_paused = true)]
async fn long_messages_lock_nobody_out() {
    let engine = Engine::builder(ByName).config(config()).build();
    long_room(&engine).await;
    let mut carol = Client::connect(&engine, "carol").await;
    carol.send(&resume(&epoch(&engine).await, 0));
    let mut through = 0;
    while through < 100 {
        let frame = carol.next_bytes().await;
        assert!(frame.len() <= PAGE_BYTES, "{} bytes", frame.len());
        let event: Value = serde_json::from_slice(&frame).unwrap();
        if event["type"] == "ROOM_SYNC" {
            for change in event["changes"].as_array().unwrap() {
                through += 1;
                assert_eq!(change["rev"], through);
            }
            assert_eq!(event["through"], through);
            assert_eq!(event["done"], through == 100);
        }
    }
    // A fresh join gets the newest messages that fit, and can page backward from the first one.
    let mut fresh = Client::connect(&engine, "alice").await;
    fresh.send(&json!({"type": "JOIN_ROOM", "roomId": "general", "history": 100}));
    let frame = fresh.next_bytes().await;
    assert!(frame.len() <= PAGE_BYTES, "{} bytes", frame.len());
    let joined: Value = serde_json::from_slice(&frame).unwrap();
    let messages = joined["messages"].as_array().unwrap();
    assert!((1..100).contains(&messages.len()));
    assert_eq!(messages.last().unwrap()["seq"], 100);
}

#[tokio::test(start_paused = true)]
async fn nothing_reaches_a_user_who_is_banned_in_the_middle_of_a_resume() {
    let engine = Engine::builder(ByName).config(config()).build();
    long_room(&engine).await;
    for stalls_after in 0..6 {
        let mut carol = Client::connect(&engine, "carol").await;
        carol.send(&resume(&epoch(&engine).await, 0));
        for _ in 0..stalls_after {
            carol.next().await;
        }
        carol.stall(true);
        tokio::time::sleep(Duration::from_secs(1)).await;
        engine
            .ban(&Actor::App, &room("general"), &user("carol"), None, None)
            .await
            .unwrap();
        for _ in 0..3 {
            send_as(&engine, "alice", "general", "not for carol").await;
        }
        carol.stall(false);
        let events = carol.settle().await;
        let of_the_room = events.iter().filter(|e| e["roomId"] == "general");
        let of_the_room: Vec<_> = of_the_room.map(|e| &e["type"]).collect();
        assert_eq!(
            of_the_room.last().unwrap(),
            &"ROOM_REMOVED",
            "{stalls_after}"
        );
        let removals = of_the_room.iter().filter(|kind| **kind == "ROOM_REMOVED");
        assert_eq!(removals.count(), 1);
        assert!(
            events
                .iter()
                .all(|e| !e.to_string().contains("not for carol"))
        );
        let refused = carol
            .ask(json!({"type": "JOIN_ROOM", "roomId": "general"}))
            .await;
        assert_eq!(refused["code"], "FORBIDDEN");
        engine
            .unban(&Actor::App, &room("general"), &user("carol"))
            .await
            .unwrap();
        engine.join(&user("carol"), &room("general")).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_ban_does_not_wait_for_the_audit_log() {
    let faults = Faults::default();
    let engine = Engine::builder(ByName)
        .config(config())
        .moderation(faults.wrap(MemoryModeration::new()))
        .build();
    long_room(&engine).await;
    let mut carol = Client::connect(&engine, "carol").await;
    carol.join("general").await;
    faults.trip(0, Trip::HangBefore);
    let banning = {
        let engine = engine.clone();
        tokio::spawn(async move {
            engine
                .ban(&Actor::App, &room("general"), &user("carol"), None, None)
                .await
        })
    };
    assert_eq!(faults.wait_for_trip().await, "ModerationStore::record");
    send_as(&engine, "alice", "general", "not for carol").await;
    let events = carol.settle().await;
    assert!(events.iter().any(|e| e["type"] == "ROOM_REMOVED"));
    assert!(
        events
            .iter()
            .all(|e| !e.to_string().contains("not for carol"))
    );
    banning.await.unwrap().unwrap();
    // The audit entry is still written.
    tokio::time::sleep(Duration::from_secs(60)).await;
    let audit = engine
        .audit(&Actor::App, &room("general"), None, 10)
        .await
        .unwrap();
    assert_eq!(audit.len(), 1);
}

/// Issues tokens that last a minute.
#[derive(Debug)]
struct ForAMinute(TokioClock);

#[async_trait::async_trait]
impl Authenticator for ForAMinute {
    async fn authenticate(&self, credentials: Credentials<'_>) -> chat_core::Result<Identity> {
        let mut identity = Identity::new(UserId::new(credentials.token.unwrap_or("nobody"))?);
        let expiry: Timestamp = self.0.now().after(Duration::from_secs(60));
        identity.expires_at = Some(expiry);
        Ok(identity)
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_runs_out_while_the_socket_is_stalled() {
    let engine = Engine::builder(ForAMinute(TokioClock::new()))
        .config(config())
        .clock(TokioClock::new())
        .build();
    long_room(&engine).await;
    let mut carol = Client::connect(&engine, "carol").await;
    carol.join("general").await;
    carol.stall(true);
    for n in 0..9 {
        let text = json!({"type": "SEND_MESSAGE", "roomId": "general", "clientMessageId": n.to_string(), "text": "x"});
        carol.send(&text);
    }
    send_as(&engine, "alice", "general", "to fill the socket").await;
    tokio::time::sleep(Duration::from_secs(61)).await;
    let head = engine
        .head(&Actor::App, &room("general"))
        .await
        .unwrap()
        .head;
    carol.stall(false);
    assert_eq!(carol.closed().await, 4001);
    tokio::time::sleep(Duration::from_secs(61)).await;
    let after = engine
        .head(&Actor::App, &room("general"))
        .await
        .unwrap()
        .head;
    assert_eq!(
        after, head,
        "commands after the token expired have no effect"
    );
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_frames_is_closed_with_1008() {
    let mut config = config();
    config.rates.frame = chat_core::backend::Quota::new(100, 1.0);
    config.rates.session = chat_core::backend::Quota::new(1, 0.1);
    let engine = Engine::builder(ByName).config(config).build();
    let floods = [
        Inbound::Ping(Bytes::from_static(b"x")),
        Inbound::Pong,
        Inbound::Binary(Bytes::new()),
        Inbound::Text(Bytes::from_static(b"{}")),
        Inbound::Text(Bytes::from_static(b"{\"type\":\"PING\"}")),
        Inbound::Text(Bytes::from_static(
            b"{\"type\":\"LEAVE_ROOM\",\"roomId\":\"x\"}",
        )),
    ];
    for frame in floods {
        let mut client = Client::connect(&engine, "carol").await;
        for _ in 0..150 {
            client.send_raw(frame.clone());
        }
        let mut answers = 0;
        let code = loop {
            match client.next_or_close().await {
                Ok(_) => answers += 1,
                Err(code) => break code,
            }
        };
        assert_eq!(code, 1008, "{frame:?}");
        assert!(answers <= 100, "{answers} replies to {frame:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_ordinary_client_is_far_from_the_bound_of_frames() {
    let engine = Engine::builder(ByName).build();
    let mut client = Client::connect(&engine, "carol").await;
    // A client that rejoins 200 rooms and sends 200 messages.
    for n in 0..400 {
        client.send(&json!({"type": "LEAVE_ROOM", "ref": n.to_string(), "roomId": "x"}));
    }
    client.settle().await;
}

#[tokio::test(start_paused = true)]
async fn a_restart_does_not_show_invisible_users() {
    let shared = Shared::default();
    let (stopping, _) = shared.node(config());
    let (other, _) = shared.node(config());
    stopping.set_invisible(&user("carol"), true).await.unwrap();
    let _carol = Client::connect(&stopping, "carol").await;
    let _bob = Client::connect(&stopping, "bob").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    stopping.shutdown().await;
    let asked = [user("carol"), user("bob")];
    let presence = other.presence(&Actor::App, &asked).await.unwrap();
    let online: Vec<_> = presence.iter().map(|p| p.online).collect();
    assert_eq!(online, [false, true]);
}

#[tokio::test(start_paused = true)]
async fn occupancy_does_not_count_invisible_users() {
    let mut config = config();
    config.presence_max = 2;
    let engine = Engine::builder(ByName).config(config).build();
    let large = CreateRoom::new(RoomKind::Public)
        .id(room("general"))
        .members(["alice", "bob", "carol"].map(user));
    engine.create_room(&Actor::App, large).await.unwrap();
    let mut clients = Vec::new();
    for name in ["alice", "bob", "carol"] {
        let mut client = Client::connect(&engine, name).await;
        client.join("general").await;
        clients.push(client);
    }
    let count = async || {
        tokio::time::sleep(Duration::from_secs(10)).await;
        let presence = engine
            .room_presence(&Actor::App, &room("general"))
            .await
            .unwrap();
        match presence {
            RoomPresence::Count { online_count, .. } => online_count,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(count().await, Some(3));
    engine.set_invisible(&user("carol"), true).await.unwrap();
    assert_eq!(count().await, Some(2));
    let told = clients[0].settle().await;
    let told = told
        .iter()
        .rev()
        .find(|e| e["type"] == "OCCUPANCY")
        .unwrap();
    assert_eq!(told["online"], 2);
    engine.set_invisible(&user("carol"), false).await.unwrap();
    assert_eq!(count().await, Some(3));
}

#[tokio::test(start_paused = true)]
async fn no_activity_follows_a_removal() {
    for pause in [0, 1, 100, 249, 250, 251, 300] {
        let engine = Engine::builder(ByName).config(config()).build();
        let general = CreateRoom::new(RoomKind::Group)
            .id(room("general"))
            .members(["alice", "carol"].map(user));
        engine.create_room(&Actor::App, general).await.unwrap();
        let mut carol = Client::connect(&engine, "carol").await;
        send_as(&engine, "alice", "general", "x").await;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        engine
            .remove_member(&Actor::App, &room("general"), &user("carol"))
            .await
            .unwrap();
        send_as(&engine, "alice", "general", "y").await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        let events = carol.settle().await;
        let removed = events
            .iter()
            .position(|e| e["type"] == "ROOM_REMOVED")
            .unwrap();
        let later: Vec<_> = events[removed + 1..]
            .iter()
            .filter(|e| e["roomId"] == "general")
            .collect();
        assert!(later.is_empty(), "{pause}: {later:?}");
    }
}
