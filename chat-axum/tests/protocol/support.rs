//! A server on a port of its own, with real tokens, and clients that are not ours.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chat_axum::{Options, chat_router};
use chat_core::auth::{JwtAuthenticator, JwtIssuer, JwtKey};
use chat_core::engine::CreateRoom;
use chat_core::model::RoomKind;
use chat_core::{
    Actor, Config, Engine, EngineBuilder, ManualClock, Rates, RoomId, Timestamp, UserId,
};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);
const SECRET: &str = "0123456789abcdef0123456789abcdef";
pub const HOUR: Duration = Duration::from_secs(3600);

pub fn user(name: &str) -> UserId {
    UserId::new(name).unwrap()
}

pub fn room(name: &str) -> RoomId {
    RoomId::new(name).unwrap()
}

/// A token for a user, counted up to a whole second.
pub fn token(name: &str, ttl: Duration) -> String {
    let issuer = JwtIssuer::hs256(SECRET).unwrap();
    issuer.issue(&user(name), ttl).unwrap()
}

/// A token that was valid once.
pub fn expired_token(name: &str) -> String {
    let past = Arc::new(ManualClock::new(Timestamp::from_millis(1_600_000_000_000)));
    let issuer = JwtIssuer::hs256(SECRET).unwrap().with_clock(past);
    issuer.issue(&user(name), HOUR).unwrap()
}

/// Settings under which tests do not meet a rate limit.
pub fn config() -> Config {
    let mut config = Config::default();
    config.rates = Rates::unlimited();
    config
}

/// What a server is made of.
pub struct Setup {
    pub config: Config,
    pub options: Options,
    /// Bytes the kernel keeps per connection on the server's side; `None` is as many as it likes.
    pub send_buffer: Option<u32>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            config: config(),
            options: Options::default(),
            send_buffer: None,
        }
    }
}

/// Ends when it is dropped.
pub struct Server {
    pub engine: Engine,
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// With a public room `general`.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Setup)) -> Self {
        Self::built(change, |builder| builder).await
    }

    pub async fn built(
        change: impl FnOnce(&mut Setup),
        build: impl FnOnce(EngineBuilder) -> EngineBuilder,
    ) -> Self {
        let mut setup = Setup::default();
        change(&mut setup);
        let authenticator = JwtAuthenticator::builder()
            .key(JwtKey::hs256(SECRET).unwrap())
            .leeway(Duration::ZERO)
            .build()
            .unwrap();
        let engine = build(Engine::builder(authenticator).config(setup.config)).build();
        let socket = TcpSocket::new_v4().unwrap();
        if let Some(bytes) = setup.send_buffer {
            socket.set_send_buffer_size(bytes).unwrap();
        }
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let listener = socket.listen(128).unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().nest("/chat", chat_router(engine.clone(), setup.options));
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        let server = Self {
            engine,
            address,
            task,
        };
        server
            .create(CreateRoom::new(RoomKind::Public).id(room("general")))
            .await;
        server
    }

    pub async fn create(&self, room: CreateRoom) {
        self.engine.create_room(&Actor::App, room).await.unwrap();
    }

    /// A group of the app's with these members.
    pub async fn group(&self, id: &str, members: &[&str]) {
        let members = members.iter().map(|name| user(name));
        let group = CreateRoom::new(RoomKind::Group).id(room(id));
        self.create(group.members(members)).await;
    }

    /// A client that said hello.
    pub async fn connect(&self, name: &str) -> Client {
        self.connect_with(&token(name, HOUR)).await
    }

    pub async fn connect_with(&self, token: &str) -> Client {
        let mut client = self.open(&format!("?token={token}")).await;
        assert_eq!(client.next().await["type"], "HELLO");
        client
    }

    /// A client that has joined `general`.
    pub async fn joined(&self, name: &str) -> Client {
        let mut client = self.connect(name).await;
        client.join("general").await;
        client
    }

    /// A client after the upgrade and no more.
    pub async fn open(&self, query: &str) -> Client {
        self.open_over(query, TcpSocket::new_v4().unwrap()).await
    }

    pub async fn open_over(&self, query: &str, socket: TcpSocket) -> Client {
        let socket = socket.connect(self.address).await.unwrap();
        let url = format!("ws://{}/chat/ws{query}", self.address);
        let (socket, _) = tokio_tungstenite::client_async(url, socket).await.unwrap();
        Client { socket, refs: 0 }
    }
}

/// How a connection ended: the close frame's code and reason.
pub type Closed = (u16, String);

/// A client with a WebSocket of tungstenite's.
pub struct Client {
    pub socket: WebSocketStream<TcpStream>,
    refs: u64,
}

impl Client {
    pub async fn send(&mut self, command: &Value) {
        self.send_raw(Message::text(command.to_string())).await;
    }

