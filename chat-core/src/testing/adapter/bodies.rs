//! A request is refused by its head, without reading the body, and its body has a deadline.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::client::PATIENCE;
use super::mount::Adapter;
use super::raw::read_until;
use super::server::Server;
use super::token::{HOUR, token};
use crate::backend::Quota;

/// Longer than any check runs.
const NEVER_MS: u64 = 3_600_000;

fn bearer(name: &str) -> String {
    format!("Authorization: Bearer {}\r\n", token(name, HOUR))
}

/// Opens a connection and sends the head of a request and a part of its body.
async fn begun(server: &Server, path: &str, headers: &str, body: &str) -> TcpStream {
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    let head = format!("POST /chat{path} HTTP/1.1\r\nHost: a\r\n{headers}\r\n{body}");
    socket.write_all(head.as_bytes()).await.unwrap();
    socket
}

/// Reads until the server closes the connection.
async fn ended(mut socket: TcpStream) -> String {
    let mut answer = Vec::new();
    let read = tokio::time::timeout(PATIENCE, socket.read_to_end(&mut answer));
    read.await.expect("the connection is still open").unwrap();
    String::from_utf8(answer).unwrap()
}

pub(super) async fn a_refusal_does_not_wait_for_the_body(adapter: Adapter) {
    let setup = |s: &mut super::server::Setup| {
        s.config.body_timeout_ms = NEVER_MS;
        s.config.rates.send = Quota::new(1, 0.001);
    };
    let server = adapter.with(setup).await;
    let alice = bearer("alice");
    let json = "Content-Type: application/json\r\n";
    let announced = ["Content-Length: 1000\r\n", "Transfer-Encoding: chunked\r\n"];
    let message = serde_json::json!({"text": "the only one"});
    let path = "/rooms/general/messages";
    server
        .engine
        .join(
            &crate::testing::ids::user("alice"),
            &crate::testing::ids::room("general"),
        )
        .await
        .unwrap();
    server.post("alice", path, message).await;
    for length in announced {
        for (path, headers, status) in [
            ("/rooms", format!("{json}{length}"), 401),
            (
                "/rooms",
                format!("Authorization: Bearer x\r\n{json}{length}"),
                401,
            ),
            ("/nothing", format!("{alice}{json}{length}"), 404),
            ("/rooms?x=1", format!("{alice}{json}{length}"), 400),
            ("/rooms", format!("{alice}{length}"), 415),
            (path, format!("{alice}{json}{length}"), 429),
        ] {
            let answer = ended(begun(&server, path, &headers, "").await).await;
            let expected = format!("HTTP/1.1 {status} ");
            assert!(answer.starts_with(&expected), "{path}, {length}: {answer}");
        }
    }
    let large = format!("{alice}{json}Content-Length: 1000000\r\n");
    let answer = ended(begun(&server, "/rooms", &large, "").await).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

pub(super) async fn a_body_that_does_not_come_is_waited_for_so_long(adapter: Adapter) {
    let server = adapter.with(|s| s.config.body_timeout_ms = 50).await;
    let json = "Content-Type: application/json\r\n";
    for (length, body) in [
        ("Content-Length: 1000\r\n", ""),
        ("Content-Length: 1000\r\n", "{\"kind\":"),
        ("Transfer-Encoding: chunked\r\n", "1\r\n{\r\n"),
    ] {
        let headers = format!("{}{json}{length}", bearer("alice"));
        let answer = ended(begun(&server, "/rooms", &headers, body).await).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.contains("INVALID_COMMAND"), "{answer}");
    }
}

/// Repeats the request until the response has this status.
async fn until_status(server: &Server, name: &str, status: u16) -> super::http::Answer {
    let asked = async {
        loop {
            let answer = server.ask(name, "GET", "/chat/rooms", Value::Null).await;
            if answer.status == status {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    let answer = tokio::time::timeout(PATIENCE, asked).await;
    answer.unwrap_or_else(|_| panic!("no response had status {status}"))
}

/// Asks until the answer is a refusal, with these requests kept in flight: one of them that came while
/// the asking itself was in flight was refused, and is begun again.
async fn until_full(
    server: &Server,
    name: &str,
    headers: &str,
    in_flight: &mut [TcpStream],
) -> super::http::Answer {
    let asked = async {
        loop {
            for socket in in_flight.iter_mut() {
                if socket.try_read(&mut [0]).is_ok() {
                    *socket = begun(server, "/rooms", headers, "").await;
                }
            }
            let answer = server.ask(name, "GET", "/chat/rooms", Value::Null).await;
            if answer.status == 429 {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    let answer = tokio::time::timeout(PATIENCE, asked).await;
    answer.expect("never refused")
}

pub(super) async fn requests_in_flight_are_bounded(adapter: Adapter) {
    let server = adapter.with(|s| s.config.body_timeout_ms = NEVER_MS).await;
    let most = server.engine.config().limits.max_requests_per_user;
    let headers = format!(
        "{}Content-Type: application/json\r\nContent-Length: 16\r\n",
        bearer("alice")
    );
    let mut begun_ones = Vec::new();
    for _ in 0..most {
        begun_ones.push(begun(&server, "/rooms", &headers, "").await);
    }
    let refused = until_full(&server, "alice", &headers, &mut begun_ones).await;
    refused.problem(429, "RATE_LIMITED");
    assert_eq!(refused.header("retry-after"), Some("1"));
    // Other users are unaffected.
    server.get("bob", "/rooms").await;
    // A slot frees up when a request completes or its client disconnects.
    let mut first = begun_ones.remove(0);
    first.write_all(br#"{"kind":"group"}"#).await.unwrap();
    read_until(&mut first, &mut Vec::new(), b"HTTP/1.1 201 ").await;
    until_status(&server, "alice", 200).await;
    begun_ones.push(begun(&server, "/rooms", &headers, "").await);
    until_full(&server, "alice", &headers, &mut begun_ones).await;
    drop(begun_ones);
    until_status(&server, "alice", 200).await;

    // With a limit per address, all users of an address share it.
    let server = adapter
        .with(|s| {
            s.config.body_timeout_ms = NEVER_MS;
            s.config.limits.max_connections_per_address = 1;
        })
        .await;
    let mut stalled = [begun(&server, "/rooms", &headers, "").await];
    until_full(&server, "bob", &headers, &mut stalled)
        .await
        .problem(429, "RATE_LIMITED");
    drop(stalled);
    until_status(&server, "bob", 200).await;
}
