//! The upgrade over real sockets, with a client that is not ours.
#![allow(clippy::unwrap_used)]

mod common;

use chat_axum::Options;
use chat_core::ws::AllowedOrigins;
use common::{Client, Server, next_json};
use futures::{SinkExt, StreamExt};
use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

/// The upgrade with these headers besides the usual ones.
async fn connect(
    server: &Server,
    query: &str,
    headers: &[(&'static str, &str)],
) -> Result<(Client, http::HeaderMap), StatusCode> {
    let mut request = server.ws(query).into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok((client, response)) => Ok((client, response.headers().clone())),
        Err(Error::Http(response)) => Err(response.status()),
        Err(other) => panic!("{other}"),
    }
}

async fn assert_talks(client: &mut Client) {
    assert_eq!(next_json(client).await["type"], "HELLO");
    client
        .send(Message::text(r#"{"type":"PING"}"#))
        .await
        .unwrap();
    assert_eq!(next_json(client).await["type"], "PONG");
}

#[tokio::test]
async fn it_talks_over_a_bare_socket_and_over_any_other() {
    for server in [
        Server::start(Options::default()).await,
        Server::start_wrapped(Options::default()).await,
    ] {
        let (mut client, headers) = connect(&server, "?token=alice", &[]).await.unwrap();
        assert!(!headers.contains_key("sec-websocket-protocol"));
        assert_talks(&mut client).await;
        client.close(None).await.unwrap();
        while let Some(Ok(_)) = client.next().await {}
    }
}

#[tokio::test]
async fn what_comes_with_the_request_is_not_lost() {
    for server in [
        Server::start(Options::default()).await,
        Server::start_wrapped(Options::default()).await,
    ] {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        let mut bytes = format!(
            "GET /chat/ws?token=alice HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            server.address
        )
        .into_bytes();
        let ping = br#"{"type":"PING"}"#;
        bytes.extend([0x81, 0x80 | u8::try_from(ping.len()).unwrap(), 0, 0, 0, 0]);
        bytes.extend(ping);
        socket.write_all(&bytes).await.unwrap();
        let mut answer = Vec::new();
        while !answer.windows(6).any(|bytes| bytes == b"\"PONG\"") {
            assert_ne!(socket.read_buf(&mut answer).await.unwrap(), 0);
        }
        assert!(answer.starts_with(b"HTTP/1.1 101 "));
    }
}

#[tokio::test]
async fn the_token_comes_by_any_of_three_ways() {
    let server = Server::start(Options::default()).await;
    type Way<'a> = (&'a str, &'a [(&'static str, &'a str)], Option<&'a str>);
    let ways: [Way<'_>; 4] = [
        ("?token=alice", &[], None),
        ("", &[("authorization", "Bearer alice")], None),
        (
            "",
            &[("sec-websocket-protocol", "chat.v1, bearer.alice")],
            Some("chat.v1"),
        ),
        (
            "",
            &[("sec-websocket-protocol", "bearer.alice")],
            Some("bearer.alice"),
        ),
    ];
    for (query, headers, protocol) in ways {
        let (mut client, answer) = connect(&server, query, headers).await.unwrap();
        let answered = answer
            .get("sec-websocket-protocol")
            .map(|p| p.to_str().unwrap());
        assert_eq!(answered, protocol);
        let hello = next_json(&mut client).await;
        assert_eq!(hello["userId"], "alice");
    }
}

#[tokio::test]
async fn the_engine_learns_headers_and_address() {
    let server = Server::start(Options::default()).await;
    let (mut client, _) = connect(&server, "", &[("cookie", "user=bob")])
        .await
        .unwrap();
    assert_eq!(next_json(&mut client).await["userId"], "bob");
    let (mut client, _) = connect(&server, "?token=address", &[]).await.unwrap();
    assert_eq!(next_json(&mut client).await["userId"], "127.0.0.1");
    // Served without connect info: no address, and here therefore no user.
    let server = Server::start_wrapped(Options::default()).await;
    let (mut client, _) = connect(&server, "?token=address", &[]).await.unwrap();
    assert!(matches!(
        client.next().await,
        Some(Ok(Message::Close(Some(_))))
    ));
}

#[tokio::test]
async fn without_a_token_the_upgrade_succeeds_and_the_close_code_says_why() {
    let server = Server::start(Options::default()).await;
    let (mut client, _) = connect(&server, "", &[]).await.unwrap();
    let Some(Ok(Message::Close(Some(close)))) = client.next().await else {
        panic!("not closed");
    };
    assert_eq!(u16::from(close.code), 1008);
    assert_eq!(close.reason, "UNAUTHENTICATED");
    assert!(client.next().await.is_none(), "and the socket ends");
}

#[tokio::test]
async fn other_origins_are_refused() {
    let server = Server::start(Options {
        origins: AllowedOrigins::list(["https://chat.example"]).unwrap(),
        ..Options::default()
    })
    .await;
    let from = async |origin: &'static str| {
        let refused = connect(&server, "?token=alice", &[("origin", origin)]).await;
        refused.map(|_| ())
    };
    assert_eq!(from("https://chat.example").await, Ok(()));
    assert_eq!(
        from("https://evil.example").await,
        Err(StatusCode::FORBIDDEN)
    );
}

#[tokio::test]
async fn what_is_no_upgrade_is_told_what_would_be_one() {
    let server = Server::start(Options::default()).await;
    let plain = server.http("GET", "/chat/ws", &[], b"").await;
    assert_eq!(plain.status, 426);
    assert_eq!(plain.header("upgrade"), Some("websocket"));
    assert_eq!(plain.header("sec-websocket-version"), Some("13"));
    assert_eq!(
        plain.header("content-type"),
        Some("application/problem+json")
    );
    let refused = connect(&server, "?token=alice", &[("sec-websocket-version", "8")]).await;
    assert_eq!(refused.err(), Some(StatusCode::UPGRADE_REQUIRED));
    let refused = connect(&server, "?token=alice", &[("sec-websocket-key", "short")]).await;
    assert_eq!(refused.err(), Some(StatusCode::BAD_REQUEST));
    let posted = server.http("POST", "/chat/ws", &[], b"").await;
    assert_eq!(posted.status, 405);
    assert_eq!(posted.header("allow"), Some("GET"));
}

#[tokio::test]
async fn a_message_above_the_limit_is_closed_with_1009() {
    let server = Server::start(Options::default()).await;
    let (mut client, _) = connect(&server, "?token=alice", &[]).await.unwrap();
    assert_talks(&mut client).await;
    client
        .send(Message::text("x".repeat(1_000_000)))
        .await
        .unwrap();
    let Some(Ok(Message::Close(Some(close)))) = client.next().await else {
        panic!("not closed");
    };
    assert_eq!(u16::from(close.code), 1009);
}
