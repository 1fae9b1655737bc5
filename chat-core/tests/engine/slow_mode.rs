//! Slow mode over WebSockets.

use std::time::Duration;

use chat_core::engine::CreateRoom;
use chat_core::model::{Role, RoomKind, RoomPatch, RoomSettings, RoomSettingsPatch};
use chat_core::{Actor, Engine};
use serde_json::{Value, json};

use crate::support::{Client, Shared, config, room, send_as, user};

async fn slow(engine: &Engine, name: &str, seconds: u32) {
    let settings = RoomSettings {
        slow_mode_seconds: seconds,
        ..RoomSettings::default()
    };
    let new = CreateRoom::new(RoomKind::Group)
        .id(room(name))
        .members(["alice", "bob", "mod"].map(user))
        .settings(settings);
    engine.create_room(&Actor::App, new).await.unwrap();
    engine
        .set_role(&Actor::App, &room(name), &user("mod"), Role::Moderator)
        .await
        .unwrap();
}

async fn try_to_say(client: &mut Client, room: &str, id: &str) -> Value {
    let say = json!({"type": "SEND_MESSAGE", "roomId": room, "clientMessageId": id, "text": id});
    client.ask(say).await
}

async fn refused(client: &mut Client, room: &str, id: &str) -> Duration {
    let answer = try_to_say(client, room, id).await;
    assert_eq!(answer["code"], "RATE_LIMITED", "{answer}");
    Duration::from_millis(answer["retryAfterMs"].as_u64().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_member_waits_between_two_messages() {
    let shared = Shared::default();
    let (a, _) = shared.node(config());
    slow(&a, "team", 10).await;
    slow(&a, "other", 10).await;
    let mut alice = Client::connect(&a, "alice").await;
    let first = alice.say("team", "1", "one").await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let after = refused(&mut alice, "team", "2").await;
    assert!(after > Duration::from_secs(5) && after <= Duration::from_secs(6));
    // Other rooms, other members, moderators and edits are not limited.
    alice.say("other", "1", "one").await;
    let mut bob = Client::connect(&a, "bob").await;
    bob.say("team", "1", "one").await;
    let mut moderator = Client::connect(&a, "mod").await;
    moderator.say("team", "1", "one").await;
    moderator.say("team", "2", "two").await;
    let edit = json!({"type": "EDIT_MESSAGE", "roomId": "team", "messageId": first["messageId"], "text": "1"});
    assert_eq!(alice.ask(edit).await["type"], "ACK");
    // Neither the app's API nor another connection bypasses it.
    let actor = Actor::User(user("alice"));
    let draft = chat_core::model::Draft::text("2");
    assert!(a.send(&actor, &room("team"), draft).await.is_err());
    let mut tablet = Client::connect(&a, "alice").await;
    let after = refused(&mut tablet, "team", "2").await;
    tokio::time::sleep(after).await;
    alice.say("team", "2", "two").await;
    let after = refused(&mut alice, "team", "3").await;
    assert!(after > Duration::from_secs(9));
    let off = RoomPatch {
        settings: RoomSettingsPatch {
            slow_mode_seconds: Some(0),
            ..RoomSettingsPatch::default()
        },
        ..RoomPatch::default()
    };
    a.update_room(&Actor::App, &room("team"), &off)
        .await
        .unwrap();
    alice.say("team", "3", "three").await;
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_sent_again_gets_its_acknowledgement() {
    let shared = Shared::default();
    let (a, _) = shared.node(config());
    slow(&a, "team", 3_600).await;
    let mut alice = Client::connect(&a, "alice").await;
    let first = alice.say("team", "1", "one").await;
    // Push the message off the first page.
    for _ in 0..250 {
        send_as(&a, "mod", "team", "x").await;
    }
    let again = alice.say("team", "1", "one").await;
    assert_eq!(again["duplicate"], true);
    assert_eq!(again["messageId"], first["messageId"]);
    // Another user may use the same client message id.
    let mut bob = Client::connect(&a, "bob").await;
    bob.say("team", "2", "two").await;
    refused(&mut alice, "team", "2").await;
    // A refused message does not use up the permit.
    let mut former = Client::connect(&a, "mod").await;
    a.set_role(&Actor::App, &room("team"), &user("mod"), Role::Member)
        .await
        .unwrap();
    let empty = try_to_say(&mut former, "team", "").await;
    assert_eq!(empty["code"], "INVALID_COMMAND");
    former.say("team", "1", "one").await;
    refused(&mut former, "team", "3").await;
}
