//! The audience of each event.

use serde_json::{Value, json};

use super::client::Client;
use super::mount::Adapter;
use crate::Actor;
use crate::model::{Metadata, Role, RoomPatch};
use crate::testing::ids::{room, user};

fn none_of(events: &[Value], kind: &str) -> bool {
    events.iter().all(|e| e["type"] != kind)
}

fn typing(typing: bool) -> Value {
    json!({"type": "TYPING", "roomId": "general", "typing": typing})
}

pub(super) async fn a_message_comes_once_to_every_connection_that_joined(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = [server.joined("alice").await, server.joined("alice").await];
    let mut bob = server.joined("bob").await;
    // Joining again must not duplicate events.
    bob.join("general").await;
    let mut sender = server.connect("alice").await;
    for n in 1..=20 {
        sender.say("general", &n.to_string(), &n.to_string()).await;
    }
    for client in alice.iter_mut().chain([&mut bob]) {
        for n in 1..=20 {
            let created = client.next_of("MESSAGE_CREATED").await;
            assert_eq!(created["roomId"], "general");
            assert_eq!(created["rev"], n);
            assert_eq!(created["message"]["text"], n.to_string());
        }
        assert!(none_of(&client.settle().await, "MESSAGE_CREATED"));
    }
}

pub(super) async fn typing_is_told_to_others_alone(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.joined("alice").await;
    let mut second = server.joined("alice").await;
    let mut bob = server.joined("bob").await;
    let mut outside = server.connect("bob").await;
    for now in [true, false] {
        alice.send(&typing(now)).await;
        let expected = json!({
            "type": "TYPING", "roomId": "general", "userId": "alice", "typing": now,
            "expiresInMs": 6_000,
        });
        assert_eq!(bob.next_of("TYPING").await, expected);
    }
    for client in [&mut alice, &mut second, &mut outside] {
        assert!(none_of(&client.settle().await, "TYPING"));
    }
}

pub(super) async fn a_receipt_is_told_once_per_move(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.joined("alice").await;
    let mut bob = server.joined("bob").await;
    for n in 1..=3 {
        alice.say("general", &n.to_string(), "x").await;
    }
    for seq in [2, 2, 1, 3] {
        let read = json!({"type": "MARK_READ", "roomId": "general", "seq": seq});
        assert_eq!(bob.ask(read).await["type"], "ACK");
    }
    bob.send(&typing(true)).await;
    for seq in [2, 3] {
        let expected =
            json!({"type": "READ_RECEIPT", "roomId": "general", "userId": "bob", "seq": seq});
        assert_eq!(alice.next_of("READ_RECEIPT").await, expected);
    }
    while let event = alice.next().await
        && event["type"] != "TYPING"
    {
        assert_ne!(event["type"], "READ_RECEIPT", "a third receipt");
    }
}

pub(super) async fn activity_is_told_to_members_who_have_not_joined(adapter: Adapter) {
    let server = adapter.with(|s| s.config.activity_delay_ms = 20).await;
    server.group("team", &["alice", "bob"]).await;
    let mut alice = server.connect("alice").await;
    let mut outside = server.connect("bob").await;
    let mut inside = server.connect("bob").await;
    let mut stranger = server.connect("eve").await;
    inside.join("team").await;
    for n in 1..=3 {
        alice.say("team", &n.to_string(), "x").await;
    }
    let head = inside.join("team").await["head"].clone();
    let activity = loop {
        let activity = outside.next_of("ROOM_ACTIVITY").await;
        if activity["unread"] == 3 {
            break activity;
        }
    };
    let expected = json!({"type": "ROOM_ACTIVITY", "roomId": "team", "head": head, "unread": 3});
    assert_eq!(activity, expected);
    // Reading on one device clears the count on all of them.
    let read = json!({"type": "MARK_READ", "roomId": "team", "seq": head});
    inside.ask(read).await;
    while outside.next_of("ROOM_ACTIVITY").await["unread"] != 0 {}
    for client in [&mut inside, &mut stranger] {
        assert!(none_of(&client.settle().await, "ROOM_ACTIVITY"));
    }
}

