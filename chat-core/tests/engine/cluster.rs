use std::sync::Arc;
use std::time::Duration;

use chat_core::backend::{Arrival, Broker, MessageLog, RoomStore, Topic};
use chat_core::engine::CreateRoom;
use chat_core::model::{Draft, Member, Role, RoomKind};
use chat_core::{Actor, Engine, Timestamp};
use futures::{FutureExt, StreamExt};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Client, Shared, config, room, send_as, user};

async fn public(engine: &Engine, name: &str) {
    let new = CreateRoom::new(RoomKind::Public).id(room(name));
    engine.create_room(&Actor::App, new).await.unwrap();
}

async fn group(engine: &Engine, name: &str, members: &[&str]) {
    let new = CreateRoom::new(RoomKind::Group)
        .id(room(name))
        .members(members.iter().map(|m| user(m)));
    engine.create_room(&Actor::App, new).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_message_reaches_the_other_node() {
    let shared = Shared::default();
    let (a, _) = shared.node(config());
    let (b, _) = shared.node(config());
    group(&a, "team", &["alice", "bob"]).await;
    let mut alice = Client::connect(&a, "alice").await;
    let mut bob = Client::connect(&b, "bob").await;
    alice.join("team").await;
    bob.join("team").await;
    alice.say("team", "1", "hi").await;
    assert_eq!(
        bob.next_of("MESSAGE_CREATED").await["message"]["text"],
        "hi"
    );
}

#[tokio::test(start_paused = true)]
async fn a_device_that_has_not_joined_hears_of_activity() {
    let shared = Shared::default();
    let (a, _) = shared.node(config());
    let (b, _) = shared.node(config());
    group(&a, "team", &["alice", "bob"]).await;
    let mut alice = Client::connect(&a, "alice").await;
    alice.join("team").await;
    let mut near = Client::connect(&a, "bob").await;
    let mut far = Client::connect(&b, "bob").await;
    alice.say("team", "1", "hi").await;
    alice.say("team", "2", "there").await;
    for bob in [&mut near, &mut far] {
        let activity = bob.next_of("ROOM_ACTIVITY").await;
        assert_eq!(
            (&activity["head"], &activity["unread"]),
            (&json!(2), &json!(2))
        );
    }
    near.ask(json!({"type": "MARK_READ", "roomId": "team", "seq": 2}))
        .await;
    assert_eq!(far.next_of("ROOM_ACTIVITY").await["unread"], 0);
}

#[tokio::test(start_paused = true)]
async fn a_removed_member_hears_nothing_more_on_any_node() {
    let shared = Shared::default();
    let (a, _) = shared.node(config());
    let (b, _) = shared.node(config());
    group(&a, "team", &["alice", "bob"]).await;
    let mut alice = Client::connect(&a, "alice").await;
    let mut bob = Client::connect(&b, "bob").await;
    alice.join("team").await;
    bob.join("team").await;
    assert!(
        a.remove_member(&Actor::App, &room("team"), &user("bob"))
            .await
            .unwrap()
    );
    let removed = bob.next_of("ROOM_REMOVED").await;
    assert_eq!(removed["reason"], "removed");
    alice.say("team", "1", "he is gone").await;
    let send =
        json!({"type": "SEND_MESSAGE", "roomId": "team", "clientMessageId": "x", "text": "x"});
    assert_eq!(bob.ask(send).await["code"], "ROOM_NOT_FOUND");
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(bob.settle().await, Vec::<Value>::new());
    assert_eq!(
        alice.next_of("MESSAGE_CREATED").await["message"]["text"],
        "he is gone"
    );
}

#[tokio::test(start_paused = true)]
async fn a_change_made_past_the_engine_takes_effect_when_it_is_told_of() {
    let shared = Shared::default();
    let (a, _) = shared.node(config());
    let (b, _) = shared.node(config());
    group(&a, "team", &["alice", "bob"]).await;
    let mut bob = Client::connect(&b, "bob").await;
    bob.join("team").await;
    let (team, who) = (room("team"), user("bob"));
    shared.rooms.remove_member(&team, &who).await.unwrap();
    let started = tokio::time::Instant::now();
    a.membership_changed(&team, &who).await.unwrap();
    bob.next_of("ROOM_REMOVED").await;
    let again = Member::new(who.clone(), Role::Member, Timestamp::from_millis(0));
    shared.rooms.add_member(&team, &again).await.unwrap();
    a.membership_changed(&team, &who).await.unwrap();
    bob.settle().await;
    bob.join("team").await;
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "an event waited for a cache to expire"
    );
}

#[tokio::test(start_paused = true)]
async fn a_removal_whose_hint_is_lost_takes_effect_within_the_age_of_the_cache() {
    let shared = Shared::default();
    let (a, broker) = shared.node(config());
    let (b, _) = shared.node(config());
    group(&a, "team", &["alice", "bob"]).await;
    let mut bob = Client::connect(&b, "bob").await;
    bob.join("team").await;
    broker.cut();
    assert!(
        a.remove_member(&Actor::App, &room("team"), &user("bob"))
            .await
            .unwrap()
    );
    let started = tokio::time::Instant::now();
    bob.next_of("ROOM_REMOVED").await;
    assert!(started.elapsed() <= Duration::from_millis(b.config().membership_max_age_ms));
}

