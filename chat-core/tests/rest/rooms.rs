//! Creating, listing, changing and deleting rooms.

use std::time::Duration;

use chat_core::{Actor, RoomId, UserId};
use serde_json::{Value, json};

use crate::support::{Answer, Rest, User, column};

#[tokio::test]
async fn a_room_is_created_and_found_where_it_is_said_to_be() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    let new = json!({
        "id": "tea/time?",
        "kind": "group",
        "name": "Tea time",
        "members": ["bob", "alice", "bob"],
        "metadata": {"color": "green"},
    });
    let answer = alice.post("/rooms", new).await;
    let room = answer.expect(201);
    assert_eq!(answer.header("location"), Some("rooms/tea%2Ftime%3F"));
    assert_eq!(room["id"], "tea/time?");
    assert_eq!(
        (&room["kind"], &room["name"]),
        (&json!("group"), &json!("Tea time"))
    );
    assert_eq!(
        (&room["ownerId"], &room["memberCount"]),
        (&json!("alice"), &json!(2))
    );
    assert_eq!(room["createdAt"], "2023-11-14T22:13:20.000Z");
    assert_eq!(room["metadata"], json!({"color": "green"}));
    assert_eq!(room["announceMembership"], true);
    assert!(room["epoch"].is_string());
    let location = format!("/{}", answer.header("location").unwrap());
    assert_eq!(rest.user("bob").get(&location).await.expect(200), room);

    let minimal = alice.post("/rooms", json!({"kind": "public"})).await;
    let minimal = minimal.expect(201);
    assert!(minimal["id"].as_str().is_some_and(|id| !id.is_empty()));
    assert_eq!(minimal.get("name"), None);
    assert_eq!(minimal["announceMembership"], false);

    let taken = alice
        .post("/rooms", json!({"kind": "group", "id": "tea/time?"}))
        .await;
    taken.problem(409, "CONFLICT");
}

async fn create_once(user: User<'_>, key: &str, room: &Value) -> Answer {
    user.keyed(&[key], room).await
}

/// A creation is retried because its response was lost.
#[tokio::test]
async fn a_creation_with_a_key_happens_once() {
    let rest = Rest::new();
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    let new = json!({
        "kind": "group", "name": "Tea", "members": ["bob", "carol"], "metadata": {"a": 1, "b": 2},
    });
    let first = create_once(alice, "k-1", &new).await;
    let room = first.expect(201);
    let id = room["id"].as_str().unwrap();
    assert_eq!(first.header("location"), Some(&*format!("rooms/{id}")));
    // Field order and duplicate members do not matter.
    let same = json!({
        "metadata": {"b": 2, "a": 1}, "members": ["carol", "bob", "bob"], "name": "Tea", "kind": "group",
    });
    for body in [&new, &same] {
        assert_eq!(create_once(alice, "k-1", body).await.expect(200), room);
    }
    for (field, value) in [
        ("kind", json!("public")),
        ("name", json!("Coffee")),
        ("name", json!(null)),
        ("members", json!(["bob"])),
        ("metadata", json!({"a": 1})),
    ] {
        let mut other = new.clone();
        other[field] = value;
        let answer = create_once(alice, "k-1", &other).await;
        let problem = answer.problem(409, "CONFLICT");
        assert!(problem["detail"].as_str().unwrap().contains("Key"));
    }
    // Another key or another user creates another room.
    for (user, key) in [(alice, "k-2"), (alice, "K-1"), (bob, "k-1")] {
        assert_ne!(create_once(user, key, &new).await.expect(201)["id"], id);
    }
    // Later changes of the room do not matter, because the request is the same.
    let tea = format!("/rooms/{id}");
    alice
        .patch(&tea, json!({"name": "Green tea"}))
        .await
        .expect(200);
    rest.user("carol")
        .bare("POST", &format!("{tea}/leave"))
        .await
        .expect(204);
    let again = create_once(alice, "k-1", &new).await.expect(200);
    assert_eq!(
        (&again["name"], &again["memberCount"]),
        (&json!("Green tea"), &json!(2))
    );
    alice
        .patch(&tea, json!({"ownerId": "bob"}))
        .await
        .expect(200);
    alice
        .bare("POST", &format!("{tea}/leave"))
        .await
        .expect(204);
    create_once(alice, "k-1", &new)
        .await
        .problem(409, "CONFLICT");
    bob.delete(&tea).await.expect(204);
    create_once(alice, "k-1", &new).await.expect(201);
}

