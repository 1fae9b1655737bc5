//! Events that a connection receives while its join is pending.

use std::time::Duration;

use chat_core::engine::CreateRoom;
use chat_core::model::RoomKind;
use chat_core::{Actor, Engine};
use serde_json::{Value, json};

use crate::support::{ByName, Client, config, room, send_as, user};

async fn team() -> Engine {
    let engine = Engine::builder(ByName).config(config()).build();
    let team = CreateRoom::new(RoomKind::Group)
        .id(room("team"))
        .members(["alice", "bob"].map(user));
    engine.create_room(&Actor::App, team).await.unwrap();
    engine
}

/// The types of the events about the team.
fn of_the_team(events: &[Value]) -> Vec<&str> {
    let about = events.iter().filter(|event| event["roomId"] == "team");
    about.map(|event| event["type"].as_str().unwrap()).collect()
}

/// A client that acts on `ROOM_JOINED` misses no event that results.
#[tokio::test(start_paused = true)]
async fn whoever_is_told_of_the_join_has_joined() {
    let engine = team().await;
    let mut bob = Client::connect(&engine, "bob").await;
    bob.join("team").await;
    let mut alice = Client::connect(&engine, "alice").await;
    alice.stall(true);
    alice.send(&json!({"type": "JOIN_ROOM", "roomId": "team"}));
    tokio::time::sleep(Duration::from_secs(1)).await;
    bob.send(&json!({"type": "TYPING", "roomId": "team", "typing": true}));
    bob.settle().await;
    alice.stall(false);
    let events = alice.settle().await;
    assert_eq!(of_the_team(&events), ["ROOM_JOINED", "TYPING"]);
}

#[tokio::test(start_paused = true)]
async fn a_room_that_is_deleted_in_the_middle_of_a_resume_is_removed() {
    let long = "\u{6f22}".repeat(4_000);
    for stalls_after in 0..6 {
        let engine = team().await;
        for _ in 0..20 {
            send_as(&engine, "bob", "team", &long).await;
        }
        let head = engine.head(&Actor::App, &room("team")).await.unwrap();
        let mut alice = Client::connect(&engine, "alice").await;
        let epoch = head.epoch;
        alice.send(&json!({"type": "JOIN_ROOM", "roomId": "team", "epoch": epoch, "after": 0}));
        for _ in 0..stalls_after {
            alice.next().await;
        }
        alice.stall(true);
        tokio::time::sleep(Duration::from_secs(1)).await;
        engine
            .delete_room(&Actor::App, &room("team"))
            .await
            .unwrap();
        alice.stall(false);
        let events = alice.settle().await;
        let heard = of_the_team(&events);
        assert_eq!(heard.last(), Some(&"ROOM_REMOVED"), "{stalls_after}");
        let removals = heard.iter().filter(|kind| **kind == "ROOM_REMOVED");
        assert_eq!(removals.count(), 1, "{stalls_after}");
    }
}
