use std::time::Duration;

use chat_core::engine::CreateRoom;
use chat_core::model::RoomKind;
use chat_core::{Actor, Engine};
use serde_json::Value;

use crate::support::{Client, Shared, config, room, user};

async fn team(engine: &Engine) {
    let new = CreateRoom::new(RoomKind::Group)
        .id(room("team"))
        .members(["alice", "bob"].map(user));
    engine.create_room(&Actor::App, new).await.unwrap();
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|e| e["type"].as_str().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_user_with_two_devices_on_two_nodes_comes_and_goes_once() {
    let shared = Shared::default();
    let (a, _) = shared.node(config());
    let (b, _) = shared.node(config());
    team(&a).await;
    let mut alice = Client::connect(&a, "alice").await;
    let phone = Client::connect(&a, "bob").await;
    assert_eq!(alice.next_of("USER_ONLINE").await["userId"], "bob");
    let laptop = Client::connect(&b, "bob").await;
    phone.leave().await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(types(&alice.settle().await), [""; 0]);
    laptop.abort();
    let offline = alice.next_of("USER_OFFLINE").await;
    assert_eq!(offline["userId"], "bob");
    assert!(offline["lastSeenAt"].is_string());
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_within_the_grace_time_was_never_away() {
    let shared = Shared::default();
    let (a, _) = shared.node(config());
    let (b, _) = shared.node(config());
    team(&a).await;
    let mut alice = Client::connect(&a, "alice").await;
    let bob = Client::connect(&a, "bob").await;
    alice.next_of("USER_ONLINE").await;
    bob.leave().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let _bob = Client::connect(&b, "bob").await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(types(&alice.settle().await), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_come_back_from_a_stopped_node_goes_offline_once() {
    let shared = Shared::default();
    let (a, _) = shared.node(config());
    let (b, _) = shared.node(config());
    let (stopped, _) = shared.node(config());
    team(&a).await;
    let mut near = Client::connect(&a, "alice").await;
    let mut far = Client::connect(&b, "alice").await;
    let bob = Client::connect(&stopped, "bob").await;
    near.next_of("USER_ONLINE").await;
    far.next_of("USER_ONLINE").await;
    // The node stops before its client does: it releases nothing, and its leases run out.
    std::mem::forget(bob);
    stopped.shutdown().await;
    let started = tokio::time::Instant::now();
    for alice in [&mut near, &mut far] {
        assert_eq!(alice.next_of("USER_OFFLINE").await["userId"], "bob");
    }
    assert!(started.elapsed() <= Duration::from_secs(65));
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(types(&near.settle().await), [""; 0]);
}
