//! REST calls through the adapter. Other tests cover the effect of each call; these check that
//! requests and responses pass through unchanged.

use std::time::Duration;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::client::PATIENCE;
use super::http::{Answer, asks};
use super::mount::Adapter;
use super::server::Server;
use super::token::{HOUR, expired_token, token};
use crate::backend::Quota;

const JSON: (&str, &str) = ("content-type", "application/json");
const NONE: Value = Value::Null;

/// Sends raw bytes and returns the response.
async fn raw(server: &Server, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    // A server may stop reading before the end.
    let _ = socket.write_all(bytes).await;
    let mut answer = Vec::new();
    let reading = socket.read_to_end(&mut answer);
    let read = tokio::time::timeout(PATIENCE, reading).await;
    let _ = read.expect("the connection is still open");
    String::from_utf8(answer).unwrap()
}

pub(super) async fn calls_go_through_under_the_prefix(adapter: Adapter) {
    let server = adapter.start().await;
    let mut bob = server.joined("bob").await;
    let group = json!({"id": "tea", "kind": "group", "members": ["bob"]});
    let created = server.ask("alice", "POST", "/chat/rooms", group).await;
    assert!(created.header("location").is_some());
    assert_eq!(created.json(201)["id"], "tea");
    let path = "/chat/rooms/tea/messages";
    let text = json!({"text": "hi", "clientMessageId": "1"});
    let sent = server.ask("alice", "POST", path, text.clone()).await;
    let message = sent.json(201);
    let again = server.ask("alice", "POST", path, text).await.json(200);
    assert_eq!(again["duplicate"], true);
    // A REST call produces events on the WebSocket.
    assert_eq!(bob.next_of("ROOM_ADDED").await["room"]["id"], "tea");

    let history = format!("{path}?limit=1&after=0");
    let history = server.ask("bob", "GET", &history, NONE).await.json(200);
    assert_eq!(history["messages"][0]["id"], message["id"]);
    assert_eq!(history["messages"][0]["senderId"], "alice");
    let message = format!("{path}/{}", message["id"].as_str().unwrap());
    let edit = json!({"text": "ho"});
    let edited = server.ask("alice", "PATCH", &message, edit).await.json(200);
    assert_eq!(edited["text"], "ho");
    let read = json!({"seq": 1});
    let marker = server.ask("bob", "PUT", "/chat/rooms/tea/read", read).await;
    assert_eq!(marker.json(200)["seq"], 1);
    server
        .ask("alice", "DELETE", &message, NONE)
        .await
        .empty(204);
}

pub(super) async fn a_path_and_a_query_come_as_they_were_sent(adapter: Adapter) {
    let server = adapter.start().await;
    for (id, encoded) in [
        ("a/b", "a%2Fb"),
        ("a%2Fb", "a%252Fb"),
        ("50%", "50%25"),
        ("x+y", "x+y"),
        ("é", "%C3%A9"),
        ("ws", "%77s"),
        ("?", "%3F"),
        ("..", "%2E%2E"),
    ] {
        let group = json!({"id": id, "kind": "group"});
        server
            .ask("alice", "POST", "/chat/rooms", group)
            .await
            .json(201);
        let path = format!("/chat/rooms/{encoded}");
        let room = server.ask("alice", "GET", &path, NONE).await.json(200);
        assert_eq!(room["id"], id);
        let left = format!("{path}/leave");
        server.ask("alice", "POST", &left, NONE).await.empty(204);
    }
    let text = json!({"text": "hi"});
    server.joined("alice").await;
    let path = "/chat/rooms/general/messages";
    let sent = server.ask("alice", "POST", path, text).await.json(201);
    let reaction = format!(
        "{path}/{}/reactions/%F0%9F%91%8D",
        sent["id"].as_str().unwrap()
    );
    let reacted = server.ask("alice", "PUT", &reaction, NONE).await.json(200);
    assert_eq!(reacted["reactions"], json!({"👍": ["alice"]}));
    let encoded = "/chat/rooms?l%69mit=%31";
    let rooms = server.ask("alice", "GET", encoded, NONE).await.json(200);
    assert_eq!(rooms["rooms"].as_array().map(Vec::len), Some(1));
    let unknown = server.ask("alice", "GET", "/chat/rooms?nope=1", NONE).await;
    unknown.problem(400, "INVALID_COMMAND");
    // Neither the WebSocket's path nor any path below it is a REST call.
    let below = server.ask("alice", "GET", "/chat/ws/rooms", NONE).await;
    below.problem(404, "INVALID_COMMAND");
}

