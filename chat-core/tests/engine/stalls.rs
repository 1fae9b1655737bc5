//! Clients that stop reading while their commands are pending must not delay others.

use std::time::Duration;

use chat_core::Actor;
use chat_core::Engine;
use chat_core::engine::CreateRoom;
use chat_core::memory::{MemoryMessages, MemoryModeration, MemoryRooms, MemoryUsers};
use chat_core::model::{Anchor, HistoryQuery, RoomKind};
use chat_core::testing::faulty::{Faults, Trip};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{ByName, Client, config, room, send_as, user};

/// The delay of the store call at which a client stalls.
const SLOW: Duration = Duration::from_secs(10);

struct World {
    faults: Faults,
    engine: Engine,
    message: String,
}

/// Alice and Mallory are members of `private`, Eve is not. `lobby` is public.
async fn world() -> World {
    let faults = Faults::default();
    let engine = Engine::builder(ByName)
        .config(config())
        .rooms(faults.wrap(MemoryRooms::new()))
        .messages(faults.wrap(MemoryMessages::new()))
        .users(faults.wrap(MemoryUsers::new()))
        .moderation(faults.wrap(MemoryModeration::new()))
        .build();
    let lobby = CreateRoom::new(RoomKind::Public).id(room("lobby"));
    let private = CreateRoom::new(RoomKind::Group)
        .id(room("private"))
        .members(["alice", "mallory"].map(user));
    for new in [lobby, private] {
        engine.create_room(&Actor::App, new).await.unwrap();
    }
    engine.join(&user("alice"), &room("lobby")).await.unwrap();
    let first = send_as(&engine, "mallory", "private", "first").await;
    send_as(&engine, "alice", "private", "second").await;
    // Wait until the room is inactive on the node.
    tokio::time::sleep(Duration::from_secs(300)).await;
    World {
        faults,
        engine,
        message: first.message.id.to_string(),
    }
}

/// The commands under test, with the epoch that a resume needs.
fn commands(message: &str, epoch: &str) -> Vec<Value> {
    vec![
        json!({"type": "JOIN_ROOM", "roomId": "private"}),
        json!({"type": "JOIN_ROOM", "roomId": "private", "after": 0, "epoch": epoch}),
        json!({"type": "SEND_MESSAGE", "roomId": "private", "clientMessageId": "c", "text": "x"}),
        json!({"type": "EDIT_MESSAGE", "roomId": "private", "messageId": message, "text": "y"}),
        json!({"type": "DELETE_MESSAGE", "roomId": "private", "messageId": message}),
        json!({"type": "DELETE_MESSAGE", "roomId": "private", "messageId": message, "forMe": true}),
        json!({"type": "ADD_REACTION", "roomId": "private", "messageId": message, "emoji": "👍"}),
        json!({"type": "MARK_READ", "roomId": "private", "seq": 1}),
    ]
}

/// Stalls a client at one of the store calls of its command. Returns `false` if the command makes
/// no such call.
async fn stall_at(call: usize, who: &str, which: usize) -> bool {
    let World {
        faults,
        engine,
        message,
    } = world().await;
    let epoch = engine
        .head(&Actor::App, &room("private"))
        .await
        .unwrap()
        .epoch;
    tokio::time::sleep(Duration::from_secs(300)).await;
    let mut stalled = Client::connect(&engine, who).await;
    stalled.join("lobby").await;
    let command = &commands(&message, &epoch.to_string())[which];
    faults.trip(call, Trip::Delay(SLOW));
    stalled.send(command);
    stalled.stall(true);
    let struck = tokio::time::timeout(SLOW, faults.wait_for_trip()).await;
    if struck.is_err() {
        return false;
    }
    // The socket is stalled; give it something to write.
    send_as(&engine, "alice", "lobby", "to fill the socket").await;
    tokio::time::sleep(SLOW + Duration::from_secs(1)).await;

    let start = Instant::now();
    send_as(&engine, "alice", "private", "a member is not delayed").await;
    let mut alice = Client::connect(&engine, "alice").await;
    alice.join("private").await;
    let query = HistoryQuery::new(Anchor::Newest, 10);
    let alice = Actor::User(user("alice"));
    let page = engine.history(&alice, &room("private"), &query).await;
    assert!(page.unwrap().messages.len() >= 3);
    let waited = start.elapsed();
    assert!(
        waited < Duration::from_millis(100),
        "{who} at {call} with {command}: {waited:?}"
    );
    true
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stalls_in_a_command_holds_up_nobody() {
    for (who, commands) in [("mallory", 0..8), ("eve", 0..2)] {
        for which in commands {
            let mut calls = 0;
            while stall_at(calls, who, which).await {
                calls += 1;
            }
            assert!(calls > 0, "{who}'s command {which} makes no store call");
        }
    }
}

/// A stranger's attempt to join does not activate a private room.
#[tokio::test(start_paused = true)]
async fn nothing_is_done_for_a_stranger() {
    let World { faults, engine, .. } = world().await;
    let mut eve = Client::connect(&engine, "eve").await;
    eve.settle().await;
    let before = faults.calls().len();
    let join = json!({"type": "JOIN_ROOM", "roomId": "private"});
    assert_eq!(eve.ask(join).await["code"], "ROOM_NOT_FOUND");
    let calls = faults.calls().split_off(before);
    assert_eq!(calls, ["RoomStore::memberships", "RoomStore::room"]);
}
