//! Large rooms report the number of users online instead of individual presence.

use std::time::Duration;

use chat_core::engine::CreateRoom;
use chat_core::model::{RoomKind, RoomPresence};
use chat_core::{Actor, Config, Engine};
use serde_json::{Value, json};

use crate::support::{Client, Shared, config, room, user};

/// A configuration in which a room with more than two members is large.
fn small() -> Config {
    let mut config = config();
    config.presence_max = 2;
    config
}

async fn public(engine: &Engine, members: &[&str]) {
    let new = CreateRoom::new(RoomKind::Public)
        .id(room("hall"))
        .members(members.iter().map(|m| user(m)));
    engine.create_room(&Actor::App, new).await.unwrap();
}

fn numbers(event: &Value) -> (u64, u64) {
    assert_eq!(event["roomId"], "hall");
    let number = |field: &str| event[field].as_u64().unwrap();
    (number("online"), number("members"))
}

/// Waits until a client receives these numbers. Returns how many other events came before.
async fn hears(client: &mut Client, online: u64, members: u64) -> usize {
    let mut others = 0;
    loop {
        let heard = numbers(&client.next_of("OCCUPANCY").await);
        if heard == (online, members) {
            return others;
        }
        others += 1;
    }
}

async fn settled(client: &mut Client) -> Vec<Value> {
    tokio::time::sleep(Duration::from_secs(30)).await;
    let mut events = client.settle().await;
    events.retain(|e| e["type"] == "OCCUPANCY");
    events
}

#[tokio::test(start_paused = true)]
async fn the_nodes_of_a_large_room_add_up_who_is_there() {
    let shared = Shared::default();
    let (a, _) = shared.node(small());
    let (b, _) = shared.node(small());
    public(&a, &["alice", "bob", "carol", "dave", "eve"]).await;
    let mut alice = Client::connect(&a, "alice").await;
    alice.join("hall").await;
    assert_eq!(numbers(&alice.next_of("OCCUPANCY").await), (1, 5));
    // A second device does not change the count, and receives it at once.
    let mut tablet = Client::connect(&a, "alice").await;
    tablet.join("hall").await;
    let joined = tablet.settle().await;
    assert_eq!(numbers(&joined[0]), (1, 5), "{joined:?}");
    let mut bob = Client::connect(&b, "bob").await;
    let mut carol = Client::connect(&b, "carol").await;
    bob.join("hall").await;
    carol.join("hall").await;
    for client in [&mut alice, &mut tablet, &mut bob, &mut carol] {
        assert!(hears(client, 3, 5).await <= 2);
    }
    // Without changes, no event is sent.
    for client in [&mut alice, &mut bob] {
        assert_eq!(settled(client).await, [json!(null); 0]);
    }
    // Leaving the room and new members change the numbers too.
    carol
        .ask(json!({"type": "LEAVE_ROOM", "roomId": "hall"}))
        .await;
    for client in [&mut alice, &mut bob] {
        assert_eq!(hears(client, 2, 5).await, 0);
    }
    b.join(&user("frank"), &room("hall")).await.unwrap();
    for client in [&mut alice, &mut bob] {
        assert_eq!(hears(client, 2, 6).await, 0);
    }
    bob.leave().await;
    assert_eq!(hears(&mut alice, 1, 6).await, 0);
    assert_eq!(settled(&mut carol).await, [json!(null); 0], "she has left");
}