#[tokio::test(start_paused = true)]
async fn with_the_broker_down_rooms_go_on_within_two_seconds() {
    let shared = Shared::default();
    let (a, near) = shared.node(config());
    let (b, far) = shared.node(config());
    public(&a, "general").await;
    let mut alice = Client::connect(&a, "alice").await;
    let mut bob = Client::connect(&b, "bob").await;
    alice.join("general").await;
    bob.join("general").await;
    near.cut();
    far.cut();
    for n in 1..=5u64 {
        let sent = tokio::time::Instant::now();
        alice.say("general", &n.to_string(), "x").await;
        assert_eq!(bob.next_of("MESSAGE_CREATED").await["rev"], n);
        assert!(sent.elapsed() <= Duration::from_secs(2));
    }
    // A client that joins meanwhile is served too.
    let mut carol = Client::connect(&b, "carol").await;
    assert_eq!(carol.join("general").await["head"], 5);
    near.restore();
    far.restore();
    alice.say("general", "6", "x").await;
    assert_eq!(bob.next_of("MESSAGE_CREATED").await["rev"], 6);
}

#[tokio::test(start_paused = true)]
async fn a_lost_hint_is_read_from_the_log() {
    let shared = Shared::default();
    let (a, near) = shared.node(config());
    let (b, _) = shared.node(config());
    public(&a, "general").await;
    let mut bob = Client::connect(&b, "bob").await;
    bob.join("general").await;
    a.add_member(&Actor::App, &room("general"), &user("alice"), Role::Member)
        .await
        .unwrap();
    send_as(&a, "alice", "general", "1").await;
    assert_eq!(bob.next_of("MESSAGE_CREATED").await["rev"], 1);
    near.cut();
    send_as(&a, "alice", "general", "2").await;
    // Wait until the node gives up on the hint.
    tokio::time::sleep(Duration::from_secs(3)).await;
    near.restore();
    send_as(&a, "alice", "general", "3").await;
    assert_eq!(bob.next_of("MESSAGE_CREATED").await["rev"], 2);
    assert_eq!(bob.next_of("MESSAGE_CREATED").await["rev"], 3);
}

/// Publishing is batched: a batch is one publication per topic.
#[tokio::test(start_paused = true)]
async fn what_is_stored_together_is_told_together() {
    const SENDS: u64 = 50;
    let shared = Shared::default();
    let mut patient = config();
    // Disable reads from the log during the test, so that every event must arrive by hint.
    patient.reorder_window_ms = 3_600_000;
    let (a, _) = shared.node(config());
    let (b, _) = shared.node(patient);
    group(&a, "team", &["alice", "bob"]).await;
    let mut bob = Client::connect(&b, "bob").await;
    bob.join("team").await;
    let listener = shared.bus.broker();
    let mut arrivals = listener.arrivals();
    let topic = Topic::User(user("bob"));
    listener.subscribe(vec![topic]).await.unwrap();

    let mut sends = JoinSet::new();
    for n in 0..SENDS {
        let a = a.clone();
        sends.spawn(async move { send_as(&a, "alice", "team", &n.to_string()).await });
    }
    sends.join_all().await;
    let start = tokio::time::Instant::now();
    for rev in 1..=SENDS {
        assert_eq!(bob.next_of("MESSAGE_CREATED").await["rev"], rev);
    }
    assert!(
        start.elapsed() < Duration::from_secs(60),
        "events were read from the log"
    );
    let mut publications = 0;
    while let Some(Some(Arrival::Payload { .. })) = arrivals.next().now_or_never() {
        publications += 1;
    }
    // The first message, then those that arrived while it was written.
    assert!((1..=3).contains(&publications), "{publications} of {SENDS}");
}

/// A client's view of a room: the revs in order, and the position to resume from.
#[derive(Default)]
struct Seen {
    epoch: Option<Value>,
    through: u64,
    revs: Vec<u64>,
}

impl Seen {
    fn take(&mut self, event: &Value) {
        match event["type"].as_str().unwrap() {
            "ROOM_JOINED" => {
                let head = event["head"].as_u64().unwrap();
                if event["recovered"] == false {
                    assert!(self.epoch.is_none(), "a resume was refused");
                    self.epoch = Some(event["epoch"].clone());
                    self.revs = event["messages"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|m| m["rev"].as_u64().unwrap())
                        .collect();
                    self.through = head;
                }
            }
            "ROOM_SYNC" => {
                for change in event["changes"].as_array().unwrap() {
                    self.next(change["rev"].as_u64().unwrap());
                }
                self.through = event["through"].as_u64().unwrap();
            }
            "MESSAGE_CREATED" => self.next(event["rev"].as_u64().unwrap()),
            "USER_ONLINE" | "USER_OFFLINE" | "ROOM_ACTIVITY" | "MEMBER_JOINED" => {}
            other => panic!("unexpected {other}"),
        }
    }

    fn next(&mut self, rev: u64) {
        assert_eq!(rev, self.through + 1, "after {:?}", self.revs.last());
        self.revs.push(rev);
        self.through = rev;
    }

