//! Rooms over REST: lifecycle, lookup and settings.

use bytes::Bytes;
use futures::future::join_all;
use serde_json::{Value, json};

use super::http::{Answer, asks};
use super::mount::Adapter;
use crate::Actor;
use crate::model::Draft;
use crate::testing::ids::room;

const NONE: Value = Value::Null;

/// Resolves the `Location` header of a response.
fn location(asked: &str, answer: &Answer) -> String {
    let folder = &asked[..=asked.rfind('/').unwrap()];
    format!("{folder}{}", answer.header("location").unwrap())
}

fn column(list: &Value, field: &str) -> Vec<Value> {
    let rows = list.as_array().unwrap().iter();
    rows.map(|row| row[field].clone()).collect()
}

pub(super) async fn a_room_is_found_where_it_is_said_to_be_until_it_is_deleted(adapter: Adapter) {
    let server = adapter.start().await;
    let new = json!({
        "kind": "group", "name": "Tea & Cake", "members": ["bob", "zoë"],
        "metadata": {"topic": {"of": "day"}},
    });
    let created = server.ask("alice", "POST", "/chat/rooms", new).await;
    let path = location("/chat/rooms", &created);
    let tea = created.json(201);
    assert_eq!(tea["ownerId"], "alice");
    assert_eq!(tea["memberCount"], 3);
    assert_eq!(tea["metadata"], json!({"topic": {"of": "day"}}));
    let found = server.ask("bob", "GET", &path, NONE).await.json(200);
    assert_eq!(found, tea);
    // Fields that a patch omits keep their values.
    let rename = json!({"name": "Tee"});
    let renamed = server.ask("alice", "PATCH", &path, rename).await.json(200);
    assert_eq!(
        (&renamed["name"], &renamed["metadata"]),
        (&json!("Tee"), &tea["metadata"])
    );
    let unnamed = server
        .ask("alice", "PATCH", &path, json!({"name": null}))
        .await;
    assert_eq!(unnamed.json(200).get("name"), None);
    let other = server
        .ask("bob", "PATCH", &path, json!({"name": "Bob's"}))
        .await;
    other.problem(403, "FORBIDDEN");
    server
        .ask("bob", "DELETE", &path, NONE)
        .await
        .problem(403, "FORBIDDEN");
    server.ask("alice", "DELETE", &path, NONE).await.empty(204);
    for name in ["alice", "bob"] {
        let gone = server.ask(name, "GET", &path, NONE).await;
        gone.problem(404, "ROOM_NOT_FOUND");
    }
}

pub(super) async fn two_users_have_one_direct_room_also_when_both_open_it_at_once(
    adapter: Adapter,
) {
    let server = adapter.start().await;
    let open = |name: &'static str, with: &'static str| {
        let direct = json!({"kind": "direct", "members": [with]});
        server.ask(name, "POST", "/chat/rooms", direct)
    };
    let asked = (0..8).map(|n| match n % 2 {
        0 => open("alice", "bob"),
        _ => open("bob", "alice"),
    });
    let answers = join_all(asked).await;
    let made = answers.iter().filter(|a| a.status == 201).count();
    assert_eq!(made, 1, "{answers:?}");
    let mut ids: Vec<_> = answers
        .iter()
        .map(|a| a.json(a.status)["id"].clone())
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    let other = open("carol", "alice").await.json(201);
    assert_ne!(other["id"], ids[0]);
    // A direct room takes no further members.
    let path = format!("/rooms/{}/members/carol", ids[0].as_str().unwrap());
    let member = json!({"role": "member"});
    server
        .refuses("alice", ("PUT", &path), member, (403, "FORBIDDEN"))
        .await;
}

