//! Every command and its reply.

use serde_json::{Value, json};

use super::client::say;
use super::mount::Adapter;
use super::token::{HOUR, token};

pub(super) async fn hello_says_who_one_is_and_what_holds(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server
        .open(&format!("?token={}", token("alice", HOUR)))
        .await;
    let hello = alice.next().await;
    assert_eq!(hello["type"], "HELLO");
    assert_eq!(hello["userId"], "alice");
    assert!(hello["connectionId"].is_string() && hello["nodeId"].is_string());
    assert_eq!(hello["heartbeatMs"], 25_000);
    assert!(hello["tokenExpiresAt"].as_str().unwrap().ends_with('Z'));
    assert_eq!(
        hello["limits"],
        json!({"maxFrameBytes": 65_536, "maxTextChars": 4_000, "maxRoomsPerConnection": 200})
    );
    let mut again = server
        .open(&format!("?token={}", token("alice", HOUR)))
        .await;
    let other = again.next().await;
    assert_ne!(other["connectionId"], hello["connectionId"]);
    assert_eq!(other["nodeId"], hello["nodeId"]);
}

pub(super) async fn a_ref_comes_back_and_its_lack_too(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.connect("alice").await;
    for reference in ["", "1", "ü\"\\\n", &"r".repeat(64)] {
        alice.send(&json!({"type": "PING", "ref": reference})).await;
        let pong = alice.next().await;
        assert_eq!(pong, json!({"type": "PONG", "ref": reference}));
    }
    alice.send(&json!({"type": "PING"})).await;
    assert_eq!(alice.next().await, json!({"type": "PONG"}));
    alice.send(&json!({"type": "NOPE", "ref": "n"})).await;
    assert_eq!(alice.next().await["ref"], "n");
}

