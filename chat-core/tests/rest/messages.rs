//! Sending, reading, editing and deleting messages.

use serde_json::{Value, json};

use crate::support::Rest;

async fn tea() -> Rest {
    let rest = Rest::new();
    rest.user("alice").room("tea", "group", &["bob"]).await;
    rest
}

fn path(message: &Value) -> String {
    format!("/rooms/tea/messages/{}", message["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_message_is_sent_and_found_where_it_is_said_to_be() {
    let rest = tea().await;
    let bob = rest.user("bob");
    let draft = json!({
        "text": "hi",
        "clientMessageId": "c-1",
        "mentions": ["alice"],
        "attachments": [{"url": "https://example.org/a.png", "mimeType": "image/png", "size": 123}],
        "metadata": {"mood": "good"},
    });
    let answer = bob.post("/rooms/tea/messages", draft.clone()).await;
    let sent = answer.expect(201);
    for field in [
        "text",
        "clientMessageId",
        "mentions",
        "attachments",
        "metadata",
    ] {
        assert_eq!(sent[field], draft[field], "{field}");
    }
    assert_eq!(sent["duplicate"], false);
    assert_eq!(
        (&sent["kind"], &sent["senderId"]),
        (&json!("user"), &json!("bob"))
    );
    assert_eq!((&sent["seq"], &sent["rev"]), (&json!(1), &json!(1)));
    assert_eq!(sent["createdAt"], "2023-11-14T22:13:20.000Z");
    assert!(sent.get("editedAt").is_none(), "null fields are omitted");

    // `Location` is relative to the request's URI, so it replaces the last segment.
    let location = format!("/rooms/tea/{}", answer.header("location").unwrap());
    let found = rest.user("alice").get(&location).await.expect(200);
    assert_eq!(found["id"], sent["id"]);
    assert_eq!(found.get("duplicate"), None);
}

#[tokio::test]
async fn the_same_client_message_id_stores_one() {
    let rest = tea().await;
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    let draft = |text: &str| json!({"text": text, "clientMessageId": "c-1"});
    let post = async |user: crate::support::User<'_>, text| {
        user.post("/rooms/tea/messages", draft(text)).await
    };
    let first = post(bob, "one").await.expect(201);
    let again = post(bob, "two").await.expect(200);
    assert_eq!(
        (&again["id"], &again["text"]),
        (&first["id"], &json!("one"))
    );
    assert_eq!(again["duplicate"], true);
    // Another sender may use the same client message id.
    let other = post(alice, "three").await.expect(201);
    assert_eq!(other["seq"], 2);
    // Concurrent retries store one message.
    let draft = json!({"text": "x", "clientMessageId": "c-2"});
    let posts = (0..16).map(|_| bob.post("/rooms/tea/messages", draft.clone()));
    let mut created = 0;
    for answer in futures::future::join_all(posts).await {
        created += usize::from(answer.status == 201);
        assert_eq!(answer.json()["seq"], 3, "{}", answer.json());
    }
    assert_eq!(created, 1);
    let changes = bob.get("/rooms/tea/changes").await.expect(200);
    assert_eq!(changes["head"], 3);
}

#[tokio::test]
async fn answers_and_threads_are_to_messages_that_are_there() {
    let rest = tea().await;
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    let root = alice.say("tea", "who wants tea?").await;
    let id = root["id"].clone();
    let reply = json!({"text": "me", "replyTo": id, "threadId": id});
    let reply = bob.post("/rooms/tea/messages", reply).await.expect(201);
    assert_eq!((&reply["replyTo"], &reply["threadId"]), (&id, &id));
    alice.room("coffee", "group", &[]).await;
    let elsewhere = json!({"text": "me", "replyTo": id});
    let answer = alice.post("/rooms/coffee/messages", elsewhere).await;
    answer.problem(404, "MESSAGE_NOT_FOUND");
}

#[tokio::test]
async fn editing() {
    let rest = tea().await;
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    let sent = bob.say("tea", "helo").await;
    let path = path(&sent);
    rest.advance(std::time::Duration::from_secs(1));
    let edited = bob.patch(&path, json!({"text": "hello"})).await.expect(200);
    assert_eq!(
        (&edited["text"], &edited["rev"]),
        (&json!("hello"), &json!(2))
    );
    assert_eq!(edited["editedAt"], "2023-11-14T22:13:21.000Z");
    assert_eq!(
        (&edited["seq"], &edited["createdAt"]),
        (&sent["seq"], &sent["createdAt"])
    );
    // An edit without effect takes no position.
    let same = bob.patch(&path, json!({"text": "hello"})).await.expect(200);
    assert_eq!(same["rev"], 2);
    let answer = alice.patch(&path, json!({"text": "mine"})).await;
    answer.problem(403, "FORBIDDEN");
    let none = "/rooms/tea/messages/0190b0a0-0000-7000-8000-000000000000";
    let answer = bob.patch(none, json!({"text": "x"})).await;
    answer.problem(404, "MESSAGE_NOT_FOUND");
}

#[tokio::test]
async fn deleting() {
    let rest = tea().await;
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    let (one, two) = (alice.say("tea", "one").await, bob.say("tea", "two").await);
    bob.delete(&path(&one)).await.problem(403, "FORBIDDEN");
    bob.delete(&path(&two)).await.expect(204);
    bob.delete(&path(&two)).await.expect(204);
    let tombstone = bob.get(&path(&two)).await.expect(200);
    assert_eq!(
        (&tombstone["text"], &tombstone["rev"]),
        (&json!(""), &json!(3))
    );
    assert!(tombstone["deletedAt"].is_string());
    bob.patch(&path(&two), json!({"text": "x"}))
        .await
        .problem(404, "MESSAGE_NOT_FOUND");
    // The owner may delete messages of all members.
    let three = bob.say("tea", "three").await;
    alice.delete(&path(&three)).await.expect(204);
    let none = "/rooms/tea/messages/0190b0a0-0000-7000-8000-000000000000";
    alice.delete(none).await.problem(404, "MESSAGE_NOT_FOUND");
    alice.get(none).await.problem(404, "MESSAGE_NOT_FOUND");
}

#[tokio::test]
async fn guests_read_and_no_more() {
    let rest = tea().await;
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    let sent = alice.say("tea", "hi").await;
    let guest = json!({"role": "guest"});
    alice.put("/rooms/tea/members/bob", guest).await.expect(200);
    bob.get(&path(&sent)).await.expect(200);
    let text = json!({"text": "hi"});
    let answer = bob.post("/rooms/tea/messages", text).await;
    answer.problem(403, "FORBIDDEN");
    let reaction = format!("{}/reactions/%F0%9F%91%8D", path(&sent));
    bob.bare("PUT", &reaction).await.problem(403, "FORBIDDEN");
}