pub(super) async fn members_come_and_go_with_a_rev_in_a_group(adapter: Adapter) {
    let server = adapter.start().await;
    server.group("team", &["alice"]).await;
    let (engine, team, who) = (&server.engine, room("team"), user("bob"));
    let app = Actor::App;
    let mut alice = server.connect("alice").await;
    let mut bob = [server.connect("bob").await, server.connect("bob").await];
    let before = alice.join("team").await;
    let mut head = before["head"].as_u64().unwrap();
    let mut next = async |alice: &mut Client, kind: &str| {
        let event = alice.next_of(kind).await;
        head += 1;
        assert_eq!(event["rev"], head, "{event}");
        assert_eq!(event["roomId"], "team");
        event
    };

    engine
        .add_member(&app, &team, &who, Role::Member)
        .await
        .unwrap();
    let joined = next(&mut alice, "MEMBER_JOINED").await;
    assert_eq!(joined["userId"], "bob");
    assert_eq!(joined["role"], "member");
    for device in &mut bob {
        let room = device.next_of("ROOM_ADDED").await["room"].clone();
        assert_eq!(room["id"], "team");
        assert_eq!(room["kind"], "group");
        assert_eq!(room["epoch"], before["epoch"]);
        assert_eq!(room["memberCount"], 2);
    }
    bob[0].join("team").await;

    engine
        .set_role(&app, &team, &who, Role::Moderator)
        .await
        .unwrap();
    let updated = next(&mut alice, "MEMBER_UPDATED").await;
    assert_eq!(updated["userId"], "bob");
    assert_eq!(updated["role"], "moderator");

    let topic = Metadata::from_iter([("topic".to_owned(), json!("rust"))]);
    let patch = RoomPatch {
        name: Some(Some("The Team".to_owned())),
        metadata: Some(topic.clone()),
        ..RoomPatch::default()
    };
    engine.update_room(&app, &team, &patch).await.unwrap();
    let whole = next(&mut alice, "ROOM_UPDATED").await;
    assert_eq!(whole["room"]["name"], "The Team");
    assert_eq!(
        whole["room"]["metadata"],
        json!(topic),
        "changed with the name"
    );
    let plain = RoomPatch {
        metadata: Some(Metadata::new()),
        ..RoomPatch::default()
    };
    engine.update_room(&app, &team, &plain).await.unwrap();
    let whole = alice.next_of("ROOM_UPDATED").await;
    assert_eq!(whole["room"]["metadata"], json!({}));
    assert!(whole.get("rev").is_none(), "only a rename takes a position");

    engine.remove_member(&app, &team, &who).await.unwrap();
    let left = next(&mut alice, "MEMBER_LEFT").await;
    assert_eq!(left["userId"], "bob");
    assert!(left["reason"].is_string());
    alice.say("team", "1", "without bob").await;
    for device in &mut bob {
        let removed = device.next_of("ROOM_REMOVED").await;
        assert_eq!(removed["roomId"], "team");
        assert!(removed["reason"].is_string());
        let after = device.settle().await;
        assert!(after.iter().all(|e| e["roomId"] != "team"), "{after:?}");
    }

    // A client that was away finds all of it in the log.
    let mut away = server.connect("alice").await;
    let (epoch, after) = (&before["epoch"], &before["head"]);
    away.ask(json!({"type": "JOIN_ROOM", "roomId": "team", "epoch": epoch, "after": after}))
        .await;
    let sync = away.next_of("ROOM_SYNC").await;
    let changes = sync["changes"].as_array().unwrap();
    let kinds: Vec<_> = changes.iter().map(|m| &m["kind"]).collect();
    assert_eq!(kinds, ["system", "system", "system", "system", "user"]);
}

pub(super) async fn a_room_that_is_handed_over_is_told_of_with_both_roles(adapter: Adapter) {
    let server = adapter.start().await;
    server.group("team", &["alice", "bob"]).await;
    let (engine, team) = (&server.engine, room("team"));
    let mut alice = server.connect("alice").await;
    alice.join("team").await;
    // From the app to Alice, and from Alice to Bob.
    let (one, other) = (user("alice"), user("bob"));
    let given = engine.transfer_room(&Actor::App, &team, &one).await;
    assert_eq!(given.unwrap().owner_id.as_ref(), Some(&one));
    // An event without a `rev` may overtake events of the log.
    let mut told = async |members: usize| {
        let (mut roles, mut owner) = (Vec::new(), None);
        while roles.len() < members || owner.is_none() {
            let event = alice.next().await;
            match event["type"].as_str() {
                Some("MEMBER_UPDATED") => {
                    roles.push(json!([event["rev"], event["userId"], event["role"]]))
                }
                Some("ROOM_UPDATED") => owner = Some(event["room"]["ownerId"].clone()),
                _ => panic!("unexpected: {event}"),
            }
        }
        (roles, owner)
    };
    let expected = vec![json!([1, "alice", "owner"])];
    assert_eq!(told(1).await, (expected, Some(json!("alice"))));
    let actor = Actor::User(one);
    engine.transfer_room(&actor, &team, &other).await.unwrap();
    let expected = vec![json!([2, "bob", "owner"]), json!([3, "alice", "admin"])];
    assert_eq!(told(2).await, (expected, Some(json!("bob"))));
}

