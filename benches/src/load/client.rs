use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use http::{Request, header};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::Result;
use crate::plan::Plan;
use crate::wire::{self, Event};
use crate::worker::Shared;

/// The minimum that tungstenite accepts. The default of 128 KiB would be most of a client's memory.
const READ_BUFFER_BYTES: usize = 4_096;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(60);
/// The time limit for a write, during which the server must read.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// The number of attempts to join a room while the server asks to retry.
const JOIN_TRIES: u32 = 10;

pub(crate) struct Client {
    connection: u32,
    shared: Arc<Shared>,
    socket: WebSocketStream<TcpStream>,
}

impl Client {
    /// Connects and joins the rooms of the plan.
    pub(crate) async fn connect(shared: Arc<Shared>, connection: u32) -> Result<Self> {
        let connecting = async {
            let socket = open(&shared, connection).await?;
            let mut client = Self {
                connection,
                shared,
                socket,
            };
            client.expect_hello().await?;
            for room in client.shared.plan.rooms_of(connection) {
                client.join(room).await?;
            }
            Ok(client)
        };
        timeout(CONNECT_TIMEOUT, connecting)
            .await
            .map_err(|_| "timeout")?
    }

    /// Reads until the connection ends, and sends ordered messages. Returns how it ended.
    pub(crate) async fn run(mut self, orders: Option<mpsc::Receiver<u64>>) -> String {
        let ended = match orders {
            Some(orders) => self.read_and_send(orders).await,
            None => self.read().await,
        };
        ended.map_or_else(|error| error.to_string(), |()| "ended".into())
    }

    async fn read(&mut self) -> Result<()> {
        loop {
            let text = self.next().await?;
            self.shared.event(self.connection, &text)?;
        }
    }

    async fn read_and_send(&mut self, mut orders: mpsc::Receiver<u64>) -> Result<()> {
        loop {
            tokio::select! {
                text = self.next() => self.shared.event(self.connection, &text?)?,
                Some(k) = orders.recv() => {
                    self.feed(k).await?;
                    // Sends a burst in one write, as a busy app would.
                    while let Ok(k) = orders.try_recv() {
                        self.feed(k).await?;
                    }
                    timeout(WRITE_TIMEOUT, self.socket.flush()).await??;
                }
            }
        }
    }

    async fn feed(&mut self, k: u64) -> Result<()> {
        let plan = &self.shared.plan;
        let room_id = plan.room_id(plan.message(k).room);
        let command = wire::send(k, &room_id, &self.shared.text);
        timeout(WRITE_TIMEOUT, self.socket.feed(Message::text(command))).await??;
        self.shared.sent();
        Ok(())
    }

    async fn expect_hello(&mut self) -> Result<()> {
        let text = self.next().await?;
        let event = Event::parse(&text)?;
        if event.kind == "HELLO" {
            Ok(())
        } else {
            Err(format!("expected HELLO, got {}", event.kind).into())
        }
    }

    async fn join(&mut self, room: u32) -> Result<()> {
        let room_id = self.shared.plan.room_id(room);
        for _ in 0..JOIN_TRIES {
            self.socket
                .send(Message::text(wire::join(&room_id)))
                .await?;
            let put_off = loop {
                let text = self.next().await?;
                let event = Event::parse(&text)?;
                match &*event.kind {
                    "ROOM_JOINED" if event.room_id.as_deref() == Some(&room_id) => {
                        let head = event.head.ok_or("ROOM_JOINED without head")?;
                        self.shared.joined(self.connection, room, head);
                        return Ok(());
                    }
                    "ERROR" => match event.retry_after_ms {
                        Some(ms) => break Duration::from_millis(ms),
                        None => {
                            let code = event.code.unwrap_or_default();
                            return Err(format!("JOIN_ROOM: {code}").into());
                        }
                    },
                    _ => self.shared.event(self.connection, &text)?,
                }
            };
            sleep(put_off).await;
        }
        Err("JOIN_ROOM: too many retries".into())
    }

    /// Waits for the next text frame. tungstenite answers pings.
    async fn next(&mut self) -> Result<Utf8Bytes> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Err(format!("close {} {}", u16::from(frame.code), frame.reason).into());
                }
                Some(Ok(Message::Close(None))) => return Err("close without code".into()),
                Some(Ok(Message::Binary(_))) => return Err("a binary frame".into()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Err("end of stream".into()),
            }
        }
    }
}

async fn open(shared: &Shared, connection: u32) -> Result<WebSocketStream<TcpStream>> {
    let plan = &shared.plan;
    let token = plan
        .tokens
        .token(&Plan::user(connection), &shared.http)
        .await?;
    let address = plan.target.address;
    let tcp = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    if let Some(source) = plan.target.source(connection, plan.addresses) {
        tcp.bind(source)?;
    }
    let stream = tcp.connect(address).await?;
    stream.set_nodelay(true)?;
    let request = Request::builder()
        .uri(format!(
            "ws://{}{}",
            plan.target.authority, plan.target.ws_path
        ))
        .header(header::HOST, &plan.target.authority)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, generate_key())
        .header(header::SEC_WEBSOCKET_PROTOCOL, "chat.v1")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(())?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(READ_BUFFER_BYTES);
    let (socket, _) = client_async_with_config(request, stream, Some(config)).await?;
    Ok(socket)
}
