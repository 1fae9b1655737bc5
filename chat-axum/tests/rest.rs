//! REST through axum: what the adapter adds to the service, which has tests of its own.
#![allow(clippy::unwrap_used)]

mod common;

use chat_axum::Options;
use common::Server;

const ALICE: (&str, &str) = ("authorization", "Bearer alice");
const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn calls_go_through_under_the_prefix() {
    for server in [
        Server::start(Options::default()).await,
        Server::start_wrapped(Options::default()).await,
    ] {
        let room = br#"{"id":"tea","kind":"group"}"#;
        let created = server
            .http("POST", "/chat/rooms", &[ALICE, JSON], room)
            .await;
        assert_eq!(created.status, 201, "{}", created.body);
        let text = br#"{"text":"hi"}"#;
        let sent = server
            .http("POST", "/chat/rooms/tea/messages", &[ALICE, JSON], text)
            .await;
        assert_eq!(sent.status, 201, "{}", sent.body);
        let path = "/chat/rooms/tea/messages?limit=1&after=0";
        let history = server.http("GET", path, &[ALICE], b"").await;
        assert_eq!(history.status, 200, "{}", history.body);
        let history: serde_json::Value = serde_json::from_str(&history.body).unwrap();
        assert_eq!(history["messages"][0]["text"], "hi");
        assert_eq!(history["messages"][0]["senderId"], "alice");
    }
}

#[tokio::test]
async fn the_service_learns_who_and_from_where() {
    let server = Server::start(Options::default()).await;
    assert_eq!(
        server.http("GET", "/chat/rooms", &[], b"").await.status,
        401
    );
    let cookie = ("cookie", "user=bob");
    assert_eq!(
        server
            .http("GET", "/chat/rooms", &[cookie], b"")
            .await
            .status,
        200
    );
    // Known by their address alone.
    let address = ("authorization", "Bearer address");
    assert_eq!(
        server
            .http("GET", "/chat/rooms", &[address], b"")
            .await
            .status,
        200
    );
    let server = Server::start_wrapped(Options::default()).await;
    assert_eq!(
        server
            .http("GET", "/chat/rooms", &[address], b"")
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn what_is_unknown_or_too_large_is_a_problem_document() {
    let server = Server::start(Options::default()).await;
    let unknown = server.http("GET", "/chat/nothing", &[ALICE], b"").await;
    // One byte more than is taken, so that the server has read it all when it answers.
    let large = vec![b'x'; 262_145];
    let large = server
        .http("POST", "/chat/rooms", &[ALICE, JSON], &large)
        .await;
    for (answer, status, code) in [(unknown, 404, "INVALID_COMMAND"), (large, 413, "TOO_LARGE")] {
        assert_eq!(answer.status, status);
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json")
        );
        let problem: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(problem["status"], status);
        assert_eq!(problem["code"], code);
    }
    // Outside the prefix it is the app's own.
    let outside = server.http("GET", "/rooms", &[ALICE], b"").await;
    assert_eq!(outside.status, 404);
    assert_eq!(outside.header("content-type"), None);
}
