use std::time::Duration;

use chat_core::engine::CreateRoom;
use chat_core::model::{Anchor, HistoryQuery, RoomKind, RoomPatch, RoomSettings};
use chat_core::{Actor, Engine};
use serde_json::json;

use crate::support::{ByName, Client, config, room, send_as, user};

async fn engine() -> Engine {
    let engine = Engine::builder(ByName).config(config()).build();
    let general = CreateRoom::new(RoomKind::Public).id(room("general"));
    engine.create_room(&Actor::App, general).await.unwrap();
    engine
}

#[tokio::test(start_paused = true)]
async fn two_users_chat() {
    let engine = engine().await;
    let mut alice = Client::connect(&engine, "alice").await;
    let mut bob = Client::connect(&engine, "bob").await;
    let joined = alice.join("general").await;
    assert_eq!(joined["head"], 0);
    assert_eq!(joined["role"], "member");
    assert_eq!(joined["recovered"], false);
    assert_eq!(joined["messages"], json!([]));
    bob.join("general").await;

    let ack = alice.say("general", "c-1", "hi").await;
    assert_eq!(ack["seq"], 1);
    assert_eq!(ack["duplicate"], false);
    for client in [&mut alice, &mut bob] {
        let event = client.next_of("MESSAGE_CREATED").await;
        assert_eq!(event["rev"], 1);
        assert_eq!(event["message"]["text"], "hi");
        assert_eq!(event["message"]["senderId"], "alice");
        assert_eq!(event["message"]["id"], ack["messageId"]);
    }

    let again = alice.say("general", "c-1", "hi").await;
    assert_eq!(again["duplicate"], true);
    assert_eq!(again["messageId"], ack["messageId"]);

    let id = &ack["messageId"];
    let edit =
        json!({"type": "EDIT_MESSAGE", "roomId": "general", "messageId": id, "text": "hello"});
    assert_eq!(alice.ask(edit.clone()).await["rev"], 2);
    assert_eq!(bob.ask(edit).await["code"], "FORBIDDEN");
    let react =
        json!({"type": "ADD_REACTION", "roomId": "general", "messageId": id, "emoji": "👍"});
    assert_eq!(bob.ask(react).await["rev"], 3);
    let delete = json!({"type": "DELETE_MESSAGE", "roomId": "general", "messageId": id});
    assert_eq!(alice.ask(delete).await["rev"], 4);

    let events: Vec<_> = alice.settle().await;
    let all: Vec<_> = events
        .iter()
        .map(|e| (e["type"].as_str().unwrap(), e["rev"].as_u64()))
        .collect();
    assert_eq!(all, [("MESSAGE_DELETED", Some(4))]);
    let deleted = &events[0];
    assert_eq!((&deleted["messageId"], &deleted["seq"]), (id, &json!(1)));
}

