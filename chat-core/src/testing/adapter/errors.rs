//! Every error code that a command can produce.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::client::say;
use super::mount::Adapter;
use crate::backend::{Hooks, Quota, SendContext, Verdict};
use crate::engine::CreateRoom;
use crate::memory::MemoryMessages;
use crate::model::{Draft, Role, RoomKind, RoomSettings};
use crate::testing::faulty::Faults;
use crate::testing::ids::{room, user};
use crate::{Actor, Result, Timestamp};

const NO_MESSAGE: &str = "0190b0a0-0000-7000-8000-000000000000";

fn join(room: &str) -> Value {
    json!({"type": "JOIN_ROOM", "roomId": room})
}

/// Every command about a message or a joined room.
fn all_in(room: &str, message: &Value) -> Vec<Value> {
    vec![
        say(room, "1", "x"),
        json!({"type": "EDIT_MESSAGE", "roomId": room, "messageId": message, "text": "x"}),
        json!({"type": "DELETE_MESSAGE", "roomId": room, "messageId": message}),
        json!({"type": "ADD_REACTION", "roomId": room, "messageId": message, "emoji": "👍"}),
        json!({"type": "REMOVE_REACTION", "roomId": room, "messageId": message, "emoji": "👍"}),
        json!({"type": "MARK_READ", "roomId": room, "seq": 0}),
    ]
}

pub(super) async fn not_a_member(adapter: Adapter) {
    let server = adapter.start().await;
    server
        .engine
        .join(&user("alice"), &room("general"))
        .await
        .unwrap();
    let sent = server.connect("alice").await.say("general", "1", "x").await;
    let mut bob = server.connect("bob").await;
    for command in all_in("general", &sent["messageId"]) {
        assert_eq!(bob.refused(command).await["code"], "NOT_A_MEMBER");
    }
    // A public room lets anybody join, unless its settings forbid it.
    let mut settings = RoomSettings::for_kind(RoomKind::Public);
    settings.join_on_demand = false;
    let strict = CreateRoom::new(RoomKind::Public).id(room("strict"));
    server.create(strict.settings(settings)).await;
    assert_eq!(bob.refused(join("strict")).await["code"], "NOT_A_MEMBER");
    assert_eq!(
        bob.refused(say("general", "1", "x")).await["code"],
        "NOT_A_MEMBER"
    );
}

pub(super) async fn not_joined(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.connect("alice").await;
    server.joined("alice").await;
    for command in [
        json!({"type": "LEAVE_ROOM", "roomId": "general"}),
        json!({"type": "LEAVE_ROOM", "roomId": "nowhere"}),
        json!({"type": "TYPING", "roomId": "general", "typing": true}),
    ] {
        assert_eq!(alice.refused(command).await["code"], "NOT_JOINED");
    }
}

pub(super) async fn room_not_found(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.connect("alice").await;
    for command in all_in("nowhere", &json!(NO_MESSAGE)) {
        assert_eq!(alice.refused(command).await["code"], "ROOM_NOT_FOUND");
    }
    assert_eq!(
        alice.refused(join("nowhere")).await["code"],
        "ROOM_NOT_FOUND"
    );
}

/// To users who are not members, a room that is not public looks exactly like a missing one, byte
/// for byte. That includes former and banned members.
pub(super) async fn a_room_of_others_is_not_there(adapter: Adapter) {
    let server = adapter.start().await;
    server.group("closed", &["alice", "bob", "carol"]).await;
    let (engine, closed) = (&server.engine, room("closed"));
    let sent = server.connect("alice").await.say("closed", "1", "x").await;
    let (bob, eve) = (user("bob"), user("eve"));
    engine
        .remove_member(&Actor::App, &closed, &bob)
        .await
        .unwrap();
    engine
        .ban(&Actor::App, &closed, &eve, None, None)
        .await
        .unwrap();
    for name in ["bob", "eve", "mallory"] {
        let mut client = server.connect(name).await;
        let epoch = "0190b0a0-0000-7000-8000-000000000000";
        let with = |room: &str| {
            let mut commands = all_in(room, &sent["messageId"]);
            commands.push(join(room));
            commands.push(json!({"type": "JOIN_ROOM", "roomId": room, "epoch": epoch, "after": 1}));
            commands.push(json!({"type": "LEAVE_ROOM", "roomId": room}));
            commands.push(json!({"type": "TYPING", "roomId": room, "typing": true}));
            commands
        };
        for (there, nowhere) in with("closed").into_iter().zip(with("nowhere")) {
            let type_name = there["type"].clone();
            let (mut there, mut nowhere) =
                (client.refused(there).await, client.refused(nowhere).await);
            for answer in [&mut there, &mut nowhere] {
                answer["ref"].take();
            }
            assert_eq!(there, nowhere, "{name}: {type_name}");
        }
    }
}

