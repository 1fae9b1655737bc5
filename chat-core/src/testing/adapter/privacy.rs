//! Strangers must not learn anything about private rooms.

use serde_json::{Value, json};

use super::http::Answer;
use super::mount::Adapter;
use super::server::Server;
use crate::Actor;
use crate::testing::ids::room;

const NONE: Value = Value::Null;

/// The responses to every call about a room, sent with valid input of a member.
async fn answers(server: &Server, name: &str, id: &str, message: &str) -> Vec<(String, Answer)> {
    let message = format!("messages/{message}");
    let text = || json!({"text": "x"});
    let until = || json!({"until": "2100-01-01T00:00:00Z"});
    let calls = [
        ("GET", String::new(), NONE),
        ("PATCH", String::new(), json!({"name": "x"})),
        ("DELETE", String::new(), NONE),
        ("GET", "/members".into(), NONE),
        ("PUT", "/members/carol".into(), json!({"role": "member"})),
        ("DELETE", "/members/alice".into(), NONE),
        ("GET", "/bans".into(), NONE),
        ("PUT", "/bans/alice".into(), NONE),
        ("DELETE", "/bans/alice".into(), NONE),
        ("PUT", "/mutes/alice".into(), until()),
        ("DELETE", "/mutes/alice".into(), NONE),
        ("PUT", "/shadow-mutes/alice".into(), NONE),
        ("DELETE", "/shadow-mutes/alice".into(), NONE),
        ("GET", "/notifications".into(), NONE),
        ("PUT", "/notifications".into(), json!({"level": "none"})),
        ("POST", "/join".into(), NONE),
        ("POST", "/leave".into(), NONE),
        ("GET", "/messages".into(), NONE),
        ("POST", "/messages".into(), text()),
        ("GET", format!("/{message}"), NONE),
        ("PATCH", format!("/{message}"), text()),
        ("DELETE", format!("/{message}"), NONE),
        ("DELETE", format!("/{message}?for=me"), NONE),
        ("GET", format!("/{message}/reactions/x"), NONE),
        ("PUT", format!("/{message}/reactions/x"), NONE),
        ("DELETE", format!("/{message}/reactions/x"), NONE),
        ("PUT", format!("/{message}/pin"), NONE),
        ("DELETE", format!("/{message}/pin"), NONE),
        ("GET", "/pins".into(), NONE),
        ("GET", format!("/{message}/replies"), NONE),
        ("GET", format!("/messages?around={}", &message[9..]), NONE),
        ("GET", "/changes".into(), NONE),
        ("PUT", "/read".into(), json!({"seq": 1})),
        ("PUT", format!("/{message}/read"), json!({"seq": 1})),
        ("GET", format!("/{message}/readers"), NONE),
        ("GET", "/reads".into(), NONE),
        ("GET", "/presence".into(), NONE),
        (
            "POST",
            format!("/{message}/reports"),
            json!({"reason": "x"}),
        ),
        ("GET", "/reports".into(), NONE),
        ("GET", "/audit".into(), NONE),
    ];
    let mut answers = Vec::new();
    for (method, path, body) in calls {
        let asked = format!("/chat/rooms/{id}{path}");
        let answer = server.ask(name, method, &asked, body).await;
        answers.push((format!("{method} {path}"), answer));
    }
    let search = format!("/chat/search?q=x&roomId={id}");
    answers.push((
        "search".into(),
        server.ask(name, "GET", &search, NONE).await,
    ));
    answers
}

pub(super) async fn a_private_room_is_for_others_as_one_that_is_not_there(adapter: Adapter) {
    let server = adapter.start().await;
    server.group("closed", &["alice", "bob"]).await;
    let sent = server.sends("alice", "closed", "x").await;
    let id = sent["id"].as_str().unwrap();
    // A former member is a stranger too.
    server.done("bob", "POST", "/rooms/closed/leave").await;
    for name in ["bob", "mallory"] {
        let there = answers(&server, name, "closed", id).await;
        let nowhere = answers(&server, name, "nowhere", id).await;
        for ((call, there), (_, nowhere)) in there.into_iter().zip(nowhere) {
            assert_eq!(there.status, nowhere.status, "{name}: {call}");
            assert_eq!(there.body, nowhere.body, "{name}: {call}");
            assert!(
                there.status >= 400 || call.ends_with("/leave"),
                "{name}: {call}"
            );
        }
    }
    let members = server
        .engine
        .members(&Actor::App, &room("closed"), None, 10)
        .await;
    assert_eq!(members.unwrap().len(), 1, "a stranger's call had an effect");
    assert_eq!(
        server.get("alice", "/rooms/closed/messages").await["messages"][0]["text"],
        "x"
    );
}