#[tokio::test]
async fn many_creations_with_one_key_make_one_room() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    let new = json!({"kind": "public"});
    let all = (0..16).map(|_| create_once(alice, "k", &new));
    let all = futures::future::join_all(all).await;
    assert_eq!(all.iter().filter(|a| a.status == 201).count(), 1);
    for answer in &all {
        assert_eq!(answer.json(), all[0].json());
    }
    assert_eq!(
        alice.get("/rooms").await.expect(200)["rooms"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn keys_beside_ids_and_pairs() {
    let rest = Rest::new();
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    let named = json!({"kind": "group", "id": "tea"});
    let room = create_once(alice, "k", &named).await.expect(201);
    assert_eq!(room["id"], "tea");
    assert_eq!(create_once(alice, "k", &named).await.expect(200), room);
    // The id is taken for all other users and requests.
    for answer in [
        create_once(alice, "other", &named).await,
        create_once(bob, "k", &named).await,
        alice.post("/rooms", named).await,
    ] {
        answer.problem(409, "CONFLICT");
    }
    let pair = json!({"kind": "direct", "members": ["bob"]});
    let direct = create_once(alice, "pair", &pair).await.expect(201);
    assert_eq!(create_once(alice, "pair", &pair).await.expect(200), direct);
    let back = json!({"kind": "direct", "members": ["alice"]});
    assert_eq!(create_once(bob, "pair", &back).await.expect(200), direct);
    let other = json!({"kind": "direct", "members": ["carol"]});
    create_once(alice, "pair", &other)
        .await
        .problem(409, "CONFLICT");
}

#[tokio::test]
async fn keys_that_are_none() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    let new = json!({"kind": "group"});
    let long = "k".repeat(256);
    for keys in [
        &[""][..],
        &["a b"],
        &["é"],
        &["a\tb"],
        &[&long],
        &["a", "a"],
    ] {
        let answer = alice.keyed(keys, &new).await;
        answer.problem(400, "INVALID_COMMAND");
    }
    assert_eq!(alice.get("/rooms").await.expect(200)["rooms"], json!([]));
    for key in ["k", "!~", &long[1..]] {
        create_once(alice, key, &new).await.expect(201);
    }
}

#[tokio::test]
async fn two_users_have_one_direct_room() {
    let rest = Rest::new();
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    let with = |user: &str| json!({"kind": "direct", "members": [user]});
    let room = alice.post("/rooms", with("bob")).await.expect(201);
    assert_eq!(
        (room.get("ownerId"), &room["memberCount"]),
        (None, &json!(2))
    );
    assert_eq!(bob.post("/rooms", with("alice")).await.expect(200), room);
    let both = json!({"kind": "direct", "members": ["alice", "bob"], "id": "another"});
    assert_eq!(alice.post("/rooms", both).await.expect(200), room);
    let other = alice.post("/rooms", with("carol")).await.expect(201);
    assert_ne!(other["id"], room["id"]);
    // A direct room takes no further members and has no roles.
    let id = room["id"].as_str().unwrap();
    let eve = format!("/rooms/{id}/members/eve");
    let answer = alice.put(&eve, json!({"role": "member"})).await;
    answer.problem(403, "FORBIDDEN");
    alice
        .delete(&format!("/rooms/{id}"))
        .await
        .problem(403, "FORBIDDEN");
    rest.user("eve")
        .bare("POST", &format!("/rooms/{id}/join"))
        .await
        .problem(404, "ROOM_NOT_FOUND");
}

/// A user who left a direct room can reopen it, since nobody could invite them.
#[tokio::test]
async fn a_direct_room_that_was_left_is_opened_again() {
    let rest = Rest::new();
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    let with_bob = json!({"kind": "direct", "members": ["bob"]});
    let room = alice.post("/rooms", with_bob.clone()).await.expect(201);
    let id = room["id"].as_str().unwrap();
    alice.say(id, "hi").await;
    for leaver in [alice, bob] {
        let leave = format!("/rooms/{id}/leave");
        leaver.bare("POST", &leave).await.expect(204);
    }
    alice.say_fails(id).await;
    let again = alice.post("/rooms", with_bob).await.expect(200);
    assert_eq!(
        (&again["id"], &again["memberCount"]),
        (&room["id"], &json!(2))
    );
    alice.say(id, "hi again").await;
    let history = bob.get(&format!("/rooms/{id}/messages")).await.expect(200);
    let texts = column(&history["messages"], "text");
    assert_eq!((&*texts[0], &*texts[texts.len() - 1]), ("hi", "hi again"));
}

impl User<'_> {
    async fn say_fails(&self, room: &str) {
        let path = format!("/rooms/{room}/messages");
        let answer = self.post(&path, json!({"text": "x"})).await;
        answer.problem(404, "ROOM_NOT_FOUND");
    }
}