pub(super) async fn members_of_a_public_room_come_and_go_without_a_rev(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.joined("alice").await;
    server.joined("bob").await;
    let (who, general) = (user("bob"), room("general"));
    server.engine.leave(&who, &general).await.unwrap();
    for kind in ["MEMBER_JOINED", "MEMBER_LEFT"] {
        let event = alice.next_of(kind).await;
        assert_eq!(event["userId"], "bob");
        assert!(event.get("rev").is_none());
    }
    assert_eq!(alice.join("general").await["head"], 0);
}

pub(super) async fn a_room_that_goes_is_told_to_all_its_members(adapter: Adapter) {
    let server = adapter.start().await;
    server.group("team", &["alice", "bob"]).await;
    let mut alice = server.connect("alice").await;
    let mut outside = server.connect("bob").await;
    alice.join("team").await;
    let team = room("team");
    server.engine.delete_room(&Actor::App, &team).await.unwrap();
    for client in [&mut alice, &mut outside] {
        assert_eq!(client.next_of("ROOM_REMOVED").await["roomId"], "team");
    }
    let join = json!({"type": "JOIN_ROOM", "roomId": "team"});
    assert_eq!(alice.refused(join).await["code"], "ROOM_NOT_FOUND");
}

pub(super) async fn who_is_banned_is_out_until_the_ban_is_lifted(adapter: Adapter) {
    let server = adapter.start().await;
    let mut bob = [server.joined("bob").await, server.connect("bob").await];
    let (engine, general, who) = (&server.engine, room("general"), user("bob"));
    engine
        .ban(&Actor::App, &general, &who, None, None)
        .await
        .unwrap();
    let join = json!({"type": "JOIN_ROOM", "roomId": "general"});
    for device in &mut bob {
        assert_eq!(device.next_of("ROOM_REMOVED").await["roomId"], "general");
        assert_eq!(device.refused(join.clone()).await["code"], "FORBIDDEN");
    }
    engine.unban(&Actor::App, &general, &who).await.unwrap();
    bob[0].join("general").await;
    // A user who is not in the room must not learn that it exists.
    server.group("team", &["alice"]).await;
    let team = room("team");
    let ban = engine.ban(&Actor::App, &team, &who, None, None).await;
    ban.unwrap();
    let heard = bob[0].settle().await;
    assert!(heard.iter().all(|e| e["roomId"] != "team"), "{heard:?}");
}

pub(super) async fn presence_is_told_once_whatever_the_number_of_devices(adapter: Adapter) {
    let server = adapter.with(|s| s.config.presence_grace_ms = 50).await;
    server.group("team", &["alice", "bob"]).await;
    server.group("other", &["alice", "bob"]).await;
    let mut alice = server.connect("alice").await;
    let mut stranger = server.connect("eve").await;
    let first = server.connect("bob").await;
    let expected = json!({"type": "USER_ONLINE", "userId": "bob"});
    assert_eq!(alice.next_of("USER_ONLINE").await, expected);
    let second = server.connect("bob").await;
    drop((first, second));
    let offline = alice.next().await;
    assert_eq!(
        offline["type"], "USER_OFFLINE",
        "a second device must not be announced"
    );
    assert_eq!(offline["userId"], "bob");
    assert!(offline["lastSeenAt"].is_string());
    let _again = server.connect("bob").await;
    assert_eq!(alice.next().await["type"], "USER_ONLINE");
    assert!(stranger.settle().await.is_empty(), "they share no room");
}

pub(super) async fn a_large_room_tells_how_many_are_there_in_place_of_who(adapter: Adapter) {
    let server = adapter
        .with(|s| {
            s.config.presence_max = 2;
            s.config.occupancy_ms = 50;
        })
        .await;
    server.group("team", &["alice", "bob", "carol"]).await;
    let mut alice = server.connect("alice").await;
    alice.join("team").await;
    let told =
        |online| json!({"type": "OCCUPANCY", "roomId": "team", "online": online, "members": 3});
    assert_eq!(alice.next().await, told(1));
    let mut bob = server.connect("bob").await;
    bob.join("team").await;
    bob.next_of("OCCUPANCY").await;
    let typing = json!({"type": "TYPING", "roomId": "team", "typing": true});
    bob.send(&typing).await;
    assert_eq!(
        alice.next().await,
        told(2),
        "bob's typing must not be broadcast"
    );
    drop(bob);
    assert_eq!(alice.next().await, told(1));
}