pub(super) async fn a_creation_with_a_key_happens_once(adapter: Adapter) {
    let server = adapter.start().await;
    let create = async |name: &str, key: &str, room: Value| {
        let request = asks(name, "POST", "/chat/rooms")
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        let request = request.body(Bytes::from(room.to_string())).unwrap();
        server.http().await.send(request).await
    };
    let tea = || json!({"kind": "group", "name": "Tea"});
    let first = create("alice", "k-1", tea()).await.json(201);
    assert_eq!(create("alice", "k-1", tea()).await.json(200), first);
    let other = json!({"kind": "group", "name": "Coffee"});
    create("alice", "k-1", other).await.problem(409, "CONFLICT");
    for (name, key) in [("alice", "k-2"), ("bob", "k-1")] {
        let anew = create(name, key, tea()).await.json(201);
        assert_ne!(anew["id"], first["id"], "{name} {key}");
    }
}

pub(super) async fn the_list_of_rooms_is_by_latest_activity_in_pages(adapter: Adapter) {
    let server = adapter.start().await;
    for id in ["a", "b", "c", "d", "e"] {
        server.group(id, &["alice", "bob"]).await;
        server.sends("alice", id, "first").await;
    }
    let newest = server.sends("alice", "b", "second").await;
    let (mut path, mut listed) = ("/rooms?limit=2".to_owned(), Vec::new());
    loop {
        let page = server.get("bob", &path).await;
        let rooms = page["rooms"].as_array().unwrap();
        assert!((1..=2).contains(&rooms.len()), "{page}");
        listed.extend(rooms.clone());
        let Some(next) = page["page"]["next"].as_str() else {
            break;
        };
        path = format!("/rooms?limit=2&cursor={next}");
    }
    let ids: Vec<_> = listed.iter().map(|entry| entry["id"].clone()).collect();
    assert_eq!(ids, ["b", "e", "d", "c", "a"]);
    let b = &listed[0];
    assert_eq!(b["lastMessage"]["id"], newest["id"]);
    assert_eq!(b["head"], newest["seq"]);
    assert_eq!(
        (&b["unread"], &b["readSeq"], &b["role"]),
        (&json!(2), &json!(0), &json!("member"))
    );
    server
        .put("bob", "/rooms/b/read", json!({"seq": newest["seq"]}))
        .await;
    let b = &server.get("bob", "/rooms?limit=1").await["rooms"][0];
    assert_eq!((&b["unread"], &b["readSeq"]), (&json!(0), &newest["seq"]));
    // Own messages never count as unread.
    let own = server.get("alice", "/rooms").await;
    assert_eq!(column(&own["rooms"], "unread"), [0, 0, 0, 0, 0]);
    let cursor = ("GET", "/rooms?cursor=nonsense");
    server
        .refuses("bob", cursor, NONE, (400, "INVALID_COMMAND"))
        .await;
}

pub(super) async fn slow_mode_holds_up_members_and_says_for_how_long(adapter: Adapter) {
    let server = adapter.start().await;
    server
        .post(
            "alice",
            "/rooms",
            json!({"id": "tea", "kind": "group", "members": ["bob"]}),
        )
        .await;
    let set = |settings: Value| server.ask("alice", "PATCH", "/chat/rooms/tea", settings);
    let slow = set(json!({"slowModeSeconds": 100})).await.json(200);
    assert_eq!(slow["slowModeSeconds"], 100);
    let kept = set(json!({"retentionSeconds": 86_400})).await.json(200);
    assert_eq!(
        kept["slowModeSeconds"], 100,
        "omitted settings keep their values"
    );
    assert_eq!(kept["retentionSeconds"], 86_400);

    let first = server.sends("bob", "tea", "one").await;
    let expires = first["expiresAt"].as_str();
    assert!(
        expires > first["createdAt"].as_str(),
        "the retention sets expiresAt: {first}"
    );
    let text = json!({"text": "two"});
    let answer = server
        .ask("bob", "POST", "/chat/rooms/tea/messages", text)
        .await;
    answer.problem(429, "RATE_LIMITED");
    let after: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=100).contains(&after), "{after}");
    let mut bob = server.connect("bob").await;
    let refused = bob.refused(super::client::say("tea", "3", "three")).await;
    assert_eq!(refused["code"], "RATE_LIMITED");
    assert!(refused["retryAfterMs"].as_u64().unwrap() <= 100_000);
    for text in ["one", "two"] {
        server.sends("alice", "tea", text).await;
    }
    set(json!({"slowModeSeconds": 0, "retentionSeconds": null}))
        .await
        .json(200);
    let ever = server.sends("bob", "tea", "two").await;
    assert_eq!(ever.get("expiresAt"), None);
}

