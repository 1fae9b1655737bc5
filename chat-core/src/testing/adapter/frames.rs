//! Valid and invalid frames from clients.

use std::time::Duration;

use serde_json::json;

use super::mount::Adapter;
use super::raw::{CLOSE, CONTINUATION, PING, PONG, Raw, TEXT, frame};

const COMMAND: &[u8] = br#"{"type":"PING"}"#;

pub(super) async fn a_message_may_come_in_fragments_with_pings_between_them(adapter: Adapter) {
    let server = adapter.start().await;
    let mut alice = Raw::open(&server, "alice", b"").await;
    let command = json!({"type": "PING", "ref": "🦀"})
        .to_string()
        .into_bytes();
    // One byte each, which also splits characters.
    for (n, byte) in command.iter().enumerate() {
        let opcode = if n == 0 { TEXT } else { CONTINUATION };
        alice.frame(n + 1 == command.len(), opcode, &[*byte]).await;
        if n % 5 == 0 {
            alice.frame(true, PING, &[b'p', *byte]).await;
            assert_eq!(alice.next().await, Some((PONG, vec![b'p', *byte])));
            alice.frame(true, PONG, b"unasked").await;
        }
    }
    assert_eq!(
        alice.next_json().await,
        json!({"type": "PONG", "ref": "🦀"})
    );
    // Empty fragments are ignored.
    alice.frame(false, TEXT, b"").await;
    alice.frame(false, CONTINUATION, COMMAND).await;
    alice.frame(true, CONTINUATION, b"").await;
    assert_eq!(alice.next_json().await, json!({"type": "PONG"}));
}

pub(super) async fn many_messages_may_come_at_once_and_right_behind_the_request(adapter: Adapter) {
    let server = adapter.start().await;
    let mut early = Vec::new();
    for n in 0..100 {
        let command = json!({"type": "PING", "ref": n.to_string()}).to_string();
        early.extend(frame(true, TEXT, command.as_bytes()));
    }
    let (most, rest) = early.split_at(early.len() - 7);
    let mut alice = Raw::open(&server, "alice", most).await;
    for n in 0..99 {
        assert_eq!(alice.next_json().await["ref"], n.to_string());
    }
    alice.write(rest).await.unwrap();
    assert_eq!(alice.next_json().await["ref"], "99");
}

pub(super) async fn fragments_without_end_are_too_large(adapter: Adapter) {
    let server = adapter.start().await;
    for fragment in [&b""[..], b" ", &[b' '; 1_000]] {
        let mut alice = Raw::open(&server, "alice", b"").await;
        alice.frame(false, TEXT, fragment).await;
        let more = frame(false, CONTINUATION, fragment);
        // More than any server buffers.
        for _ in 0..70_000 / fragment.len().max(50) {
            if alice.write(&more).await.is_err() {
                break;
            }
        }
        assert_eq!(alice.closed().await, 1009, "{} bytes each", fragment.len());
    }
}

pub(super) async fn half_a_frame_and_then_silence_is_closed(adapter: Adapter) {
    let server = adapter
        .with(|s| s.frame_timeout = Duration::from_millis(100))
        .await;
    let whole = frame(true, TEXT, COMMAND);
    let unfinished = frame(false, TEXT, COMMAND);
    for bytes in [&whole[..1], &whole[..4], &whole[..10], &unfinished] {
        let mut alice = Raw::open(&server, "alice", b"").await;
        alice.write(bytes).await.unwrap();
        assert_eq!(alice.closed().await, 1013);
    }
    // A silent client has begun no frame, so it is not timed out.
    let mut quiet = Raw::open(&server, "alice", b"").await;
    let mut alice = Raw::open(&server, "alice", b"").await;
    alice.write(&whole[..1]).await.unwrap();
    assert_eq!(alice.closed().await, 1013);
    quiet.write(&whole).await.unwrap();
    assert_eq!(quiet.next_json().await["type"], "PONG");
}

pub(super) async fn what_is_no_websocket_is_closed(adapter: Adapter) {
    let server = adapter.start().await;
    let mut not_masked = frame(true, TEXT, COMMAND);
    not_masked[1] &= 0x7f;
    let mut reserved = frame(true, TEXT, COMMAND);
    reserved[0] |= 0x40;
    for (bytes, code) in [
        (not_masked, 1002),
        (reserved, 1002),
        (frame(true, 3, b""), 1002),
        (frame(true, CONTINUATION, b"x"), 1002),
        (frame(false, PING, b""), 1002),
        (frame(true, PING, &[0; 126]), 1002),
        (frame(true, CLOSE, b"x"), 1002),
        (frame(true, TEXT, b"\xff"), 1007),
        (frame(true, TEXT, b"\xed\xa0\x80"), 1007),
    ] {
        let mut alice = Raw::open(&server, "alice", b"").await;
        alice.write(&bytes).await.unwrap();
        assert_eq!(alice.closed().await, code, "{bytes:x?}");
    }
}

pub(super) async fn a_heartbeat_finds_who_is_gone(adapter: Adapter) {
    let server = adapter.with(|s| s.config.heartbeat_ms = 150).await;
    let mut deaf = Raw::open(&server, "deaf", b"").await;
    let mut pings = 0;
    let code = loop {
        match deaf.next().await {
            Some((PING, _)) => pings += 1,
            Some((CLOSE, code)) => break u16::from_be_bytes([code[0], code[1]]),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(pings, 2, "two unanswered pings");
    assert_eq!(code, 1013);
    // Any traffic from the client counts as a sign of life.
    let mut dutiful = Raw::open(&server, "dutiful", b"").await;
    let mut talkative = Raw::open(&server, "talkative", b"").await;
    for _ in 0..5 {
        let Some((PING, payload)) = dutiful.next().await else {
            panic!("no ping");
        };
        dutiful.frame(true, PONG, &payload).await;
        let Some((PING, _)) = talkative.next().await else {
            panic!("no ping");
        };
        talkative.frame(true, TEXT, COMMAND).await;
        assert!(matches!(talkative.next().await, Some((TEXT, _))));
    }
}
