use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::{SinkExt, StreamExt};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::{Cluster, Record};

/// The time limit for connecting. A paused server accepts connections but never responds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// The client gives up a connection after this time without a frame: two ping intervals, with a margin
/// for a busy machine.
const SILENCE: Duration = Cluster::HEARTBEAT
    .saturating_mul(2)
    .saturating_add(Duration::from_secs(2));
/// The time limit for an answer: the time in which MongoDB's store resolves an unknown append outcome,
/// plus one more operation and a margin.
const ANSWER: Duration = Duration::from_secs(60 + 10 + 5);
/// The minimum that tungstenite accepts.
const READ_BUFFER: usize = 4_096;

/// Instructions for all clients.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Orders {
    /// `true` to send new messages.
    pub(crate) talk: bool,
    /// When this changes, every third client and all leaving clients drop their connections.
    pub(crate) hops: u32,
    /// `false` to disconnect for good.
    pub(crate) stay: bool,
}

/// A client, which is one device of a user.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) index: usize,
    pub(crate) record: Mutex<Record>,
    /// The node that the client is connected to.
    pub(crate) node: Mutex<Option<SocketAddr>>,
    /// `true` if the client does not reconnect when its connection ends.
    pub(crate) leaves: AtomicBool,
    nodes: Vec<SocketAddr>,
    every: Duration,
}

type Socket = WebSocketStream<TcpStream>;

impl Client {
    pub(crate) const fn new(
        index: usize,
        record: Record,
        nodes: Vec<SocketAddr>,
        every: Duration,
    ) -> Self {
        Self {
            index,
            record: Mutex::new(record),
            node: Mutex::new(None),
            leaves: AtomicBool::new(false),
            nodes,
            every,
        }
    }

    /// Connects and reconnects to one node after another, until told to stop.
    pub(crate) async fn run(self: Arc<Self>, mut orders: watch::Receiver<Orders>) {
        let token = Cluster::token(&self.record.lock().user);
        let mut at = self.index;
        while orders.borrow().stay && !self.leaves.load(Ordering::Relaxed) {
            let node = self.nodes[at % self.nodes.len()];
            let mut pause = Duration::from_millis(fastrand::u64(50..250));
            let connected = timeout(CONNECT_TIMEOUT, connect(node, &token)).await;
            let why = match connected {
                Ok(Ok(socket)) => {
                    *self.node.lock() = Some(node);
                    self.record.lock().connected(Instant::now());
                    let (why, advised) = self.session(socket, &mut orders).await;
                    *self.node.lock() = None;
                    pause = advised.unwrap_or(pause);
                    why
                }
                Ok(Err(error)) => error,
                Err(_) => "connect timeout".to_owned(),
            };
            self.record.lock().disconnected(&why, Instant::now());
            at += 1;
            sleep(pause).await;
        }
    }

    /// Runs one connection. Returns how it ended, and the server's reconnect delay, if any.
    async fn session(
        &self,
        mut socket: Socket,
        orders: &mut watch::Receiver<Orders>,
    ) -> (String, Option<Duration>) {
        let before = orders.borrow().hops;
        let mut advised = None;
        let mut heard = Instant::now();
        // A random offset, so that the clients do not send all at once.
        let mut talk_at = Instant::now() + self.every.mul_f64(fastrand::f64());
        loop {
            let now = Instant::now();
            let told = *orders.borrow_and_update();
            let hops = told.hops != before
                && (self.index.is_multiple_of(3) || self.leaves.load(Ordering::Relaxed));
            if hops || !told.stay {
                return ("left".to_owned(), None);
            }
            let (commands, due, asked) = {
                let mut record = self.record.lock();
                if told.talk && talk_at <= now {
                    record.say(now);
                    talk_at = now + self.every;
                }
                let commands = record.commands(now);
                (commands, record.next_due(), record.oldest_question())
            };
            if let Some(waited) = asked.map(|asked| now - asked).filter(|w| *w > ANSWER) {
                let silence = Value::from(format!("{waited:?}"));
                self.record.lock().violate(&silence, "no answer");
                return ("no answer".to_owned(), None);
            }
            for command in commands {
                if let Err(error) = socket.feed(Message::text(command)).await {
                    return (error.to_string(), advised);
                }
            }
            if let Err(error) = socket.flush().await {
                return (error.to_string(), advised);
            }
            let give_up = heard + SILENCE;
            let talk = told.talk.then_some(talk_at);
            let wake = [due, talk, Some(give_up)].into_iter().flatten().min();
            tokio::select! {
                next = socket.next() => {
                    heard = Instant::now();
                    match next {
                        Some(Ok(Message::Text(text))) => {
                            let event: Value = serde_json::from_str(&text).unwrap();
                            if event["type"] == "GOING_AWAY" {
                                let after = event["reconnectAfterMs"].as_u64();
                                advised = after.map(Duration::from_millis);
                            }
                            self.record.lock().hear(&event, heard);
                        }
                        Some(Ok(Message::Close(frame))) => {
                            let code = frame.as_ref().map_or(1005, |f| u16::from(f.code));
                            self.check_code(code);
                            let reason = frame.map(|f| f.reason.to_string()).unwrap_or_default();
                            return (format!("close {code} {reason}"), advised);
                        }
                        Some(Ok(_)) => {}
                        Some(Err(error)) => return (error.to_string(), advised),
                        None => return ("end of stream".to_owned(), advised),
                    }
                }
                _ = orders.changed() => {}
                () = sleep_until(wake.unwrap_or(give_up).into()) => {
                    if heard.elapsed() >= SILENCE {
                        return ("silence".to_owned(), advised);
                    }
                }
            }
        }
    }

    /// Records a violation unless the close code asks the client to reconnect. Faults cause no others.
    fn check_code(&self, code: u16) {
        if ![1001, 1012, 1013].contains(&code) {
            let code = Value::from(code);
            self.record.lock().violate(&code, "unexpected close code");
        }
    }
}

async fn connect(node: SocketAddr, token: &str) -> Result<Socket, String> {
    let stream = TcpStream::connect(node).await.map_err(|e| e.to_string())?;
    stream.set_nodelay(true).map_err(|e| e.to_string())?;
    let url = format!("ws://{node}/chat/ws?token={token}");
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(READ_BUFFER);
    tokio_tungstenite::client_async_with_config(url, stream, Some(config))
        .await
        .map(|(socket, _)| socket)
        .map_err(|e| e.to_string())
}
