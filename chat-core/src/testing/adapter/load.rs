//! Clients that stop reading, and readers that reconnect under load.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpSocket;

use super::client::{Client, say};
use super::mount::Adapter;
use super::raw::{Raw, TEXT, frame};
use super::server::Server;
use super::token::{HOUR, token};
use crate::Actor;
use crate::engine::CreateRoom;
use crate::model::RoomKind;
use crate::testing::ids::{room, user};

/// A reader's copy of the log of `general`: every `rev` from 1 on, without gaps.
struct Log {
    epoch: Value,
    ids: Vec<Value>,
}

impl Log {
    /// Starts a copy at the beginning of the log.
    async fn begin(client: &mut Client) -> Self {
        let joined = client.join("general").await;
        assert_eq!(joined["head"], 0);
        Self {
            epoch: joined["epoch"].clone(),
            ids: Vec::new(),
        }
    }

    fn resume(&self) -> Value {
        json!({
            "type": "JOIN_ROOM", "roomId": "general",
            "epoch": self.epoch, "after": self.ids.len(),
        })
    }

    fn push(&mut self, message: &Value) {
        assert_eq!(message["rev"], self.ids.len() + 1, "a gap or a duplicate");
        self.ids.push(message["id"].clone());
    }

    /// Applies an event; events without a place in the log are ignored.
    fn take(&mut self, event: &Value) {
        match event["type"].as_str().unwrap() {
            "ROOM_JOINED" => assert_eq!(event["recovered"], true),
            "ROOM_SYNC" => {
                let changes = event["changes"].as_array().unwrap();
                assert!(changes.len() <= 100);
                for message in changes {
                    self.push(message);
                }
                assert_eq!(event["through"], self.ids.len());
            }
            "MESSAGE_CREATED" => self.push(&event["message"]),
            "ERROR" => panic!("{event}"),
            _ => {}
        }
    }
}

pub(super) async fn who_stops_reading_is_closed_with_1013_and_resumes_without_loss(
    adapter: Adapter,
) {
    const MESSAGES: usize = 150;
    let server = adapter
        .with(|s| {
            s.config.outbox_max_frames = 10;
            s.config.close_timeout_ms = 60_000;
            s.send_buffer = Some(8_192);
        })
        .await;
    let mut alice = server.joined("alice").await;
    let mut bob = server.connect("bob").await;
    let mut others = Log::begin(&mut bob).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(8_192).unwrap();
    let query = format!("?token={}", token("slow", HOUR));
    let mut slow = server.open_over(&query, socket).await;
    let mut log = Log::begin(&mut slow).await;

    let text = "x".repeat(4_000);
    for n in 0..MESSAGES {
        alice.say("general", &n.to_string(), &text).await;
        others.take(&bob.next_of("MESSAGE_CREATED").await);
    }
    assert_eq!(
        others.ids.len(),
        MESSAGES,
        "other readers are not slowed down"
    );

    let (code, _) = loop {
        match slow.next_or_close().await {
            Ok(event) => log.take(&event),
            Err(closed) => break closed,
        }
    };
    assert_eq!(code, 1013);
    assert!(log.ids.len() < MESSAGES);
    let mut back = server.connect("slow").await;
    back.send(&log.resume()).await;
    while log.ids.len() < MESSAGES {
        log.take(&back.next().await);
    }
    assert_eq!(log.ids, others.ids);
}

