//! A minimal chat server that can inject one fault.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::{SinkExt, StreamExt};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

/// A fault. It happens once, to the second member of the first room that reaches the position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    Lose,
    LoseTheLast,
    Repeat,
    Swap,
    Disagree,
    Close,
    NoAck,
    RateLimit,
    RefuseJoin,
}

const AT: u64 = 40;
/// The last position of a room in the runs of these tests.
const LAST: u64 = 100;

#[derive(Default)]
struct Room {
    head: u64,
    members: Vec<UnboundedSender<Option<Value>>>,
    held: Option<Value>,
}

pub(crate) struct Fake {
    address: SocketAddr,
}

struct State {
    rooms: Mutex<HashMap<String, Room>>,
    fault: Fault,
    done: AtomicBool,
}

impl State {
    /// Returns `true` if this fault must happen now. That is the case once.
    fn goes_wrong(&self, fault: Fault) -> bool {
        self.fault == fault && !self.done.swap(true, Ordering::Relaxed)
    }
}

impl Fake {
    pub(crate) async fn start(fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            rooms: Mutex::default(),
            fault,
            done: AtomicBool::new(false),
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, state.clone()));
            }
        });
        Self { address }
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}/chat/ws", self.address)
    }
}

async fn serve(stream: TcpStream, state: Arc<State>) {
    let mut first = [0];
    stream.peek(&mut first).await.unwrap();
    if first == *b"P" {
        requests(stream, &state).await;
    } else {
        socket(stream, &state).await;
    }
}

/// Serves `POST /dev/token` and `POST /chat/rooms`.
async fn requests(stream: TcpStream, state: &State) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head).await.unwrap_or(0) == 0 {
                return;
            }
        }
        let length = head.to_lowercase();
        let length = length.split("content-length: ").nth(1).unwrap();
        let mut body = vec![0; length.lines().next().unwrap().parse().unwrap()];
        stream.read_exact(&mut body).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        let (status, answer) = if head.starts_with("POST /dev/token ") {
            ("200 OK", json!({ "token": body["userId"] }))
        } else {
            assert!(head.starts_with("POST /chat/rooms "), "{head}");
            assert_eq!(body["kind"], "public");
            let id = body["id"].as_str().unwrap().to_owned();
            state.rooms.lock().insert(id, Room::default());
            ("201 Created", json!({}))
        };
        let answer = answer.to_string();
        let length = answer.len();
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{answer}");
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
}

#[allow(clippy::result_large_err, reason = "the signature is tungstenite's")]
fn protocol(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let name = "sec-websocket-protocol";
    assert_eq!(request.headers()[name], "chat.v1");
    assert!(
        request.headers()["authorization"]
            .to_str()
            .unwrap()
            .starts_with("Bearer load-")
    );
    response
        .headers_mut()
        .insert(name, "chat.v1".parse().unwrap());
    Ok(response)
}

async fn socket(stream: TcpStream, state: &State) {
    let (mut sink, mut source) = accept_hdr_async(stream, protocol).await.unwrap().split();
    let (out, mut frames) = unbounded_channel::<Option<Value>>();
    tokio::spawn(async move {
        while let Some(Some(frame)) = frames.recv().await {
            if sink.send(Message::text(frame.to_string())).await.is_err() {
                return;
            }
        }
        let _ = sink.close().await;
    });
    out.send(Some(json!({ "type": "HELLO" }))).unwrap();
    while let Some(Ok(Message::Text(text))) = source.next().await {
        let command: Value = serde_json::from_str(&text).unwrap();
        let mut rooms = state.rooms.lock();
        let room = rooms.get_mut(command["roomId"].as_str().unwrap()).unwrap();
        match command["type"].as_str().unwrap() {
            "JOIN_ROOM" => join(state, room, &command, &out),
            "SEND_MESSAGE" => send(state, room, &command, &out),
            other => panic!("{other}"),
        }
    }
}

fn join(state: &State, room: &mut Room, command: &Value, out: &UnboundedSender<Option<Value>>) {
    let answer = if state.goes_wrong(Fault::RefuseJoin) {
        json!({ "type": "ERROR", "ref": command["ref"], "code": "FORBIDDEN", "message": "no" })
    } else {
        room.members.push(out.clone());
        json!({ "type": "ROOM_JOINED", "ref": command["ref"], "roomId": command["roomId"],
            "epoch": "e", "head": room.head, "role": "member", "readSeq": 0, "recovered": false,
            "messages": [{ "clientMessageId": "1" }] })
    };
    out.send(Some(answer)).unwrap();
}

fn send(state: &State, room: &mut Room, command: &Value, out: &UnboundedSender<Option<Value>>) {
    let (reference, room_id) = (&command["ref"], &command["roomId"]);
    let position = room.head + 1;
    if position == AT && state.goes_wrong(Fault::RateLimit) {
        let error =
            json!({ "type": "ERROR", "ref": reference, "code": "RATE_LIMITED", "message": "" });
        return out.send(Some(error)).unwrap();
    }
    room.head = position;
    let delivery = json!({ "type": "MESSAGE_CREATED", "roomId": room_id, "rev": position,
        "message": { "seq": position, "clientMessageId": command["clientMessageId"] } });
    for (n, member) in room.members.iter().enumerate() {
        let wrong = |fault, at| n == 1 && position == at && state.goes_wrong(fault);
        // The member may have disconnected.
        let tell = |frame: &Value| drop(member.send(Some(frame.clone())));
        if wrong(Fault::Lose, AT) || wrong(Fault::LoseTheLast, LAST) {
            continue;
        } else if wrong(Fault::Swap, AT) {
            room.held = Some(delivery.clone());
            continue;
        } else if wrong(Fault::Repeat, AT) {
            tell(&delivery);
        } else if wrong(Fault::Close, AT) {
            drop(member.send(None));
        } else if wrong(Fault::Disagree, AT) {
            let mut other = delivery.clone();
            other["message"]["clientMessageId"] = "0".into();
            tell(&other);
            continue;
        }
        tell(&delivery);
        if n == 1
            && let Some(held) = room.held.take()
        {
            tell(&held);
        }
    }
    if !(position == AT && state.goes_wrong(Fault::NoAck)) {
        let ack = json!({ "type": "MESSAGE_ACK", "ref": reference, "roomId": room_id, "seq": position,
            "rev": position, "clientMessageId": command["clientMessageId"], "duplicate": false });
        // The sender may be the one whose connection was closed.
        drop(out.send(Some(ack)));
    }
}
