use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::contract::check_event;

/// Longer than any step of a check takes.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// The code and reason of a close frame.
pub(super) type Closed = (u16, String);

pub(super) struct Client {
    pub(super) socket: WebSocketStream<TcpStream>,
    refs: u64,
}

impl Client {
    pub(super) const fn new(socket: WebSocketStream<TcpStream>) -> Self {
        Self { socket, refs: 0 }
    }

    pub(super) async fn send(&mut self, command: &Value) {
        self.send_raw(Message::text(command.to_string())).await;
    }

    pub(super) async fn send_raw(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// Receives the next event, or the close of the connection: 1005 for a close frame without a
    /// code, 1006 for none.
    pub(super) async fn next_or_close(&mut self) -> Result<Value, Closed> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.socket.next());
            match next.await.expect("timed out waiting for an event") {
                Some(Ok(Message::Text(text))) => {
                    let event = serde_json::from_str(&text).unwrap();
                    check_event(&event);
                    return Ok(event);
                }
                Some(Ok(Message::Close(Some(close)))) => {
                    return Err((close.code.into(), close.reason.to_string()));
                }
                Some(Ok(Message::Close(None))) => return Err((1005, String::new())),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(other)) => panic!("not a text frame: {other:?}"),
                Some(Err(_)) | None => return Err((1006, String::new())),
            }
        }
    }

    pub(super) async fn next(&mut self) -> Value {
        self.next_or_close().await.unwrap()
    }

    /// Receives the next event of this type, skipping others.
    pub(super) async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let event = self.next().await;
            if event["type"] == kind {
                return event;
            }
        }
    }

    /// Skips events until the connection closes.
    pub(super) async fn closed(&mut self) -> Closed {
        loop {
            if let Err(closed) = self.next_or_close().await {
                return closed;
            }
        }
    }

    /// Sends a command with a `ref` and returns its reply, skipping other events.
    pub(super) async fn ask(&mut self, command: Value) -> Value {
        self.ask_all(command).await.0
    }

    /// Sends a command and returns its reply and the events before it.
    pub(super) async fn ask_all(&mut self, mut command: Value) -> (Value, Vec<Value>) {
        self.refs += 1;
        let reference = format!("r{}", self.refs);
        command["ref"] = json!(reference);
        self.send(&command).await;
        let mut events = Vec::new();
        loop {
            let event = self.next().await;
            if event["ref"] == *reference {
                return (event, events);
            }
            events.push(event);
        }
    }

    /// Sends a command and expects an error in reply.
    pub(super) async fn refused(&mut self, command: Value) -> Value {
        let error = self.ask(command.clone()).await;
        assert_eq!(error["type"], "ERROR", "{command} -> {error}");
        assert!(!error["message"].as_str().unwrap().is_empty());
        error
    }

    /// Sends a `PING` and returns every event before the reply.
    pub(super) async fn settle(&mut self) -> Vec<Value> {
        let (pong, events) = self.ask_all(json!({"type": "PING"})).await;
        assert_eq!(pong["type"], "PONG");
        events
    }

    pub(super) async fn join(&mut self, room: &str) -> Value {
        let joined = self.ask(json!({"type": "JOIN_ROOM", "roomId": room})).await;
        assert_eq!(joined["type"], "ROOM_JOINED", "{joined}");
        joined
    }

    pub(super) async fn say(&mut self, room: &str, id: &str, text: &str) -> Value {
        let ack = self.ask(say(room, id, text)).await;
        assert_eq!(ack["type"], "MESSAGE_ACK", "{ack}");
        ack
    }
}

/// A command that sends a text message.
pub(super) fn say(room: &str, id: &str, text: &str) -> Value {
    json!({"type": "SEND_MESSAGE", "roomId": room, "clientMessageId": id, "text": text})
}