#[tokio::test(start_paused = true)]
async fn an_event_is_encoded_once_for_all_who_hear_it() {
    let engine = engine().await;
    let mut clients = Vec::new();
    for name in ["alice", "bob", "carol"] {
        let mut client = Client::connect(&engine, name).await;
        client.join("general").await;
        clients.push(client);
    }
    for client in &mut clients {
        client.settle().await;
    }
    send_as(&engine, "alice", "general", "hi").await;
    let mut frames = Vec::new();
    for client in &mut clients {
        frames.push(client.next_bytes().await);
    }
    assert!(frames[0].starts_with(br#"{"type":"MESSAGE_CREATED""#));
    assert!(
        frames.iter().all(|f| f.as_ptr() == frames[0].as_ptr()),
        "all sockets share the same bytes"
    );
}

#[tokio::test(start_paused = true)]
async fn who_resumes_gets_what_was_missed_in_its_latest_state_and_then_goes_on() {
    let engine = engine().await;
    let mut alice = Client::connect(&engine, "alice").await;
    let joined = alice.join("general").await;
    let mut first = None;
    for n in 1..=250 {
        let ack = alice.say("general", &format!("c-{n}"), "x").await;
        first.get_or_insert(ack["messageId"].clone());
    }
    let edit =
        json!({"type": "EDIT_MESSAGE", "roomId": "general", "messageId": first, "text": "y"});
    assert_eq!(alice.ask(edit).await["rev"], 251);

    let mut bob = Client::connect(&engine, "bob").await;
    let resumed = bob
        .ask(
            json!({"type": "JOIN_ROOM", "roomId": "general", "epoch": joined["epoch"], "after": 0}),
        )
        .await;
    assert_eq!(resumed["recovered"], true);
    assert!(resumed.get("messages").is_none());
    let mut revs = Vec::new();
    loop {
        let sync = bob.next().await;
        assert_eq!(sync["type"], "ROOM_SYNC");
        let changes = sync["changes"].as_array().unwrap();
        assert!(changes.len() <= 100);
        revs.extend(changes.iter().map(|m| m["rev"].as_u64().unwrap()));
        if sync["done"] == true {
            assert_eq!(sync["through"], 251);
            break;
        }
    }
    assert_eq!(revs, (2..=251).collect::<Vec<_>>());
    alice.say("general", "next", "z").await;
    assert_eq!(bob.next().await["rev"], 252);

    for (epoch, after) in [
        (json!("0190b0a0-0000-7000-8000-000000000000"), 0),
        (joined["epoch"].clone(), 9_999),
    ] {
        let fresh = bob
            .ask(json!({"type": "JOIN_ROOM", "roomId": "general", "epoch": epoch, "after": after}))
            .await;
        assert_eq!(fresh["recovered"], false);
        assert_eq!(fresh["messages"].as_array().unwrap().len(), 50);
    }
}

#[tokio::test(start_paused = true)]
async fn who_may_not_is_told_so() {
    let engine = engine().await;
    let secret = CreateRoom::new(RoomKind::Group)
        .id(room("secret"))
        .members([user("alice")]);
    engine.create_room(&Actor::App, secret).await.unwrap();
    let mut bob = Client::connect(&engine, "bob").await;
    let code = |v: serde_json::Value| v["code"].as_str().unwrap().to_owned();
    let join = |room: &str| json!({"type": "JOIN_ROOM", "roomId": room});
    assert_eq!(code(bob.ask(join("secret")).await), "ROOM_NOT_FOUND");
    assert_eq!(code(bob.ask(join("nowhere")).await), "ROOM_NOT_FOUND");
    let typing = json!({"type": "TYPING", "roomId": "general", "typing": true});
    assert_eq!(code(bob.ask(typing).await), "NOT_JOINED");
    let send =
        json!({"type": "SEND_MESSAGE", "roomId": "secret", "clientMessageId": "1", "text": "x"});
    assert_eq!(code(bob.ask(send).await), "ROOM_NOT_FOUND");
    assert_eq!(Client::open(&engine, None).closed().await, 1008);
    assert_eq!(Client::open(&engine, Some("expired")).closed().await, 1008);
}

#[tokio::test(start_paused = true)]
async fn who_has_gone_leaves_no_trace() {
    let engine = engine().await;
    let mut alice = Client::connect(&engine, "alice").await;
    alice.join("general").await;
    let bob = Client::connect(&engine, "bob").await;
    assert_eq!(engine.connection_count(), 2);
    alice.leave().await;
    bob.abort();
    tokio::task::yield_now().await;
    assert_eq!(engine.connection_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_rename_is_kept_no_longer_than_other_messages() {
    let engine = Engine::builder(ByName).config(config()).build();
    let new = CreateRoom::new(RoomKind::Group)
        .id(room("team"))
        .settings(RoomSettings {
            retention_seconds: Some(60),
            ..RoomSettings::for_kind(RoomKind::Group)
        });
    engine.create_room(&Actor::App, new).await.unwrap();
    let rename = RoomPatch {
        name: Some(Some("The team".to_owned())),
        ..RoomPatch::default()
    };
    let team = room("team");
    let update = engine.update_room(&Actor::App, &team, &rename);
    update.await.unwrap();
    let newest = HistoryQuery::new(Anchor::Newest, 1);
    let page = engine.history(&Actor::App, &team, &newest).await;
    let renamed = &page.unwrap().messages[0];
    let lives = renamed.expires_at.map(|at| at.since(renamed.created_at));
    assert_eq!(lives, Some(Duration::from_secs(60)));
}