#[tokio::test]
async fn the_list_tells_what_a_user_has_not_read() {
    let rest = Rest::new();
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    for id in ["quiet", "busy"] {
        alice.room(id, "group", &["bob"]).await;
        rest.advance(Duration::from_secs(1));
    }
    alice.say("quiet", "one").await;
    rest.advance(Duration::from_secs(1));
    for text in ["one", "two", "three"] {
        alice.say("busy", text).await;
    }
    bob.put("/rooms/busy/read", json!({"seq": 1}))
        .await
        .expect(200);

    let list = bob.get("/rooms").await.expect(200);
    assert_eq!(list["page"], json!({"next": null}));
    assert_eq!(column(&list["rooms"], "id"), ["busy", "quiet"]);
    let busy = &list["rooms"][0];
    assert_eq!(
        (&busy["unread"], &busy["readSeq"], &busy["head"]),
        (&json!(2), &json!(1), &json!(3))
    );
    assert_eq!(
        (&busy["role"], &busy["lastMessage"]["text"]),
        (&json!("member"), &json!("three"))
    );
    let room = bob.get("/rooms/busy").await.expect(200);
    for (field, value) in room.as_object().unwrap() {
        assert_eq!(&busy[field], value, "{field} differs from the room itself");
    }
    let list = alice.get("/rooms").await.expect(200);
    assert_eq!(
        (&list["rooms"][0]["unread"], &list["rooms"][0]["role"]),
        (&json!(0), &json!("owner"))
    );
    assert_eq!(
        rest.user("eve").get("/rooms").await.expect(200)["rooms"],
        json!([])
    );

    rest.advance(Duration::from_secs(1));
    alice.room("new", "group", &[]).await;
    let list = alice.get("/rooms?limit=1").await.expect(200);
    assert_eq!(list["rooms"][0].get("lastMessage"), None);
}

#[tokio::test]
async fn the_list_in_pages() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    // Each time is shared by three rooms.
    for n in 0..12 {
        alice.room(&format!("r{n:02}"), "group", &[]).await;
        if n % 3 == 2 {
            rest.advance(Duration::from_millis(1));
        }
    }
    alice.say("r04", "latest").await;
    let order = [
        "r04", "r09", "r10", "r11", "r06", "r07", "r08", "r03", "r05", "r00", "r01", "r02",
    ];
    for limit in [1, 2, 5, 11, 12, 100] {
        let (mut found, mut query) = (Vec::new(), String::new());
        loop {
            let path = format!("/rooms?limit={limit}{query}");
            let list = alice.get(&path).await.expect(200);
            let rooms = column(&list["rooms"], "id");
            assert!((1..=limit).contains(&rooms.len()), "{path}");
            found.extend(rooms);
            match &list["page"]["next"] {
                Value::String(next) => query = format!("&cursor={next}"),
                end => break assert_eq!(end, &Value::Null),
            }
        }
        assert_eq!(found, order, "by {limit}");
    }
}

#[tokio::test]
async fn a_change_leaves_alone_what_it_does_not_name() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    alice.room("tea", "group", &["bob"]).await;
    let change = async |patch: Value| alice.patch("/rooms/tea", patch).await.expect(200);
    let room =
        change(json!({"name": "Tea", "slowModeSeconds": 5, "retentionSeconds": 86_400, "retentionMessages": 1_000})).await;
    assert_eq!(
        (&room["name"], &room["slowModeSeconds"]),
        (&json!("Tea"), &json!(5))
    );
    assert_eq!(room["retentionSeconds"], 86_400);
    assert_eq!(room["retentionMessages"], 1_000);
    let room = change(json!({"metadata": {"a": 1}, "announceMembership": false})).await;
    assert_eq!(
        (&room["name"], &room["slowModeSeconds"]),
        (&json!("Tea"), &json!(5))
    );
    assert_eq!(room["announceMembership"], false);
    let room = change(json!({"metadata": {"b": 2}, "joinOnDemand": false})).await;
    assert_eq!(
        (&room["metadata"], &room["joinOnDemand"]),
        (&json!({"b": 2}), &json!(false))
    );
    let room = change(json!({"name": null, "retentionSeconds": null, "retentionMessages": null, "slowModeSeconds": 0})).await;
    for gone in [
        "name",
        "retentionSeconds",
        "retentionMessages",
        "slowModeSeconds",
    ] {
        assert_eq!(room.get(gone), None, "{gone}");
    }
    assert_eq!(
        (&room["announceMembership"], &room["metadata"]),
        (&json!(false), &json!({"b": 2}))
    );
    assert_eq!(change(json!({})).await, room);
    assert_eq!(alice.get("/rooms/tea").await.expect(200), room);
    // Both renames are recorded in the log.
    let history = alice.get("/rooms/tea/messages").await.expect(200);
    let renames: Vec<_> = history["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| &m["system"])
        .collect();
    assert_eq!(
        renames,
        [
            &json!({"event": "room_renamed", "name": "Tea"}),
            &json!({"event": "room_renamed"})
        ]
    );

    let answer = rest
        .user("bob")
        .patch("/rooms/tea", json!({"name": "Coffee"}))
        .await;
    answer.problem(403, "FORBIDDEN");
}

