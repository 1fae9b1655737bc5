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

/// How long a connection may take to come about. A server that is stopped accepts, and says nothing.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// A connection on which nothing has come for this long, not even a ping, is given up: two pings, and
/// some time for a busy machine.
const SILENCE: Duration = Cluster::HEARTBEAT
    .saturating_mul(2)
    .saturating_add(Duration::from_secs(2));
/// The longest that an answer may take: as long as MongoDB's store tries to find out what became of an
/// append whose connection broke, and one more operation.
const ANSWER: Duration = Duration::from_secs(60 + 10 + 5);
/// The least that tungstenite takes.
const READ_BUFFER: usize = 4_096;

/// What all clients are told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Orders {
    /// Whether to say new things.
    pub(crate) talk: bool,
    /// When this changes, every third client loses its connection, and who is to leave.
    pub(crate) hops: u32,
    /// Whether to be there at all.
    pub(crate) stay: bool,
}

/// A client: a device of a user.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) index: usize,
    pub(crate) record: Mutex<Record>,
    /// The node that it is connected to.
    pub(crate) node: Mutex<Option<SocketAddr>>,
    /// It does not come back when its connection ends.
    pub(crate) leaves: AtomicBool,
    nodes: Vec<SocketAddr>,
    /// How often it says something.
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

    /// Connects again and again, to one node after the other, until it is to go.
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
                Err(_) => "connecting took too long".to_owned(),
            };
            self.record.lock().disconnected(&why, Instant::now());
            at += 1;
            sleep(pause).await;
        }
    }

    /// One connection. Returns how it ended, and when the server wants the client back.
    async fn session(
        &self,
        mut socket: Socket,
        orders: &mut watch::Receiver<Orders>,
    ) -> (String, Option<Duration>) {
        let before = orders.borrow().hops;
        let mut advised = None;
        let mut heard = Instant::now();
        // Not all at once.
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

    /// Only codes that say to come back are explained by a fault.
    fn check_code(&self, code: u16) {
        if ![1001, 1012, 1013].contains(&code) {
            let code = Value::from(code);
            self.record.lock().violate(&code, "closed with");
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
