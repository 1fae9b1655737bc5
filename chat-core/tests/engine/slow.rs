use std::time::Duration;

use chat_core::backend::{Hooks, SendContext, Verdict};
use chat_core::engine::CreateRoom;
use chat_core::model::{Draft, Role, RoomKind};
use chat_core::{Actor, Engine, Result};
use serde_json::json;

use crate::support::{ByName, Client, config, room, send_as, user};

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_is_closed_and_resumes_without_loss() {
    let mut config = config();
    config.outbox_max_frames = 50;
    let engine = Engine::builder(ByName).config(config).build();
    let general = CreateRoom::new(RoomKind::Public).id(room("general"));
    engine.create_room(&Actor::App, general).await.unwrap();
    let mut alice = Client::connect(&engine, "alice").await;
    let mut slow = Client::connect(&engine, "slow").await;
    alice.join("general").await;
    let joined = slow.join("general").await;
    slow.stall(true);
    for n in 0..200 {
        alice.say("general", &n.to_string(), "x").await;
    }
    assert_eq!(alice.settle().await.len(), 1, "others are not delayed");
    slow.stall(false);
    let mut last = 0;
    let code = loop {
        match slow.next_or_close().await {
            Ok(event) if event["type"] == "MESSAGE_CREATED" => {
                let rev = event["rev"].as_u64().unwrap();
                assert_eq!(rev, last + 1);
                last = rev;
            }
            Ok(_) => {}
            Err(code) => break code,
        }
    };
    assert_eq!(code, 1013);
    assert!(last < 200);

    let mut back = Client::connect(&engine, "slow").await;
    back.send(
        &json!({"type": "JOIN_ROOM", "roomId": "general", "epoch": joined["epoch"], "after": last}),
    );
    assert_eq!(back.next_of("ROOM_JOINED").await["recovered"], true);
    loop {
        let sync = back.next_of("ROOM_SYNC").await;
        for change in sync["changes"].as_array().unwrap() {
            last += 1;
            assert_eq!(change["rev"], last);
        }
        if sync["done"] == true {
            break;
        }
    }
    assert_eq!(last, 200);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_tells_when_to_come_back_and_loses_nothing() {
    let engine = Engine::builder(ByName).config(config()).build();
    let general = CreateRoom::new(RoomKind::Public).id(room("general"));
    engine.create_room(&Actor::App, general).await.unwrap();
    let mut clients = Vec::new();
    for n in 0..30 {
        let mut client = Client::connect(&engine, &format!("user-{n}")).await;
        client.join("general").await;
        clients.push(client);
    }
    engine
        .add_member(&Actor::App, &room("general"), &user("alice"), Role::Member)
        .await
        .unwrap();
    send_as(&engine, "alice", "general", "last").await;
    let stopping = engine.clone();
    let stopping = tokio::spawn(async move { stopping.shutdown().await });
    let mut advised = Vec::new();
    for client in &mut clients {
        assert_eq!(client.next_of("MESSAGE_CREATED").await["rev"], 1);
        let going = client.next_of("GOING_AWAY").await;
        advised.push(going["reconnectAfterMs"].as_u64().unwrap());
        assert_eq!(client.closed().await, 1012);
    }
    advised.sort_unstable();
    advised.dedup();
    assert!(
        advised.len() > 15,
        "the reconnects must be spread out: {advised:?}"
    );
    stopping.await.unwrap();
    assert_eq!(engine.connection_count(), 0);
    assert_eq!(Client::open(&engine, Some("late")).closed().await, 1012);
}

/// A hook that takes longer per message than the timeout of a silent client.
#[derive(Debug)]
struct Ponderous;

#[async_trait::async_trait]
impl Hooks for Ponderous {
    async fn before_send(&self, _: SendContext<'_>, _: &Draft) -> Result<Verdict> {
        tokio::time::sleep(Duration::from_secs(200)).await;
        Ok(Verdict::Allow)
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_waits_long_for_its_answer_is_not_taken_for_dead() {
    let engine = Engine::builder(ByName).config(config()).hooks(Ponderous);
    let engine = engine.build();
    let general = CreateRoom::new(RoomKind::Public).id(room("general"));
    engine.create_room(&Actor::App, general).await.unwrap();
    let mut alice = Client::connect(&engine, "alice").await;
    alice.join("general").await;
    let send =
        json!({"type": "SEND_MESSAGE", "roomId": "general", "clientMessageId": "a", "text": "x"});
    alice.send(&send);
    tokio::time::sleep(Duration::from_secs(250)).await;
    assert_eq!(alice.next_of("MESSAGE_ACK").await["seq"], 1);
}
