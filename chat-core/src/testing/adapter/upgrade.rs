//! The WebSocket upgrade.

use http::{HeaderMap, StatusCode};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::client::Client;
use super::http::asks;
use super::mount::Adapter;
use super::raw::{TEXT, frame, read_until};
use super::server::Server;
use super::token::{HOUR, token};
use crate::ws::AllowedOrigins;

fn query(name: &str) -> String {
    format!("?token={}", token(name, HOUR))
}

async fn upgraded(
    server: &Server,
    query: &str,
    headers: &[(&'static str, &str)],
) -> (Client, HeaderMap) {
    server.upgrade(query, headers).await.unwrap()
}

async fn refused(server: &Server, headers: &[(&'static str, &str)]) -> StatusCode {
    let refused = server.upgrade(&query("alice"), headers).await;
    refused.map(|_| ()).unwrap_err()
}

pub(super) async fn it_talks(adapter: Adapter) {
    let server = adapter.start().await;
    let (mut client, headers) = upgraded(&server, &query("alice"), &[]).await;
    assert!(!headers.contains_key("sec-websocket-protocol"));
    assert!(!headers.contains_key("sec-websocket-extensions"));
    assert!(!headers.contains_key("content-length"));
    assert!(!headers.contains_key("transfer-encoding"));
    assert_eq!(client.next().await["type"], "HELLO");
    client.settle().await;
    client.socket.close(None).await.unwrap();
    assert_eq!(
        client.closed().await.0,
        1005,
        "a close without a code is echoed"
    );
}

pub(super) async fn what_comes_with_the_request_is_not_lost(adapter: Adapter) {
    let server = adapter.start().await;
    // In one piece with the request, and split up.
    for piece in [usize::MAX, 40] {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        socket.set_nodelay(true).unwrap();
        let mut bytes = format!(
            "GET /chat/ws{} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\n\
             Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            query("alice"),
            server.address
        )
        .into_bytes();
        let ping = |name: &str| {
            let ping = json!({"type": "PING", "ref": name}).to_string();
            frame(true, TEXT, ping.as_bytes())
        };
        bytes.extend(ping("early"));
        for piece in bytes.chunks(piece.min(bytes.len())) {
            socket.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        let mut answer = Vec::new();
        read_until(&mut socket, &mut answer, b"\"HELLO\"").await;
        assert!(answer.starts_with(b"HTTP/1.1 101 "));
        socket.write_all(&ping("late")).await.unwrap();
        read_until(&mut socket, &mut answer, b"\"late\"").await;
        let early = answer.windows(7).any(|bytes| bytes == b"\"early\"");
        assert!(early, "a command sent with the request was lost");
    }
}

pub(super) async fn the_token_comes_by_any_of_three_ways(adapter: Adapter) {
    let server = adapter.start().await;
    let token = token("alice", HOUR);
    let header = format!("Bearer {token}");
    let bearer = format!("bearer.{token}");
    let both = format!("chat.v1, {bearer}");
    type Way<'a> = (String, &'a [(&'static str, &'a str)], Option<&'a str>);
    let ways: [Way<'_>; 4] = [
        (query("alice"), &[], None),
        (String::new(), &[("authorization", &header)], None),
        (
            String::new(),
            &[("sec-websocket-protocol", &both)],
            Some("chat.v1"),
        ),
        (
            String::new(),
            &[("sec-websocket-protocol", &bearer)],
            Some(&bearer),
        ),
    ];
    for (query, headers, protocol) in ways {
        let (mut client, answer) = upgraded(&server, &query, headers).await;
        let answered = answer
            .get("sec-websocket-protocol")
            .map(|p| p.to_str().unwrap());
        assert_eq!(answered, protocol);
        assert_eq!(client.next().await["userId"], "alice");
    }
}

pub(super) async fn the_engine_learns_headers_and_address(adapter: Adapter) {
    let server = adapter.start().await;
    let (mut client, _) = upgraded(&server, "", &[("cookie", "user=bob")]).await;
    assert_eq!(client.next().await["userId"], "bob");
    let (mut client, _) = upgraded(&server, "?token=address", &[]).await;
    assert_eq!(client.next().await["userId"], "127.0.0.1");
}

pub(super) async fn other_origins_are_refused(adapter: Adapter) {
    let allowed = AllowedOrigins::list(["https://chat.example"]).unwrap();
    let server = adapter.with(|s| s.origins = allowed).await;
    for headers in [&[("origin", "https://chat.example")][..], &[]] {
        let (mut client, _) = upgraded(&server, &query("alice"), headers).await;
        assert_eq!(client.next().await["type"], "HELLO");
    }
    let evil = refused(&server, &[("origin", "https://evil.example")]).await;
    assert_eq!(evil, StatusCode::FORBIDDEN);
}

pub(super) async fn what_is_no_upgrade_is_told_what_would_be_one(adapter: Adapter) {
    let server = adapter.start().await;
    let ask = async |method: &'static str| {
        let request = asks("alice", method, "/chat/ws").body(bytes::Bytes::new());
        server.http().await.send(request.unwrap()).await
    };
    let plain = ask("GET").await;
    plain.problem(426, "INVALID_COMMAND");
    assert_eq!(plain.header("upgrade"), Some("websocket"));
    assert_eq!(plain.header("sec-websocket-version"), Some("13"));
    let posted = ask("POST").await;
    posted.problem(405, "INVALID_COMMAND");
    assert_eq!(posted.header("allow"), Some("GET"));
    let version = refused(&server, &[("sec-websocket-version", "8")]).await;
    assert_eq!(version, StatusCode::UPGRADE_REQUIRED);
    let key = refused(&server, &[("sec-websocket-key", "short")]).await;
    assert_eq!(key, StatusCode::BAD_REQUEST);
    assert_eq!(server.engine.connection_count(), 0);
}

pub(super) async fn a_connection_may_be_used_before_it_is_upgraded(adapter: Adapter) {
    let server = adapter.start().await;
    let token = token("alice", HOUR);
    let get =
        format!("GET /chat/rooms HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n");
    let upgrade = format!(
        "GET /chat/ws?token={token} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    // Sequentially, and pipelined without waiting for the first response.
    for requests in [&[&get, &upgrade][..], &[&format!("{get}{upgrade}")]] {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        let mut answers = Vec::new();
        for request in requests {
            socket.write_all(request.as_bytes()).await.unwrap();
            let end = match request.ends_with(&upgrade) {
                true => &b"\"HELLO\""[..],
                false => b"\"rooms\"",
            };
            read_until(&mut socket, &mut answers, end).await;
        }
        assert!(answers.starts_with(b"HTTP/1.1 200 "));
    }
}