    pub async fn send_raw(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// The next event, or how the connection ended; 1006 is without a word.
    pub async fn next_or_close(&mut self) -> Result<Value, Closed> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.socket.next());
            match next.await.expect("nothing came") {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(close)))) => {
                    return Err((close.code.into(), close.reason.to_string()));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(other)) => panic!("not a text: {other:?}"),
                Some(Err(_)) | None => return Err((1006, String::new())),
            }
        }
    }

    /// The next event.
    pub async fn next(&mut self) -> Value {
        self.next_or_close().await.unwrap()
    }

    /// The next event of this type; others are skipped.
    pub async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let event = self.next().await;
            if event["type"] == kind {
                return event;
            }
        }
    }

    /// How the connection ends; events before it are skipped.
    pub async fn closed(&mut self) -> Closed {
        loop {
            if let Err(closed) = self.next_or_close().await {
                return closed;
            }
        }
    }

    /// Sends a command with a `ref` and waits for the answer; events before it are skipped.
    pub async fn ask(&mut self, command: Value) -> Value {
        self.ask_all(command).await.0
    }

    /// The answer to a command, and the events before it.
    pub async fn ask_all(&mut self, mut command: Value) -> (Value, Vec<Value>) {
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

    /// The error that a command is answered with.
    pub async fn refused(&mut self, command: Value) -> Value {
        let error = self.ask(command.clone()).await;
        assert_eq!(error["type"], "ERROR", "{command} -> {error}");
        assert!(!error["message"].as_str().unwrap().is_empty());
        error
    }

    /// Everything that came before the server answered a `PING`.
    pub async fn settle(&mut self) -> Vec<Value> {
        let (pong, events) = self.ask_all(json!({"type": "PING"})).await;
        assert_eq!(pong["type"], "PONG");
        events
    }

    pub async fn join(&mut self, room: &str) -> Value {
        let joined = self.ask(json!({"type": "JOIN_ROOM", "roomId": room})).await;
        assert_eq!(joined["type"], "ROOM_JOINED", "{joined}");
        joined
    }

    pub async fn say(&mut self, room: &str, id: &str, text: &str) -> Value {
        let ack = self.ask(say(room, id, text)).await;
        assert_eq!(ack["type"], "MESSAGE_ACK", "{ack}");
        ack
    }
}

/// The command that sends a text.
pub fn say(room: &str, id: &str, text: &str) -> Value {
    json!({"type": "SEND_MESSAGE", "roomId": room, "clientMessageId": id, "text": text})
}

pub const CONTINUATION: u8 = 0;
pub const TEXT: u8 = 1;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

/// A frame as a client sends it, with a mask that changes nothing.
pub fn frame(last: bool, opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![u8::from(last) << 7 | opcode];
    match u16::try_from(payload.len()).unwrap() {
        length @ 0..126 => frame.push(0x80 | length.to_le_bytes()[0]),
        length => {
            frame.push(0x80 | 126);
            frame.extend(length.to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// A client that does nothing by itself.
pub struct Raw {
    socket: TcpStream,
    unread: Vec<u8>,
}

impl Raw {
    /// Upgrades, with these bytes right behind the request, and waits for `HELLO`.
    pub async fn open(server: &Server, name: &str, early: &[u8]) -> Self {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        let token = token(name, HOUR);
        let request = format!(
            "GET /chat/ws?token={token} HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        );
        let mut bytes = request.into_bytes();
        bytes.extend(early);
        socket.write_all(&bytes).await.unwrap();
        let mut raw = Self {
            socket,
            unread: Vec::new(),
        };
        while !raw.unread.windows(4).any(|w| w == b"\r\n\r\n") {
            assert!(raw.read().await, "no upgrade");
        }
        let end = raw.unread.windows(4).position(|w| w == b"\r\n\r\n");
        let head = raw.unread.drain(..end.unwrap() + 4);
        assert!(head.as_slice().starts_with(b"HTTP/1.1 101"));
        drop(head);
        assert_eq!(raw.next_json().await["type"], "HELLO");
        raw
    }

    async fn read(&mut self) -> bool {
        let read = tokio::time::timeout(PATIENCE, self.socket.read_buf(&mut self.unread));
        read.await.expect("nothing came").is_ok_and(|n| n > 0)
    }

    /// Sends bytes; a server that has seen enough does not take them all.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.write_all(bytes).await
    }

    /// Sends one frame.
    pub async fn frame(&mut self, last: bool, opcode: u8, payload: &[u8]) {
        self.write(&frame(last, opcode, payload)).await.unwrap();
    }

    /// Opcode and payload of the next frame, or `None` at the end.
    pub async fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let [first, second, rest @ ..] = &self.unread[..] {
                assert_eq!(first & 0xf0, 0x80, "servers do not cut messages here");
                let (header, length) = match (second, rest) {
                    (0..126, _) => (2, usize::from(*second)),
                    (126, [a, b, ..]) => (4, usize::from(u16::from_be_bytes([*a, *b]))),
                    (126, _) => (4, usize::MAX / 2),
                    other => panic!("too long or masked: {other:?}"),
                };
                if self.unread.len() >= header + length {
                    let opcode = first & 0xf;
                    let mut bytes = self.unread.drain(..header + length);
                    let payload = bytes.by_ref().skip(header).collect();
                    return Some((opcode, payload));
                }
            }
            if !self.read().await {
                return None;
            }
        }
    }

    /// The next event; control frames are skipped.
    pub async fn next_json(&mut self) -> Value {
        loop {
            match self.next().await {
                Some((TEXT, text)) => return serde_json::from_slice(&text).unwrap(),
                Some((PING | PONG, _)) => {}
                other => panic!("not a text: {other:?}"),
            }
        }
    }

    /// The code with which the connection is closed; frames before it are skipped.
    pub async fn closed(&mut self) -> u16 {
        while let Some((opcode, payload)) = self.next().await {
            if opcode == CLOSE {
                return u16::from_be_bytes([payload[0], payload[1]]);
            }
        }
        1006
    }
}