pub(super) async fn a_join_answers_with_the_newest_messages(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.joined("alice").await;
    for n in 1..=60 {
        alice.say("general", &n.to_string(), &n.to_string()).await;
    }
    alice
        .ask(json!({"type": "MARK_READ", "roomId": "general", "seq": 40}))
        .await;
    let mut again = server.connect("alice").await;
    let joined = again.join("general").await;
    assert!(joined["epoch"].is_string());
    assert_eq!(joined["head"], 60);
    assert_eq!(joined["role"], "member");
    assert_eq!(joined["readSeq"], 40);
    assert_eq!(joined["recovered"], false);
    let seqs = |joined: &Value| -> Vec<u64> {
        let messages = joined["messages"].as_array().unwrap();
        messages
            .iter()
            .map(|m| m["seq"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(seqs(&joined), (11..=60).collect::<Vec<_>>());
    for (history, first) in [(0, 61), (3, 58), (100, 1)] {
        let joined = again
            .ask(json!({"type": "JOIN_ROOM", "roomId": "general", "history": history}))
            .await;
        assert_eq!(seqs(&joined), (first..=60).collect::<Vec<_>>());
    }
}

pub(super) async fn who_leaves_a_room_hears_nothing_more_but_stays_a_member(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.joined("alice").await;
    let mut bob = server.joined("bob").await;
    let left = bob
        .ask(json!({"type": "LEAVE_ROOM", "roomId": "general"}))
        .await;
    assert_eq!(left["type"], "ROOM_LEFT");
    assert_eq!(left["roomId"], "general");
    alice.say("general", "1", "anyone?").await;
    let heard = bob.settle().await;
    assert!(heard.iter().all(|e| e["type"] != "MESSAGE_CREATED"));
    bob.say("general", "1", "still a member").await;
    let (_, heard) = alice.ask_all(json!({"type": "PING"})).await;
    let senders: Vec<_> = heard
        .iter()
        .filter(|e| e["type"] == "MESSAGE_CREATED")
        .map(|e| &e["message"]["senderId"])
        .collect();
    assert_eq!(senders.last().unwrap(), &"bob");
}

pub(super) async fn a_sent_message_is_acknowledged_and_comes_whole(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.joined("alice").await;
    let mut bob = server.joined("bob").await;
    let root = alice.say("general", "root", "hi").await;
    assert_eq!(root["seq"], 1);
    assert_eq!(root["rev"], 1);
    assert_eq!(root["clientMessageId"], "root");
    assert_eq!(root["duplicate"], false);
    let created = bob.next_of("MESSAGE_CREATED").await;
    assert_eq!(created["rev"], 1);
    let plain = json!({
        "id": root["messageId"], "roomId": "general", "kind": "user", "seq": 1, "rev": 1,
        "senderId": "alice", "clientMessageId": "root", "text": "hi",
        "createdAt": root["createdAt"],
    });
    assert_eq!(created["message"], plain, "null fields are omitted");

    let mut full = json!({
        "type": "SEND_MESSAGE", "roomId": "general", "clientMessageId": "full", "text": "",
        "replyTo": root["messageId"], "threadId": root["messageId"], "mentions": ["bob"],
        "attachments": [
            {"url": "https://example.org/a.png", "mimeType": "image/png", "name": "a.png", "size": 123}
        ],
        "metadata": {"k": [1, {"v": null}]},
    });
    let ack = bob.ask(full.clone()).await;
    assert_eq!(ack["type"], "MESSAGE_ACK", "{ack}");
    let message = loop {
        let event = alice.next_of("MESSAGE_CREATED").await;
        if event["rev"] == 2 {
            break event["message"].clone();
        }
    };
    full.as_object_mut().unwrap().remove("type");
    for (field, value) in full.as_object().unwrap() {
        assert_eq!(message[field], *value, "{field}");
    }
    assert_eq!(message["senderId"], "bob");
}

pub(super) async fn the_same_message_twice_is_one(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.joined("alice").await;
    let first = alice.say("general", "c-1", "one").await;
    let again = alice.say("general", "c-1", "two").await;
    assert_eq!(again["duplicate"], true);
    for field in ["messageId", "seq", "rev", "createdAt"] {
        assert_eq!(again[field], first[field]);
    }
    // The same client message id from another user is another message.
    let other = server.joined("bob").await.say("general", "c-1", "x").await;
    assert_eq!(other["duplicate"], false);
    assert_eq!(other["seq"], 2);
}

pub(super) async fn changes_of_a_message_are_acknowledged_with_their_rev(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.joined("alice").await;
    let mut bob = server.joined("bob").await;
    let id = alice.say("general", "1", "hi").await["messageId"].clone();
    let change = |kind: &str, field: &str, value: &str| {
        let mut command = json!({"type": kind, "roomId": "general", "messageId": id});
        if !field.is_empty() {
            command[field] = json!(value);
        }
        command
    };
    let steps = [
        (change("EDIT_MESSAGE", "text", "ho"), 2),
        (change("ADD_REACTION", "emoji", "👍"), 3),
        (change("ADD_REACTION", "emoji", "👍"), 3),
        (change("REMOVE_REACTION", "emoji", "👍"), 4),
        (change("REMOVE_REACTION", "emoji", "👍"), 4),
        (change("DELETE_MESSAGE", "", ""), 5),
        (change("DELETE_MESSAGE", "", ""), 5),
    ];
    for (command, rev) in steps {
        let ack = alice.ask(command).await;
        assert_eq!(ack["type"], "ACK", "{ack}");
        assert_eq!(ack["rev"], rev);
    }
    assert_eq!(bob.next_of("MESSAGE_CREATED").await["rev"], 1);
    let edited = bob.next().await;
    assert_eq!(edited["type"], "MESSAGE_UPDATED");
    assert_eq!(edited["rev"], 2);
    assert_eq!(edited["message"]["text"], "ho");
    assert_eq!(edited["message"]["seq"], 1);
    assert!(edited["message"]["editedAt"].is_string());
    let reacted = bob.next().await;
    assert_eq!(reacted["type"], "MESSAGE_UPDATED");
    assert_eq!(reacted["message"]["reactions"], json!({"👍": ["alice"]}));
    let taken_back = bob.next().await;
    assert_eq!(taken_back["rev"], 4);
    assert!(taken_back["message"].get("reactions").is_none());
    let deleted = bob.next().await;
    assert!(deleted["deletedAt"].is_string());
    assert_eq!(
        deleted,
        json!({
            "type": "MESSAGE_DELETED", "roomId": "general", "rev": 5, "messageId": id, "seq": 1,
            "deletedAt": deleted["deletedAt"],
        })
    );
    // Changes without effect are not broadcast.
    assert!(bob.settle().await.is_empty());
}

pub(super) async fn a_tombstone_has_lost_what_it_said(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.joined("alice").await;
    let mut command = say("general", "1", "secret");
    command["attachments"] = json!([{"url": "https://example.org/a", "mimeType": "a/b"}]);
    let id = alice.ask(command).await["messageId"].clone();
    alice
        .ask(json!({"type": "ADD_REACTION", "roomId": "general", "messageId": id, "emoji": "👍"}))
        .await;
    alice
        .ask(json!({"type": "DELETE_MESSAGE", "roomId": "general", "messageId": id}))
        .await;
    let joined = server.connect("bob").await.join("general").await;
    let message = &joined["messages"][0];
    assert_eq!(message["text"], "");
    assert!(message["deletedAt"].is_string());
    assert!(message.get("attachments").is_none() && message.get("reactions").is_none());
}

pub(super) async fn a_read_marker_never_moves_back(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.joined("alice").await;
    for n in 1..=3 {
        alice.say("general", &n.to_string(), "x").await;
    }
    for (seq, read) in [(2, 2), (1, 2), (999, 3), (0, 3)] {
        let ack = alice
            .ask(json!({"type": "MARK_READ", "roomId": "general", "seq": seq}))
            .await;
        assert_eq!(ack["type"], "ACK");
        assert_eq!(alice.join("general").await["readSeq"], read);
    }
}

pub(super) async fn typing_has_no_answer(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.joined("alice").await;
    for typing in [true, false] {
        alice
            .send(&json!({"type": "TYPING", "ref": "t", "roomId": "general", "typing": typing}))
            .await;
    }
    assert!(alice.settle().await.is_empty());
}