/// Concurrent changes all take effect.
#[tokio::test]
async fn changes_of_different_settings_at_once_all_stand() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    alice.room("tea", "group", &[]).await;
    for round in 1..=10 {
        let patches = [
            json!({"slowModeSeconds": round}),
            json!({"retentionSeconds": round}),
            json!({"announceMembership": round % 2 == 0}),
            json!({"joinOnDemand": round % 2 == 0}),
        ];
        let changes = patches.iter().map(|p| alice.patch("/rooms/tea", p.clone()));
        for answer in futures::future::join_all(changes).await {
            answer.expect(200);
        }
        let room = alice.get("/rooms/tea").await.expect(200);
        for patch in &patches {
            for (field, value) in patch.as_object().unwrap() {
                assert_eq!(&room[field], value, "{field}");
            }
        }
    }
}

#[tokio::test]
async fn public_rooms_are_seen_by_all_and_read_by_members() {
    let rest = Rest::new();
    rest.user("alice").room("square", "public", &[]).await;
    let eve = rest.user("eve");
    assert_eq!(eve.get("/rooms/square").await.expect(200)["kind"], "public");
    eve.get("/rooms/square/messages")
        .await
        .problem(403, "NOT_A_MEMBER");
    eve.bare("POST", "/rooms/square/join").await.expect(200);
    eve.get("/rooms/square/messages").await.expect(200);
}

#[tokio::test]
async fn a_deleted_room_is_gone() {
    let rest = Rest::new();
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    alice.room("tea", "group", &["bob"]).await;
    let sent = alice.say("tea", "hi").await;
    bob.delete("/rooms/tea").await.problem(403, "FORBIDDEN");
    alice.delete("/rooms/tea").await.expect(204);
    alice
        .delete("/rooms/tea")
        .await
        .problem(404, "ROOM_NOT_FOUND");
    alice.get("/rooms/tea").await.problem(404, "ROOM_NOT_FOUND");
    bob.get("/rooms/tea/messages")
        .await
        .problem(404, "ROOM_NOT_FOUND");
    assert_eq!(bob.get("/rooms").await.expect(200)["rooms"], json!([]));
    // A new room with the same id has no trace of the old one.
    let again = alice.room("tea", "group", &[]).await;
    let path = format!("/rooms/tea/messages/{}", sent["id"].as_str().unwrap());
    alice.get(&path).await.problem(404, "MESSAGE_NOT_FOUND");
    let changes = alice.get("/rooms/tea/changes").await.expect(200);
    assert_eq!(
        (&changes["head"], &changes["epoch"]),
        (&json!(0), &again["epoch"])
    );
}

/// Users cannot change a room that the app owns.
#[tokio::test]
async fn rooms_of_the_app() {
    use chat_core::engine::CreateRoom;
    use chat_core::model::RoomKind;
    let rest = Rest::new();
    let general = CreateRoom::new(RoomKind::Public)
        .id(RoomId::new("general").unwrap())
        .members([UserId::new("alice").unwrap()]);
    rest.engine.create_room(&Actor::App, general).await.unwrap();
    let alice = rest.user("alice");
    assert_eq!(
        alice.get("/rooms/general").await.expect(200).get("ownerId"),
        None
    );
    alice
        .patch("/rooms/general", json!({"name": "Mine"}))
        .await
        .problem(403, "FORBIDDEN");
    alice
        .delete("/rooms/general")
        .await
        .problem(403, "FORBIDDEN");
}

/// Users can neither probe which ids are taken nor claim an id before the app does.
#[tokio::test]
async fn an_id_is_the_apps_to_choose() {
    let rest = Rest::with(|builder| builder);
    let alice = rest.user("alice");
    let order = chat_core::engine::CreateRoom::new(chat_core::model::RoomKind::Group);
    let order = order.id("order-1".parse().unwrap());
    rest.engine
        .create_room(&chat_core::Actor::App, order)
        .await
        .unwrap();
    for id in ["order-1", "order-2"] {
        let room = json!({"kind": "group", "id": id});
        let refused = alice.post("/rooms", room.clone()).await;
        let refused = refused.problem(403, "FORBIDDEN");
        assert!(refused["detail"].as_str().unwrap().contains("`id`"));
        let keyed = alice.keyed(&["key"], &room).await;
        assert_eq!(keyed.problem(403, "FORBIDDEN"), refused);
    }
    // Another user's room does not match the same key.
    let room = json!({"kind": "group"});
    let one = alice.keyed(&["key"], &room).await.expect(201);
    let other = rest.user("bob").keyed(&["key"], &room).await.expect(201);
    assert_ne!(one["id"], other["id"]);
    let again = alice.keyed(&["key"], &room).await.expect(200);
    assert_eq!(again["id"], one["id"]);
}
