//! REST calls produce events on WebSockets, and WebSocket commands show up over REST.

use serde_json::json;

use crate::support::Rest;

#[path = "../engine/support.rs"]
#[allow(dead_code, reason = "shared with the engine's tests")]
mod client;

pub(crate) use client::Client;

#[tokio::test(start_paused = true)]
async fn changes_over_rest_are_heard() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    alice.room("tea", "group", &[]).await;
    let mut bob = Client::connect(&rest.engine, "bob").await;
    let member = json!({"role": "member"});
    alice
        .put("/rooms/tea/members/bob", member)
        .await
        .expect(201);
    let added = bob.next_of("ROOM_ADDED").await;
    assert_eq!(added["room"]["id"], "tea");
    bob.join("tea").await;

    let said = alice.say("tea", "hi").await;
    let heard = bob.next_of("MESSAGE_CREATED").await;
    assert_eq!(
        (&heard["message"]["id"], &heard["rev"]),
        (&said["id"], &said["rev"])
    );
    let path = format!("/rooms/tea/messages/{}", said["id"].as_str().unwrap());
    alice
        .patch(&path, json!({"text": "hello"}))
        .await
        .expect(200);
    assert_eq!(
        bob.next_of("MESSAGE_UPDATED").await["message"]["text"],
        "hello"
    );
    alice.delete(&path).await.expect(204);
    assert_eq!(
        bob.next_of("MESSAGE_DELETED").await["messageId"],
        said["id"]
    );
    alice
        .patch("/rooms/tea", json!({"name": "Tea"}))
        .await
        .expect(200);
    bob.next_of("ROOM_UPDATED").await;
    alice
        .put("/rooms/tea/read", json!({"seq": said["seq"]}))
        .await
        .expect(200);
    assert_eq!(bob.next_of("READ_RECEIPT").await["userId"], "alice");

    // The ban takes effect at once.
    alice.bare("PUT", "/rooms/tea/bans/bob").await.expect(204);
    assert_eq!(bob.next_of("ROOM_REMOVED").await["reason"], "banned");
    alice.say("tea", "he is gone").await;
    assert!(
        bob.settle()
            .await
            .iter()
            .all(|e| e["type"] != "MESSAGE_CREATED")
    );
}

#[tokio::test(start_paused = true)]
async fn a_message_is_one_whichever_way_it_was_sent() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    alice.room("tea", "group", &[]).await;
    let mut socket = Client::connect(&rest.engine, "alice").await;
    socket.join("tea").await;
    let ack = socket.say("tea", "c-1", "hi").await;
    let draft = json!({"text": "hi", "clientMessageId": "c-1"});
    let again = alice.post("/rooms/tea/messages", draft).await.expect(200);
    assert_eq!(
        (&again["id"], &again["duplicate"]),
        (&ack["messageId"], &json!(true))
    );
    let history = alice.get("/rooms/tea/messages").await.expect(200);
    assert_eq!(history["messages"].as_array().unwrap().len(), 1);
}

/// WebSocket commands and REST calls share one quota.
#[tokio::test(start_paused = true)]
async fn sockets_and_rest_share_a_quota() {
    use chat_core::backend::Quota;
    let rest = Rest::with(|builder| {
        let mut config = chat_core::Config::default();
        config.rates.send = Quota::new(2, 0.000_1);
        builder.config(config)
    });
    let alice = rest.user("alice");
    alice.room("tea", "group", &[]).await;
    let mut socket = Client::connect(&rest.engine, "alice").await;
    socket.join("tea").await;
    socket.say("tea", "c-1", "one").await;
    alice.say("tea", "two").await;
    let answer = alice
        .post("/rooms/tea/messages", json!({"text": "three"}))
        .await;
    answer.problem(429, "RATE_LIMITED");
    let send =
        json!({"type": "SEND_MESSAGE", "roomId": "tea", "clientMessageId": "c-2", "text": "three"});
    assert_eq!(socket.ask(send).await["code"], "RATE_LIMITED");
}