pub(super) async fn a_room_keeps_as_many_messages_as_it_says(adapter: Adapter) {
    let server = adapter.start().await;
    let tea = json!({"id": "tea", "kind": "group", "members": ["bob"]});
    server.post("alice", "/rooms", tea).await;
    let keep = |messages: u64| json!({"retentionMessages": messages});
    let few = ("PATCH", "/rooms/tea");
    server
        .refuses("alice", few, keep(999), (400, "INVALID_COMMAND"))
        .await;
    let kept = server
        .ask("alice", "PATCH", "/chat/rooms/tea", keep(1_000))
        .await;
    assert_eq!(kept.json(200)["retentionMessages"], 1_000);
    for _ in 0..1_100 {
        let hi = Draft::text("hi");
        let sent = server.engine.send(&Actor::App, &room("tea"), hi).await;
        sent.unwrap();
    }
    // Trimming runs after the writes.
    let oldest = loop {
        let page = server
            .get("bob", "/rooms/tea/messages?after=0&limit=1")
            .await;
        let oldest = page["messages"][0]["seq"].as_u64().unwrap();
        if oldest > 1 {
            break oldest;
        }
    };
    assert!(oldest <= 101, "{oldest}: a thousand messages must stay");
    let newest = server.get("bob", "/rooms/tea/messages?limit=1").await;
    assert_eq!(newest["messages"][0]["seq"], 1_100);
}

pub(super) async fn what_a_room_holds_is_bounded(adapter: Adapter) {
    let server = adapter.start().await;
    let mut deep = json!(1);
    for _ in 0..8 {
        deep = json!([deep]);
    }
    let many: Vec<_> = (0..1_001).map(|n| n.to_string()).collect();
    for (field, value, refused) in [
        ("name", json!("x".repeat(1_000)), (413, "TOO_LARGE")),
        (
            "metadata",
            json!({"a": "x".repeat(4_096)}),
            (413, "TOO_LARGE"),
        ),
        ("metadata", json!({"a": deep}), (413, "TOO_LARGE")),
        ("members", json!(many), (413, "TOO_LARGE")),
        ("metadata", json!([]), (400, "INVALID_COMMAND")),
        ("id", json!("a b"), (400, "INVALID_COMMAND")),
        ("kind", json!("club"), (400, "INVALID_COMMAND")),
        ("nmae", json!("Tea"), (400, "INVALID_COMMAND")),
    ] {
        let mut new = json!({"id": "tea", "kind": "group"});
        new[field] = value;
        server
            .refuses("alice", ("POST", "/rooms"), new, refused)
            .await;
    }
    let nothing = server.ask("alice", "GET", "/chat/rooms/tea", NONE).await;
    nothing.problem(404, "ROOM_NOT_FOUND");
}

pub(super) async fn a_public_room_is_joined_and_left_over_rest(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.joined("alice").await;
    let general = server.get("bob", "/rooms/general").await;
    assert_eq!(general["memberCount"], 1);
    let history = ("GET", "/rooms/general/messages");
    server
        .refuses("bob", history, NONE, (403, "NOT_A_MEMBER"))
        .await;
    for _ in 0..2 {
        let joined = server
            .ask("bob", "POST", "/chat/rooms/general/join", NONE)
            .await;
        assert_eq!(joined.json(200)["role"], "member");
    }
    assert_eq!(alice.next_of("MEMBER_JOINED").await["userId"], "bob");
    server.get("bob", history.1).await;
    server.done("bob", "POST", "/rooms/general/leave").await;
    let left = alice.next().await;
    assert_eq!(
        (&left["type"], &left["userId"]),
        (&json!("MEMBER_LEFT"), &json!("bob"))
    );
    server
        .refuses("bob", history, NONE, (403, "NOT_A_MEMBER"))
        .await;
}