    fn join(&self) -> Value {
        match &self.epoch {
            None => json!({"type": "JOIN_ROOM", "roomId": "general", "history": 100}),
            Some(epoch) => {
                json!({"type": "JOIN_ROOM", "roomId": "general", "epoch": epoch, "after": self.through})
            }
        }
    }
}

const MESSAGES: u64 = 10_000;

/// Reads for a while, disconnects abruptly and resumes on another node, until it has everything.
async fn wanderer(nodes: Arc<[Engine]>, name: String, mut random: fastrand::Rng) -> Seen {
    let mut seen = Seen::default();
    while seen.through < MESSAGES {
        let engine = &nodes[random.usize(..nodes.len())];
        let mut client = Client::connect(engine, &name).await;
        client.send(&seen.join());
        let mut patience = random.u64(1..600);
        while patience > 0 && seen.through < MESSAGES {
            seen.take(&client.next().await);
            patience -= 1;
        }
        client.abort();
    }
    seen
}

/// Sends ten thousand messages over three nodes while clients reconnect and one node's link to the
/// broker fails occasionally. All clients end with the same log, without gaps or duplicates.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_and_goes_ends_with_the_same_log() {
    let seed =
        std::env::var("CHAT_SEED").map_or_else(|_| fastrand::u64(..), |s| s.parse().unwrap());
    println!("CHAT_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let shared = Shared::default();
    let nodes: Vec<_> = (0..3).map(|_| shared.node(config())).collect();
    public(&nodes[0].0, "general").await;
    let engines: Arc<[Engine]> = nodes.iter().map(|(e, _)| e.clone()).collect();

    let mut readers = JoinSet::new();
    for n in 0..20 {
        readers.spawn(wanderer(
            Arc::clone(&engines),
            format!("reader-{n}"),
            random.fork(),
        ));
    }
    let mut writers = JoinSet::new();
    for n in 0..10u64 {
        let engine = engines[(n % 3) as usize].clone();
        writers.spawn(async move {
            let me = user(&format!("writer-{n}"));
            engine.join(&me, &room("general")).await.unwrap();
            for _ in 0..MESSAGES / 10 {
                send_as(&engine, me.as_str(), "general", "x").await;
            }
        });
    }
    let faults = tokio::spawn({
        let broker = nodes[1].1.clone();
        async move {
            loop {
                tokio::time::sleep(Duration::from_millis(random.u64(5..50))).await;
                broker.cut();
                tokio::time::sleep(Duration::from_millis(random.u64(1..20))).await;
                broker.restore();
            }
        }
    });
    writers.join_all().await;
    let seen = readers.join_all().await;
    faults.abort();
    assert_eq!(
        shared.messages.open(&room("general")).await.unwrap().head,
        MESSAGES
    );
    for seen in seen {
        assert_eq!(seen.through, MESSAGES);
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_out_is_told_so_once() {
    let shared = Shared::default();
    let (a, _) = shared.node(config());
    let (b, _) = shared.node(config());
    group(&a, "team", &["alice", "bob", "carol"]).await;
    let mut clients = Vec::new();
    for engine in [&a, &b] {
        for name in ["alice", "bob"] {
            let mut joined = Client::connect(engine, name).await;
            joined.join("team").await;
            clients.push((name, joined));
            clients.push((name, Client::connect(engine, name).await));
        }
    }
    let removed = |frames: Vec<Value>| -> Vec<Value> {
        let told = frames.into_iter().filter(|f| f["type"] == "ROOM_REMOVED");
        told.map(|f| f["reason"].clone()).collect()
    };
    for (_, client) in &mut clients {
        client.settle().await;
    }
    let team = room("team");
    a.remove_member(&Actor::App, &team, &user("bob"))
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    for (name, client) in &mut clients {
        let expected = if *name == "bob" {
            vec![json!("removed")]
        } else {
            vec![]
        };
        assert_eq!(removed(client.settle().await), expected, "{name}");
    }
    a.delete_room(&Actor::App, &team).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    for (name, client) in &mut clients {
        let expected = if *name == "bob" {
            vec![]
        } else {
            vec![json!("deleted")]
        };
        assert_eq!(removed(client.settle().await), expected, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_to_a_replaced_log_fails_once_and_the_next_goes_to_the_new_log() {
    let shared = Shared::default();
    let (a, _) = shared.node(config());
    group(&a, "team", &["alice", "bob"]).await;
    let mut bob = Client::connect(&a, "bob").await;
    bob.join("team").await;
    let alice = Actor::User(user("alice"));
    send_as(&a, "alice", "team", "first").await;
    // As another node does that deletes the room and creates it again.
    let team = room("team");
    shared.messages.delete_log(&team, None).await.unwrap();
    let late = a.send(&alice, &team, Draft::text("late")).await;
    let late = late.unwrap_err();
    assert!(late.is_temporary() && late.is_log_replaced(), "{late:?}");
    assert_eq!(bob.closed().await, 1013);
    let new = send_as(&a, "alice", "team", "new").await;
    assert_eq!(new.message.seq, 1);
}