pub(super) async fn the_service_learns_who_and_from_where(adapter: Adapter) {
    let server = adapter.start().await;
    let mut http = server.http().await;
    let mut get = async |headers: &[(&str, &str)]| {
        let mut request = Request::get("/chat/rooms").header("host", "a");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        http.send(request.body(Bytes::new()).unwrap()).await
    };
    let nobody = get(&[]).await;
    nobody.problem(401, "UNAUTHENTICATED");
    assert_eq!(nobody.header("www-authenticate"), Some("Bearer"));
    let expired = format!("Bearer {}", expired_token("alice"));
    let expired = get(&[("authorization", &expired)]).await;
    expired.problem(401, "TOKEN_EXPIRED");
    get(&[("cookie", "user=bob")]).await.json(200);
    // Authenticated by peer address alone.
    get(&[("authorization", "Bearer address")]).await.json(200);
    let group = asks("alice", "POST", "/chat/rooms").header(JSON.0, JSON.1);
    let mut group = group
        .body(Bytes::from_static(br#"{"kind":"group"}"#))
        .unwrap();
    let address = HeaderValue::from_static("Bearer address");
    group.headers_mut().insert(AUTHORIZATION, address);
    let group = server.http().await.send(group).await.json(201);
    assert_eq!(group["ownerId"], "127.0.0.1");
    // A token in the query is only for WebSockets, for which browsers cannot set headers.
    let query = format!("/chat/rooms?token={}", token("alice", HOUR));
    let query = Request::get(query).header("host", "a");
    let refused = http.send(query.body(Bytes::new()).unwrap()).await;
    assert_ne!(refused.status, 200);
}

pub(super) async fn the_documents_are_served_to_everybody(adapter: Adapter) {
    let server = adapter.start().await;
    for (path, kind, field) in [
        ("/chat/openapi.json", "application/json", "openapi"),
        ("/chat/schema.json", "application/schema+json", "$defs"),
    ] {
        let ask = async |known: Option<&str>| {
            let mut request = Request::get(path).header("host", "chat.example");
            if let Some(etag) = known {
                request = request.header("if-none-match", etag);
            }
            let request = request.body(Bytes::new()).unwrap();
            server.http().await.send(request).await
        };
        let answer = ask(None).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some(kind))
        );
        let document: Value = serde_json::from_slice(&answer.body).unwrap();
        assert!(!document[field].is_null());
        ask(answer.header("etag")).await.empty(304);
    }
}

pub(super) async fn what_is_no_call_is_a_problem_document(adapter: Adapter) {
    let server = adapter.start().await;
    let ask = async |method: &'static str, path: &'static str| {
        server.ask("alice", method, path, NONE).await
    };
    ask("GET", "/chat/nothing")
        .await
        .problem(404, "INVALID_COMMAND");
    ask("GET", "/chat").await.problem(404, "INVALID_COMMAND");
    ask("GET", "/chat/rooms/nowhere")
        .await
        .problem(404, "ROOM_NOT_FOUND");
    ask("POST", "/chat/rooms/general/messages")
        .await
        .problem(415, "INVALID_COMMAND");
    let wrong = ask("DELETE", "/chat/rooms").await;
    wrong.problem(405, "INVALID_COMMAND");
    assert_eq!(wrong.header("allow"), Some("GET, HEAD, POST"));
    let text = asks("alice", "POST", "/chat/rooms").header("content-type", "text/plain");
    let text = text.body(Bytes::from_static(b"{}")).unwrap();
    server
        .http()
        .await
        .send(text)
        .await
        .problem(415, "INVALID_COMMAND");
    let bad = server
        .ask("alice", "POST", "/chat/rooms", json!({"kind": 1}))
        .await;
    bad.problem(400, "INVALID_COMMAND");
    let taken = json!({"id": "general", "kind": "group"});
    let taken = server.ask("alice", "POST", "/chat/rooms", taken).await;
    taken.problem(409, "CONFLICT");
    // Paths outside the prefix belong to the app.
    let outside = ask("GET", "/rooms").await;
    assert_eq!(outside.status, 404);
    assert_ne!(
        outside.header("content-type"),
        Some("application/problem+json")
    );
}

pub(super) async fn who_asks_too_often_is_told_for_how_long(adapter: Adapter) {
    let server = adapter
        .with(|s| s.config.rates.query = Quota::new(1, 0.01))
        .await;
    let ask = async || server.ask("alice", "GET", "/chat/rooms", NONE).await;
    ask().await.json(200);
    let refused = ask().await;
    refused.problem(429, "RATE_LIMITED");
    let after: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=100).contains(&after));
}

