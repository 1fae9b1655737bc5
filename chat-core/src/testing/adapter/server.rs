use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::client::Client;
use super::mount::{Adapter, Guard, Mount};
use super::token::{Doorkeeper, HOUR, token};
use crate::engine::CreateRoom;
use crate::memory::MemoryMessages;
use crate::model::RoomKind;
use crate::protocol::Limits;
use crate::testing::ids::{room, user};
use crate::ws::AllowedOrigins;
use crate::{
    Actor, Clock, Config, Engine, EngineBuilder, ManualClock, Rates, SystemClock, Timestamp,
};

/// The configuration of a server. By default, checks hit no rate limit.
pub(super) struct Setup {
    pub(super) config: Config,
    pub(super) origins: AllowedOrigins,
    pub(super) frame_timeout: Duration,
    /// The kernel's send buffer per server-side connection, in bytes; `None` for the system
    /// default.
    pub(super) send_buffer: Option<u32>,
}

impl Default for Setup {
    fn default() -> Self {
        let rates = Rates::unlimited();
        Self {
            config: Config {
                rates,
                client_room_ids: true,
                ..Config::default()
            },
            origins: AllowedOrigins::any(),
            frame_timeout: Duration::from_secs(30),
            send_buffer: None,
        }
    }
}

/// A clock for an engine and its messages that moves only by hand.
#[derive(Debug, Clone)]
pub(super) struct Hand(Arc<ManualClock>);

impl Hand {
    pub(super) fn advance(&self, by: Duration) {
        self.0.advance(by);
    }

    /// The time after this duration, as on the wire.
    pub(super) fn until(&self, by: Duration) -> Value {
        json!(self.0.now().after(by))
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

/// A server on its own port. Stops when dropped.
pub(super) struct Server {
    pub(super) engine: Engine,
    pub(super) address: SocketAddr,
    /// `true` if the engine uses the documented default limits.
    pub(super) default_limits: bool,
    _guard: Guard,
}

impl Adapter {
    /// Starts a server with a public room `general`.
    pub(super) async fn start(&self) -> Server {
        self.with(|_| {}).await
    }

    pub(super) async fn with(&self, change: impl FnOnce(&mut Setup)) -> Server {
        self.built(change, |builder| builder).await
    }

    /// Starts a server with a manual clock. It begins at the real time, because tokens contain it.
    pub(super) async fn with_hand(&self, change: impl FnOnce(&mut Setup)) -> (Server, Hand) {
        let hand = Hand(Arc::new(ManualClock::new(SystemClock.now())));
        let messages = MemoryMessages::new().with_clock(Arc::new(hand.clone()));
        let clock = hand.clone();
        let build = |builder: EngineBuilder| builder.clock(clock).messages(messages);
        (self.built(change, build).await, hand)
    }

    pub(super) async fn built(
        &self,
        change: impl FnOnce(&mut Setup),
        build: impl FnOnce(EngineBuilder) -> EngineBuilder,
    ) -> Server {
        let mut setup = Setup::default();
        change(&mut setup);
        let default_limits = setup.config.limits == Limits::default();
        let engine = build(Engine::builder(Doorkeeper::new()).config(setup.config)).build();
        let socket = TcpSocket::new_v4().unwrap();
        if let Some(bytes) = setup.send_buffer {
            // Accepted sockets inherit the listener's buffer size.
            socket.set_send_buffer_size(bytes).unwrap();
        }
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let listener = socket.listen(128).unwrap();
        let address = listener.local_addr().unwrap();
        let mount = Mount {
            listener: listener.into_std().unwrap(),
            engine: engine.clone(),
            origins: setup.origins,
            frame_timeout: setup.frame_timeout,
        };
        let server = Server {
            engine,
            address,
            default_limits,
            _guard: self.serve(mount).await,
        };
        server
            .create(CreateRoom::new(RoomKind::Public).id(room("general")))
            .await;
        server
    }
}

impl Server {
    pub(super) async fn create(&self, room: CreateRoom) {
        self.engine.create_room(&Actor::App, room).await.unwrap();
    }

    /// Creates a group owned by the app with these members.
    pub(super) async fn group(&self, id: &str, members: &[&str]) {
        let members = members.iter().map(user);
        let group = CreateRoom::new(RoomKind::Group).id(room(id));
        self.create(group.members(members)).await;
    }

    /// Connects a client and waits for `HELLO`.
    pub(super) async fn connect(&self, name: &str) -> Client {
        self.connect_with(&token(name, HOUR)).await
    }

    pub(super) async fn connect_with(&self, token: &str) -> Client {
        let mut client = self.open(&format!("?token={token}")).await;
        assert_eq!(client.next().await["type"], "HELLO");
        client
    }

    /// Connects a client that has joined `general`.
    pub(super) async fn joined(&self, name: &str) -> Client {
        let mut client = self.connect(name).await;
        client.join("general").await;
        client
    }

    /// Connects a client that has only completed the upgrade.
    pub(super) async fn open(&self, query: &str) -> Client {
        self.open_over(query, TcpSocket::new_v4().unwrap()).await
    }

    pub(super) async fn open_over(&self, query: &str, socket: TcpSocket) -> Client {
        let upgraded = self.upgrade_over(query, &[], socket).await;
        upgraded.unwrap().0
    }

    /// Requests an upgrade with these additional headers. Returns the client and the response
    /// headers, or the status of the refusal.
    pub(super) async fn upgrade(
        &self,
        query: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<(Client, HeaderMap), StatusCode> {
        let socket = TcpSocket::new_v4().unwrap();
        self.upgrade_over(query, headers, socket).await
    }

    async fn upgrade_over(
        &self,
        query: &str,
        headers: &[(&'static str, &str)],
        socket: TcpSocket,
    ) -> Result<(Client, HeaderMap), StatusCode> {
        let url = format!("ws://{}/chat/ws{query}", self.address);
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let socket = socket.connect(self.address).await.unwrap();
        match tokio_tungstenite::client_async(request, socket).await {
            Ok((socket, answer)) => Ok((Client::new(socket), answer.headers().clone())),
            Err(tungstenite::Error::Http(answer)) => Err(answer.status()),
            Err(other) => panic!("the upgrade neither succeeded nor was refused: {other}"),
        }
    }
}
