//! Reactions over REST: adding, listing, and limits on a message's summary.

use chat_core::model::Message;
use serde_json::{Value, json};

use crate::support::Rest;

const THUMB: &str = "%F0%9F%91%8D";
/// A woman and a girl, joined by a zero-width joiner.
const FAMILY: &str = "%F0%9F%91%A9%E2%80%8D%F0%9F%91%A7";

/// Creates a group owned by Alice with a message. Returns the message's path.
async fn tea(members: &[&str], names: &[&str]) -> (Rest, String) {
    let rest = Rest::with(|builder| {
        let mut config = chat_core::Config::default();
        config.rates = chat_core::Rates::unlimited();
        config.reaction_names = names.iter().map(|n| (*n).to_owned()).collect();
        builder.config(config)
    });
    let alice = rest.user("alice");
    alice.room("tea", "group", members).await;
    let sent = alice.say("tea", "tea is ready").await;
    let path = format!("/rooms/tea/messages/{}", sent["id"].as_str().unwrap());
    (rest, path)
}

#[tokio::test]
async fn reactions_come_and_go() {
    let (rest, message) = tea(&["bob"], &[]).await;
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    let at = |emoji: &str| format!("{message}/reactions/{emoji}");
    let reacted = bob.bare("PUT", &at(THUMB)).await.expect(200);
    assert_eq!(reacted["reactions"], json!({"👍": ["bob"]}));
    assert_eq!(reacted["rev"], 2);
    assert_eq!(bob.bare("PUT", &at(THUMB)).await.expect(200)["rev"], 2);
    let both = alice.bare("PUT", &at(THUMB)).await.expect(200);
    assert_eq!(both["reactions"], json!({"👍": ["bob", "alice"]}));
    alice.bare("PUT", &at(FAMILY)).await.expect(200);
    alice.delete(&at(FAMILY)).await.expect(204);
    alice.delete(&at(FAMILY)).await.expect(204);
    alice.delete(&at(THUMB)).await.expect(204);
    let left = alice.get(&message).await.expect(200);
    assert_eq!(left["reactions"], json!({"👍": ["bob"]}));
}

#[tokio::test]
async fn a_reaction_is_an_emoji_or_a_name_of_the_app() {
    let (rest, message) = tea(&[], &[":party:", "+1"]).await;
    let alice = rest.user("alice");
    let at = |emoji: &str| format!("{message}/reactions/{emoji}");
    for good in [THUMB, FAMILY, ":party:", "%2B1"] {
        alice.bare("PUT", &at(good)).await.expect(200);
    }
    for bad in [
        "x",
        "1",
        "%2F",
        ":%2B1:",
        "pay%20me",
        "%F0%9F%91%8D%F0%9F%91%8D",
    ] {
        let problem = alice.bare("PUT", &at(bad)).await;
        let problem = problem.problem(400, "INVALID_COMMAND");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.starts_with("`emoji` must "), "{detail}");
    }
    // An emoji that is no longer allowed can still be removed.
    alice.delete(&at("x")).await.expect(204);
    let long = at(&"x".repeat(65));
    alice.bare("PUT", &long).await.problem(413, "TOO_LARGE");
}

#[tokio::test]
async fn a_message_has_as_many_different_reactions_as_it_can() {
    let names: Vec<_> = (0..21).map(|n| format!("n{n}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let (rest, message) = tea(&[], &names).await;
    let alice = rest.user("alice");
    for (n, name) in names.iter().enumerate() {
        let reaction = format!("{message}/reactions/{name}");
        let status = if n < 20 { 200 } else { 409 };
        alice.bare("PUT", &reaction).await.expect(status);
    }
}

#[tokio::test]
async fn the_first_users_are_listed_and_a_call_pages_through_all() {
    let names: Vec<_> = (0..45).rev().map(|n| format!("u{n:02}")).collect();
    let members: Vec<_> = names.iter().map(String::as_str).collect();
    let (rest, message) = tea(&members, &[]).await;
    let reaction = format!("{message}/reactions/{THUMB}");
    let mut answer = Value::Null;
    for name in &names {
        answer = rest.user(name).bare("PUT", &reaction).await.expect(200);
    }
    // In the order in which they reacted.
    let listed = json!({"👍": &names[..Message::LISTED_USERS]});
    assert_eq!(answer["reactions"], listed);
    assert_eq!(answer["reactionCounts"], json!({"👍": 45}));

    let (mut found, mut query) = (Vec::new(), String::new());
    loop {
        let path = format!("{reaction}?limit=20{query}");
        let page = rest.user("u07").get(&path).await.expect(200);
        assert_eq!(
            (&page["count"], &page["reacted"]),
            (&json!(45), &json!(true))
        );
        found.extend(page["users"].as_array().unwrap().clone());
        match &page["page"]["next"] {
            Value::String(next) => query = format!("&cursor={next}"),
            end => break assert_eq!(end, &Value::Null),
        }
    }
    // Ordered by user id.
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(json!(found), json!(sorted));

    let alice = rest.user("alice");
    assert_eq!(alice.get(&reaction).await.expect(200)["reacted"], false);
    let nobody = alice.get(&format!("{message}/reactions/{FAMILY}")).await;
    let nobody = nobody.expect(200);
    assert_eq!(
        (&nobody["count"], &nobody["users"]),
        (&json!(0), &json!([]))
    );
    alice.delete(&message).await.expect(204);
    assert_eq!(alice.get(&reaction).await.expect(200)["count"], 0);
}

#[tokio::test]
async fn whoever_is_outside_does_not_learn_who_reacted() {
    let (rest, message) = tea(&[], &[]).await;
    let reaction = format!("{message}/reactions/{THUMB}");
    let eve = rest.user("eve");
    eve.get(&reaction).await.problem(404, "ROOM_NOT_FOUND");
    let none = "/rooms/tea/messages/0190b0a0-0000-7000-8000-000000000000";
    let none = format!("{none}/reactions/{THUMB}");
    let alice = rest.user("alice");
    alice.get(&none).await.problem(404, "MESSAGE_NOT_FOUND");
    let spaced = format!("{message}/reactions/%20");
    alice.get(&spaced).await.problem(400, "INVALID_COMMAND");
}