#[tokio::test(start_paused = true)]
async fn a_crowd_that_comes_and_goes_is_told_of_once_in_a_while() {
    let shared = Shared::default();
    let (a, _) = shared.node(small());
    public(&a, &["alice", "bob", "carol"]).await;
    let mut alice = Client::connect(&a, "alice").await;
    alice.join("hall").await;
    assert_eq!(numbers(&alice.next_of("OCCUPANCY").await), (1, 3));
    let mut crowd = Vec::new();
    for n in 0..50 {
        let mut one = Client::connect(&a, &format!("user-{n}")).await;
        one.join("hall").await;
        crowd.push(one);
    }
    assert!(hears(&mut alice, 51, 53).await <= 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_dead_node_said_ages_away() {
    let shared = Shared::default();
    let (a, _) = shared.node(small());
    let (b, link) = shared.node(small());
    public(&a, &["alice", "bob", "carol"]).await;
    let mut alice = Client::connect(&a, "alice").await;
    let mut bob = Client::connect(&b, "bob").await;
    alice.join("hall").await;
    bob.join("hall").await;
    hears(&mut alice, 2, 3).await;
    link.cut();
    let cut = tokio::time::Instant::now();
    assert_eq!(hears(&mut alice, 1, 3).await, 0);
    let aged = cut.elapsed();
    let period = Duration::from_millis(small().occupancy_ms);
    assert!(aged >= period * 2 && aged <= period * 5, "{aged:?}");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_stops_takes_its_share_with_it() {
    let shared = Shared::default();
    let (a, _) = shared.node(small());
    let (b, _) = shared.node(small());
    public(&a, &["alice", "bob", "carol"]).await;
    let mut alice = Client::connect(&a, "alice").await;
    let mut bob = Client::connect(&b, "bob").await;
    alice.join("hall").await;
    bob.join("hall").await;
    hears(&mut alice, 2, 3).await;
    let stopping = tokio::spawn(async move { b.shutdown().await });
    bob.closed().await;
    stopping.await.unwrap();
    let stopped = tokio::time::Instant::now();
    assert_eq!(hears(&mut alice, 1, 3).await, 0);
    let period = Duration::from_millis(small().occupancy_ms);
    assert!(stopped.elapsed() <= period, "the update waited too long");
}

#[tokio::test(start_paused = true)]
async fn a_room_that_grows_begins_and_one_that_shrinks_ends() {
    let shared = Shared::default();
    let (a, _) = shared.node(small());
    let (b, _) = shared.node(small());
    public(&a, &["alice", "bob"]).await;
    let mut alice = Client::connect(&a, "alice").await;
    alice.join("hall").await;
    assert_eq!(settled(&mut alice).await, [json!(null); 0], "it is small");
    b.join(&user("carol"), &room("hall")).await.unwrap();
    assert_eq!(hears(&mut alice, 1, 3).await, 0);
    b.leave(&user("carol"), &room("hall")).await.unwrap();
    assert_eq!(settled(&mut alice).await, [json!(null); 0], "small again");
    let mut bob = Client::connect(&a, "bob").await;
    bob.join("hall").await;
    assert_eq!(settled(&mut bob).await, [json!(null); 0]);
}

#[tokio::test(start_paused = true)]
async fn who_asks_is_told_the_same_numbers() {
    let shared = Shared::default();
    let (a, _) = shared.node(small());
    let (b, _) = shared.node(small());
    public(&a, &["alice", "bob", "carol"]).await;
    let mut alice = Client::connect(&a, "alice").await;
    let mut bob = Client::connect(&b, "bob").await;
    alice.join("hall").await;
    bob.join("hall").await;
    hears(&mut alice, 2, 3).await;
    hears(&mut bob, 2, 3).await;
    let actor = Actor::User(user("carol"));
    for node in [&a, &b] {
        let presence = node.room_presence(&actor, &room("hall")).await;
        let counted = RoomPresence::Count {
            online_count: Some(2),
            members: 3,
        };
        assert_eq!(presence.unwrap(), counted);
    }
    // A node without connections in the room learns the numbers after a while.
    let (c, _) = shared.node(small());
    let ask = async || {
        let presence = c.room_presence(&Actor::App, &room("hall")).await;
        json!(presence.unwrap())
    };
    ask().await;
    tokio::time::sleep(Duration::from_millis(small().occupancy_ms + 100)).await;
    assert_eq!(ask().await, json!({"onlineCount": 2, "members": 3}));
    // A small room reports presence per user.
    c.leave(&user("carol"), &room("hall")).await.unwrap();
    assert_eq!(
        ask().await,
        json!({"online": ["alice", "bob"], "members": 2})
    );
    bob.leave().await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(ask().await, json!({"online": ["alice"], "members": 2}));
}

#[tokio::test(start_paused = true)]
async fn it_can_be_turned_off() {
    let mut off = small();
    off.occupancy_ms = 0;
    let (a, _) = Shared::default().node(off);
    public(&a, &["alice", "bob", "carol"]).await;
    let mut alice = Client::connect(&a, "alice").await;
    alice.join("hall").await;
    assert_eq!(settled(&mut alice).await, [json!(null); 0]);
    let presence = a.room_presence(&Actor::App, &room("hall")).await;
    assert_eq!(json!(presence.unwrap()), json!({"members": 3}));
}
