//! Close codes, and the events that precede them.

use std::time::Duration;

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::client::Closed;
use super::mount::Adapter;
use super::server::Server;
use super::token::{HOUR, expired_token, token};
use crate::backend::Quota;
use crate::testing::ids::user;

/// Connects and returns the close that comes instead of `HELLO`.
async fn refused(server: &Server, query: &str) -> Closed {
    let mut client = server.open(query).await;
    client.next_or_close().await.unwrap_err()
}

pub(super) async fn without_a_valid_token_1008_at_once(adapter: Adapter) {
    let server = adapter.start().await;
    let valid = token("alice", HOUR);
    let (unsigned, _) = valid.rsplit_once('.').unwrap();
    let forged = format!("?token={unsigned}.AAAA");
    for query in ["", "?token=", "?token=a.b.c", "?other=x", &forged] {
        let closed = refused(&server, query).await;
        assert_eq!(closed, (1008, "UNAUTHENTICATED".to_owned()), "{query}");
    }
    let closed = refused(&server, &format!("?token={}", expired_token("alice"))).await;
    assert_eq!(closed, (1008, "TOKEN_EXPIRED".to_owned()));
    assert_eq!(server.engine.connection_count(), 0);
}

pub(super) async fn too_many_violations_1008(adapter: Adapter) {
    let server = adapter
        .with(|s| s.config.rates.violation = Quota::new(3, 0.01))
        .await;
    let mut alice = server.joined("alice").await;
    let mut bob = server.joined("bob").await;
    for _ in 0..4 {
        alice.send(&json!({"type": "NOPE"})).await;
    }
    for _ in 0..4 {
        assert_eq!(alice.next_of("ERROR").await["code"], "INVALID_COMMAND");
    }
    assert_eq!(alice.next_or_close().await.unwrap_err().0, 1008);
    // Other connections are unaffected.
    let error = bob.refused(json!({"type": "NOPE"})).await;
    assert_eq!(error["code"], "INVALID_COMMAND");
    bob.settle().await;
}

pub(super) async fn above_the_limit_1009(adapter: Adapter) {
    let server = adapter
        .with(|s| s.config.limits.max_frame_bytes = 1_000)
        .await;
    let mut alice = server.connect("alice").await;
    let command = r#"{"type":"PING"}"#;
    let most = command.to_owned() + &" ".repeat(1_000 - command.len());
    alice.send_raw(Message::text(most.clone())).await;
    assert_eq!(alice.next().await["type"], "PONG");
    alice.send_raw(Message::text(most + " ")).await;
    assert_eq!(alice.next_or_close().await.unwrap_err().0, 1009);
    let mut alice = server.connect("alice").await;
    alice.send_raw(Message::binary(vec![0; 1_001])).await;
    assert_eq!(alice.next_or_close().await.unwrap_err().0, 1009);
}

pub(super) async fn a_restart_is_announced_and_closes_with_1012(adapter: Adapter) {
    let server = adapter
        .with(|s| {
            s.config.drain_ms = 1_000;
            s.config.reconnect_spread_ms = 500;
        })
        .await;
    let mut alice = server.joined("alice").await;
    let mut others = [server.joined("bob").await, server.joined("carol").await];
    alice.say("general", "1", "last words").await;
    let stopping = server.engine.clone();
    let stopping = tokio::spawn(async move { stopping.shutdown().await });
    // Alice's own message may come before or after its acknowledgement.
    for client in &mut others {
        assert_eq!(client.next_of("MESSAGE_CREATED").await["rev"], 1);
    }
    for client in others.iter_mut().chain([&mut alice]) {
        let going = client.next_of("GOING_AWAY").await;
        assert!(going["reconnectAfterMs"].as_u64().unwrap() <= 500);
    }
    for client in others.iter_mut().chain([&mut alice]) {
        assert_eq!(client.closed().await.0, 1012);
    }
    stopping.await.unwrap();
    assert_eq!(server.engine.connection_count(), 0);
    let query = format!("?token={}", token("alice", HOUR));
    assert_eq!(refused(&server, &query).await.0, 1012);
}