pub(super) async fn message_not_found(adapter: Adapter) {
    let server = adapter.start().await;
    server.group("other", &["alice"]).await;
    let mut alice = server.joined("alice").await;
    let elsewhere = alice.say("other", "1", "x").await["messageId"].clone();
    for message in [json!(NO_MESSAGE), elsewhere] {
        for command in all_in("general", &message).drain(1..5) {
            assert_eq!(alice.refused(command).await["code"], "MESSAGE_NOT_FOUND");
        }
        for field in ["replyTo", "threadId"] {
            let mut command = say("general", "1", "x");
            command[field] = message.clone();
            assert_eq!(alice.refused(command).await["code"], "MESSAGE_NOT_FOUND");
        }
    }
    // A tombstone no longer counts as a message.
    let gone = alice.say("general", "1", "x").await["messageId"].clone();
    let commands = all_in("general", &gone);
    assert_eq!(alice.ask(commands[2].clone()).await["type"], "ACK");
    assert_eq!(
        alice.refused(commands[1].clone()).await["code"],
        "MESSAGE_NOT_FOUND"
    );
    assert_eq!(
        alice.refused(commands[3].clone()).await["code"],
        "MESSAGE_NOT_FOUND"
    );
}

pub(super) async fn too_large(adapter: Adapter) {
    let server = adapter
        .with(|s| s.config.limits.max_rooms_per_connection = 1)
        .await;
    server.group("second", &["alice"]).await;
    let mut alice = server.joined("alice").await;
    let longest = "🦀".repeat(4_000);
    let id = alice.say("general", "longest", &longest).await["messageId"].clone();
    let longer = longest + "x";
    let with = |field: &str, value: Value| {
        let mut command = say("general", "1", "x");
        command[field] = value;
        command
    };
    let mut deep = json!(1);
    for _ in 0..8 {
        deep = json!([deep]);
    }
    let url = format!("https://example.org/{}", "x".repeat(2_048));
    for command in [
        say("general", "1", &longer),
        json!({"type": "EDIT_MESSAGE", "roomId": "general", "messageId": id, "text": longer}),
        json!({"type": "ADD_REACTION", "roomId": "general", "messageId": id, "emoji": "x".repeat(65)}),
        with("mentions", json!(vec!["bob"; 51])),
        with(
            "attachments",
            json!(vec![json!({"url": "https://a/b", "mimeType": "a/b"}); 11]),
        ),
        with("attachments", json!([{"url": url, "mimeType": "a/b"}])),
        with("metadata", json!({"a": "x".repeat(4_096)})),
        with("metadata", json!({"a": deep})),
        join("second"),
    ] {
        let error = alice.refused(command.clone()).await;
        assert_eq!(error["code"], "TOO_LARGE", "{command}");
    }
    // The room joined earlier is still joined.
    alice.say("general", "2", "x").await;
    let heard = alice.settle().await;
    assert_eq!(heard.last().unwrap()["type"], "MESSAGE_CREATED");
}

pub(super) async fn rate_limited(adapter: Adapter) {
    let server = adapter
        .with(|s| {
            let rates = &mut s.config.rates;
            for quota in [
                &mut rates.send,
                &mut rates.change,
                &mut rates.read,
                &mut rates.typing,
                &mut rates.session,
            ] {
                *quota = Quota::new(1, 0.01);
            }
            rates.join = Quota::new(3, 0.01);
        })
        .await;
    let mut alice = server.joined("alice").await;
    let mut bob = server.joined("bob").await;
    let id = alice.say("general", "1", "x").await["messageId"].clone();
    let mut commands = all_in("general", &id);
    commands.push(json!({"type": "PING"}));
    // The first use of these commands spends their quotas.
    alice.ask(commands[4].clone()).await;
    alice.ask(commands[5].clone()).await;
    alice.ask(commands[6].clone()).await;
    alice
        .send(&json!({"type": "TYPING", "roomId": "general", "typing": true}))
        .await;
    commands.push(json!({"type": "REFRESH_TOKEN", "token": "x"}));
    commands.push(json!({"type": "TYPING", "roomId": "general", "typing": false}));
    for command in commands {
        let error = alice.refused(command.clone()).await;
        assert_eq!(error["code"], "RATE_LIMITED", "{command}");
        let after = error["retryAfterMs"].as_u64().unwrap();
        assert!((1..=100_000).contains(&after), "{after}");
    }
    for _ in 0..2 {
        assert_eq!(alice.ask(join("general")).await["type"], "ROOM_JOINED");
    }
    assert_eq!(alice.refused(join("general")).await["code"], "RATE_LIMITED");
    // All connections of a user share the quota. Other users have their own.
    let mut again = server.connect("alice").await;
    assert_eq!(
        again.refused(say("general", "2", "x")).await["code"],
        "RATE_LIMITED"
    );
    bob.say("general", "1", "x").await;
}

#[derive(Debug)]
struct Polite;

#[async_trait]
impl Hooks for Polite {
    async fn before_send(&self, _: SendContext<'_>, draft: &Draft) -> Result<Verdict> {
        assert_ne!(draft.text, "panic", "a panicking hook");
        Ok(match draft.text.as_str() {
            "rude" => Verdict::Reject("be nice".to_owned()),
            "shout" => Verdict::Rewrite(Draft::text("whisper")),
            _ => Verdict::Allow,
        })
    }
}