/// Sockets that stall in the middle of a join, of a refusal and of a frame delay only themselves.
pub(super) async fn sockets_that_stall_delay_nobody_else(adapter: Adapter) {
    const STALLED: usize = 20;
    let server = adapter
        .with(|s| {
            // None of them is closed while the check runs.
            s.config.heartbeat_ms = 600_000;
            s.frame_timeout = Duration::from_secs(600);
            s.send_buffer = Some(8_192);
        })
        .await;
    let group = CreateRoom::new(RoomKind::Group)
        .id(room("tea"))
        .members([user("alice")]);
    server.engine.create_room(&Actor::App, group).await.unwrap();
    let mut alice = server.joined("alice").await;
    let text = "x".repeat(4_000);
    for n in 0..100 {
        alice.say("general", &n.to_string(), &text).await;
    }

    let mut stalled = Vec::new();
    for n in 0..STALLED {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(8_192).unwrap();
        let query = format!("?token={}", token(&format!("slow-{n}"), HOUR));
        let mut slow = server.open_over(&query, socket).await;
        slow.send(&json!({"type": "JOIN_ROOM", "roomId": "general", "history": 100}))
            .await;
        slow.send(&json!({"type": "JOIN_ROOM", "roomId": "tea"}))
            .await;
        stalled.push(slow);
    }
    let mut halves = Vec::new();
    for n in 0..STALLED {
        let mut half = Raw::open(&server, &format!("half-{n}"), &[]).await;
        half.write(&frame(true, TEXT, &[b' '; 100])[..50])
            .await
            .unwrap();
        halves.push(half);
    }

    let mut bob = server.connect("bob").await;
    let joined = bob.join("general").await;
    assert_eq!(joined["head"], 100);
    let epoch = &joined["epoch"];
    alice.say("general", "last", "still here").await;
    let heard = bob.next_of("MESSAGE_CREATED").await;
    assert_eq!(heard["message"]["text"], "still here");
    alice.join("tea").await;
    alice.say("tea", "first", "in here, too").await;
    let page = server.get("bob", "/rooms/general/messages?limit=100").await;
    assert_eq!(
        page["messages"].as_array().unwrap().last().unwrap()["text"],
        "still here"
    );
    let mut carol = server.connect("carol").await;
    server
        .engine
        .join(&user("carol"), &room("general"))
        .await
        .unwrap();
    let resume = json!({"type": "JOIN_ROOM", "roomId": "general", "epoch": epoch, "after": 0});
    carol.send(&resume).await;
    while carol.next_of("ROOM_SYNC").await["done"] == false {}
}

const WRITERS: usize = 4;
const EACH: usize = 2_500;
const WINDOW: usize = 50;

/// Sends all messages of a writer, several concurrently. Returns their ids with their `rev`s.
async fn write(mut client: Client) -> Vec<(u64, Value)> {
    let mut acked = Vec::new();
    let mut sent = 0;
    while acked.len() < EACH {
        while sent < EACH && sent - acked.len() < WINDOW {
            let id = sent.to_string();
            client.send(&say("general", &id, &id)).await;
            sent += 1;
        }
        let ack = client.next().await;
        assert_ne!(ack["type"], "ERROR", "{ack}");
        if ack["type"] == "MESSAGE_ACK" {
            assert_eq!(
                ack["clientMessageId"],
                acked.len().to_string(),
                "out of order"
            );
            assert_eq!(ack["duplicate"], false);
            acked.push((ack["rev"].as_u64().unwrap(), ack["messageId"].clone()));
        }
    }
    acked
}

/// Reads the whole log. The reader drops the connection every `patience` events, in the middle of
/// pending work; the server may drop it too.
async fn read(server: Arc<Server>, name: String, mut log: Log, patience: usize) -> Vec<Value> {
    loop {
        let mut client = server.connect(&name).await;
        client.send(&log.resume()).await;
        for _ in 0..patience {
            match client.next_or_close().await {
                Ok(event) => log.take(&event),
                Err((code, _)) => {
                    assert_eq!(code, 1013);
                    break;
                }
            }
            if log.ids.len() == WRITERS * EACH {
                let more = client.settle().await;
                assert!(more.iter().all(|e| e.get("rev").is_none()));
                return log.ids;
            }
        }
    }
}

pub(super) async fn ten_thousand_messages_reach_readers_that_come_and_go(adapter: Adapter) {
    let server = Arc::new(adapter.start().await);
    let mut writers = Vec::new();
    for n in 0..WRITERS {
        let mut client = server.joined(&format!("writer-{n}")).await;
        let leave = json!({"type": "LEAVE_ROOM", "roomId": "general"});
        assert_eq!(client.ask(leave).await["type"], "ROOM_LEFT");
        writers.push(client);
    }
    let mut readers = Vec::new();
    for (n, patience) in [usize::MAX, 1_500, 400, 90].into_iter().enumerate() {
        let name = format!("reader-{n}");
        let log = Log::begin(&mut server.connect(&name).await).await;
        readers.push(tokio::spawn(read(Arc::clone(&server), name, log, patience)));
    }
    let writing: Vec<_> = writers
        .into_iter()
        .map(|w| tokio::spawn(write(w)))
        .collect();
    let mut acked = Vec::new();
    for writer in writing {
        acked.extend(writer.await.unwrap());
    }
    acked.sort_by_key(|(rev, _)| *rev);
    assert!(acked.iter().zip(1..).all(|((rev, _), n)| *rev == n));
    let acked: Vec<_> = acked.into_iter().map(|(_, id)| id).collect();
    for reader in readers {
        assert!(reader.await.unwrap() == acked, "readers see different logs");
    }
}