pub(super) async fn head_is_get_without_a_body(adapter: Adapter) {
    let server = adapter.start().await;
    let get = server.ask("alice", "GET", "/chat/rooms", NONE).await;
    let head = server.ask("alice", "HEAD", "/chat/rooms", NONE).await;
    assert_eq!(get.status, head.status);
    assert_eq!(get.header("content-type"), head.header("content-type"));
    assert!(head.body.is_empty());
    let missing = server.ask("alice", "HEAD", "/chat/nothing", NONE).await;
    missing.empty(404);
}

pub(super) async fn one_byte_too_many_is_too_large(adapter: Adapter) {
    let server = adapter
        .with(|s| s.config.limits.max_body_bytes = 100_000)
        .await;
    let padded = |length: usize| {
        let room = r#"{"kind":"group"}"#;
        room.to_owned() + &" ".repeat(length - room.len())
    };
    let post = async |body: String| -> Answer {
        let request = asks("alice", "POST", "/chat/rooms").header(JSON.0, JSON.1);
        let request = request.body(Bytes::from(body)).unwrap();
        server.http().await.send(request).await
    };
    post(padded(100_000)).await.json(201);
    post(padded(100_001)).await.problem(413, "TOO_LARGE");
    // The limit also holds for bodies without a declared length.
    let head = format!(
        "POST /chat/rooms HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nConnection: close\r\n\
         Transfer-Encoding: chunked\r\n\r\n",
        token("alice", HOUR)
    );
    let chunked = |body: String| format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let exact = raw(&server, chunked(padded(100_000)).as_bytes()).await;
    assert!(exact.starts_with("HTTP/1.1 201 "), "{exact}");
    let large = raw(&server, chunked(padded(100_001)).as_bytes()).await;
    assert!(large.starts_with("HTTP/1.1 413 "), "{large}");
    assert!(large.contains("TOO_LARGE"));
}

pub(super) async fn a_body_without_end_is_cut_off(adapter: Adapter) {
    let server = adapter.start().await;
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "POST /chat/rooms HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        token("alice", HOUR)
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("4000\r\n{}\r\n", " ".repeat(0x4000));
    let (mut reading, mut writing) = socket.split();
    let write = async { while writing.write_all(chunk.as_bytes()).await.is_ok() {} };
    let mut answer = Vec::new();
    let read = async {
        // The client may or may not see the response before the connection breaks.
        let _ = reading.read_to_end(&mut answer).await;
    };
    let both = async { tokio::join!(write, read) };
    let ended = tokio::time::timeout(PATIENCE, both).await;
    ended.expect("the server reads an endless body");
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 413 "));
    server
        .ask("alice", "GET", "/chat/rooms", NONE)
        .await
        .json(200);
}

pub(super) async fn a_connection_goes_on_after_an_error(adapter: Adapter) {
    let server = adapter.start().await;
    let mut http = server.http().await;
    for _ in 0..3 {
        let get = asks("alice", "GET", "/chat/rooms").body(Bytes::new());
        http.send(get.unwrap()).await.json(200);
        let unknown = asks("alice", "GET", "/chat/nothing").body(Bytes::new());
        http.send(unknown.unwrap())
            .await
            .problem(404, "INVALID_COMMAND");
        let post = asks("alice", "POST", "/chat/rooms").header(JSON.0, JSON.1);
        let post = post.body(Bytes::from_static(b"{")).unwrap();
        http.send(post).await.problem(400, "INVALID_COMMAND");
    }
}

pub(super) async fn a_body_that_breaks_off_is_nothing(adapter: Adapter) {
    let server = adapter.start().await;
    let head = format!(
        "POST /chat/rooms HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n",
        token("alice", HOUR)
    );
    let body = br#"{"id":"half","kind":"group"}"#;
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(body).await.unwrap();
    socket.shutdown().await.unwrap();
    let mut answer = Vec::new();
    // Frameworks differ in whether they respond at all, but must not report success.
    let _ = socket.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/1.1 2"));
    let half = server.ask("alice", "GET", "/chat/rooms/half", NONE).await;
    half.problem(404, "ROOM_NOT_FOUND");
}

pub(super) async fn a_node_that_stops_changes_nothing_more(adapter: Adapter) {
    let server = adapter.with(|s| s.config.drain_ms = 1_000).await;
    let stopping = server.engine.shutdown();
    tokio::time::timeout(Duration::from_secs(60), stopping)
        .await
        .unwrap();
    let group = json!({"id": "late", "kind": "group"});
    let refused = server.ask("alice", "POST", "/chat/rooms", group).await;
    refused.problem(503, "UNAVAILABLE");
    assert!(refused.header("retry-after").is_some());
}
