use std::time::Duration;

use chat_core::engine::CreateRoom;
use chat_core::memory::MemoryMessages;
use chat_core::model::RoomKind;
use chat_core::testing::faulty::{FaultRates, Faults};
use chat_core::{Actor, Engine};
use serde_json::json;

use crate::support::{ByName, Client, config, room, send_as};

/// Two clients join a room that is not active on this node. The first one's read of the log fails
/// while the second one waits for it; the second one then reads by itself.
#[tokio::test(start_paused = true)]
async fn who_waited_for_a_room_that_failed_to_open_hears_it_all_the_same() {
    let slow = FaultRates {
        slow: 1.0,
        max_delay: Duration::from_millis(50),
        ..FaultRates::default()
    };
    let faults = Faults::new(1, slow);
    let engine = Engine::builder(ByName)
        .config(config())
        .messages(faults.wrap(MemoryMessages::new()))
        .build();
    let general = CreateRoom::new(RoomKind::Public).id(room("general"));
    engine.create_room(&Actor::App, general).await.unwrap();
    // Wait until the room, active since its creation, is inactive again.
    tokio::time::sleep(Duration::from_secs(300)).await;

    let mut alice = Client::connect(&engine, "alice").await;
    let mut bob = Client::connect(&engine, "bob").await;
    let join = json!({"type": "JOIN_ROOM", "roomId": "general"});
    faults.cut();
    alice.send(&join);
    tokio::time::sleep(Duration::from_micros(1)).await;
    faults.heal();
    bob.send(&join);
    assert_eq!(alice.next().await["code"], "UNAVAILABLE");
    assert_eq!(bob.next_of("ROOM_JOINED").await["head"], 0);
    alice.join("general").await;
    send_as(&engine, "alice", "general", "hi").await;
    assert_eq!(bob.next_of("MESSAGE_CREATED").await["rev"], 1);
}