pub(super) async fn an_overloaded_node_1013(adapter: Adapter) {
    let server = adapter.with(|s| s.config.max_connections = 1).await;
    let mut alice = server.connect("alice").await;
    let query = format!("?token={}", token("bob", HOUR));
    assert_eq!(refused(&server, &query).await.0, 1013);
    alice.settle().await;
}

pub(super) async fn a_token_that_runs_out_4001(adapter: Adapter) {
    let server = adapter.start().await;
    let short = token("alice", Duration::from_millis(1));
    let mut alice = server.open(&format!("?token={short}")).await;
    let closed = alice.closed().await;
    // On a slow machine the token may expire before it is checked.
    assert!([1008, 4001].contains(&closed.0), "{closed:?}");
    assert_eq!(closed.1, "TOKEN_EXPIRED");
}

pub(super) async fn a_token_that_will_run_out_is_announced(adapter: Adapter) {
    let server = adapter
        .with(|s| s.config.token_warning_ms = 2 * 3_600_000)
        .await;
    let mut alice = server.connect("alice").await;
    let expiring = alice.next().await;
    assert_eq!(expiring["type"], "TOKEN_EXPIRING");
    assert!(expiring["expiresAt"].is_string());
    alice.settle().await;
}

pub(super) async fn a_fresh_token_keeps_the_connection(adapter: Adapter) {
    let server = adapter.start().await;
    let short = token("alice", Duration::from_secs(3));
    let mut alice = server.connect_with(&short).await;
    let refresh = |token: &str| json!({"type": "REFRESH_TOKEN", "token": token});
    // A rejected token leaves the connection as it was.
    for (bad, code) in [
        (token("bob", HOUR), "FORBIDDEN"),
        (expired_token("alice"), "TOKEN_EXPIRED"),
        ("a.b.c".to_owned(), "UNAUTHENTICATED"),
    ] {
        assert_eq!(alice.refused(refresh(&bad)).await["code"], code);
    }
    let ack = alice.ask(refresh(&token("alice", HOUR))).await;
    assert_eq!(ack["type"], "ACK");
    // Bob's token outlives Alice's first one. When it runs out, he is closed and she is not.
    let longer = token("bob", Duration::from_secs(4));
    let mut bob = server.connect_with(&longer).await;
    assert_eq!(bob.closed().await.0, 4001);
    alice.settle().await;
}

pub(super) async fn whom_the_app_ends_4003(adapter: Adapter) {
    let server = adapter.start().await;
    let mut first = server.connect("alice").await;
    let mut second = server.connect("alice").await;
    let mut bob = server.connect("bob").await;
    server.engine.disconnect(&user("alice"), "misbehaved");
    for client in [&mut first, &mut second] {
        assert_eq!(client.closed().await, (4003, "misbehaved".to_owned()));
    }
    bob.settle().await;
    // Only existing connections end. Later ones are the app's decision.
    server.connect("alice").await.settle().await;
}

pub(super) async fn one_connection_too_many_4029(adapter: Adapter) {
    let server = adapter
        .with(|s| s.config.limits.max_connections_per_user = 2)
        .await;
    let mut first = server.connect("alice").await;
    let second = server.connect("alice").await;
    let query = format!("?token={}", token("alice", HOUR));
    assert_eq!(refused(&server, &query).await.0, 4029);
    server.connect("bob").await.settle().await;
    first.settle().await;
    drop(second);
    // The slot frees up once the server has cleaned up.
    loop {
        let mut again = server.open(&query).await;
        match again.next_or_close().await {
            Ok(hello) => break assert_eq!(hello["type"], "HELLO"),
            Err((code, _)) => assert_eq!(code, 4029),
        }
    }
}

pub(super) async fn a_client_that_closes_is_answered_with_its_own_code(adapter: Adapter) {
    let server = adapter.start().await;
    for code in [
        CloseCode::Normal,
        CloseCode::Away,
        CloseCode::Library(4_500),
    ] {
        let mut alice = server.connect("alice").await;
        let reason = "bye".into();
        let close = CloseFrame { code, reason };
        alice.socket.close(Some(close)).await.unwrap();
        assert_eq!(alice.closed().await.0, u16::from(code));
    }
}