pub(super) async fn rejected_rewritten_and_internal(adapter: Adapter) {
    let server = adapter.built(|_| {}, |builder| builder.hooks(Polite)).await;
    let mut alice = server.joined("alice").await;
    let error = alice.refused(say("general", "1", "rude")).await;
    assert_eq!(error["code"], "REJECTED");
    assert_eq!(error["message"], "be nice");
    let error = alice.refused(say("general", "1", "panic")).await;
    assert_eq!(error["code"], "INTERNAL");
    // Neither message was stored, so the client message id is still free.
    let ack = alice.say("general", "1", "shout").await;
    assert_eq!((&ack["seq"], &ack["duplicate"]), (&json!(1), &json!(false)));
    let created = alice.next_of("MESSAGE_CREATED").await;
    assert_eq!(created["message"]["text"], "whisper");
    let edit = json!({"type": "EDIT_MESSAGE", "roomId": "general", "messageId": ack["messageId"], "text": "rude"});
    assert_eq!(alice.refused(edit).await["code"], "REJECTED");
}

pub(super) async fn forbidden(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = server.joined("alice").await;
    let mut bob = server.joined("bob").await;
    let id = alice.say("general", "1", "x").await["messageId"].clone();
    for command in &all_in("general", &id)[1..3] {
        assert_eq!(bob.refused(command.clone()).await["code"], "FORBIDDEN");
    }
    let (general, engine) = (room("general"), &server.engine);
    // A muted member can still read. A guest can only read.
    let until = Some(Timestamp::from_millis(4_000_000_000_000));
    engine
        .mute(&Actor::App, &general, &user("bob"), until)
        .await
        .unwrap();
    assert_eq!(
        bob.refused(say("general", "1", "x")).await["code"],
        "FORBIDDEN"
    );
    engine
        .mute(&Actor::App, &general, &user("bob"), None)
        .await
        .unwrap();
    bob.say("general", "1", "x").await;
    engine
        .set_role(&Actor::App, &general, &user("bob"), Role::Guest)
        .await
        .unwrap();
    let typing = json!({"type": "TYPING", "roomId": "general", "typing": true});
    let mut commands = all_in("general", &id);
    assert_eq!(bob.ask(commands.pop().unwrap()).await["type"], "ACK");
    commands.push(typing);
    for command in commands {
        assert_eq!(bob.refused(command).await["code"], "FORBIDDEN");
    }
    // A banned user is removed and cannot rejoin.
    engine
        .ban(&Actor::App, &general, &user("bob"), None, None)
        .await
        .unwrap();
    assert_eq!(bob.next_of("ROOM_REMOVED").await["roomId"], "general");
    assert_eq!(bob.refused(join("general")).await["code"], "FORBIDDEN");
    assert_eq!(
        bob.refused(say("general", "2", "x")).await["code"],
        "FORBIDDEN"
    );
}

pub(super) async fn conflict(adapter: Adapter) {
    let server = adapter
        .with(|s| {
            s.config.limits.max_emoji_per_message = 2;
            s.config.limits.max_users_per_emoji = 1;
        })
        .await;
    let mut alice = server.joined("alice").await;
    let mut bob = server.joined("bob").await;
    let id = alice.say("general", "1", "x").await["messageId"].clone();
    let react = |emoji: &str| json!({"type": "ADD_REACTION", "roomId": "general", "messageId": id, "emoji": emoji});
    for (emoji, answer) in [("👍", "ACK"), ("🦀", "ACK"), ("👍", "ACK"), ("🫖", "ERROR")] {
        assert_eq!(alice.ask(react(emoji)).await["type"], answer, "{emoji}");
    }
    assert_eq!(alice.refused(react("🫖")).await["code"], "CONFLICT");
    assert_eq!(bob.refused(react("👍")).await["code"], "CONFLICT");
}

pub(super) async fn unavailable(adapter: Adapter) {
    let faults = Faults::default();
    let store = faults.wrap(MemoryMessages::new());
    let server = adapter
        .built(|_| {}, |builder| builder.messages(store))
        .await;
    let mut alice = server.joined("alice").await;
    let mut bob = server.joined("bob").await;
    let id = alice.say("general", "0", "x").await["messageId"].clone();
    faults.cut();
    for command in all_in("general", &id) {
        let error = alice.refused(command.clone()).await;
        assert_eq!(error["code"], "UNAVAILABLE", "{command}");
        // Internal details must not leak to clients.
        assert!(!error.to_string().contains("panicked"));
    }
    assert_eq!(bob.refused(join("general")).await["code"], "UNAVAILABLE");
    faults.heal();
    // The connections survived, and the client message ids are still free.
    let ack = alice.say("general", "1", "x").await;
    assert_eq!((&ack["seq"], &ack["duplicate"]), (&json!(2), &json!(false)));
    assert_eq!(bob.join("general").await["head"], 2);
}
