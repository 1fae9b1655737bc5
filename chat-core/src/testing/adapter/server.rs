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

/// What a server is made of. By default no test meets a rate limit.
pub(super) struct Setup {
    pub(super) config: Config,
    pub(super) origins: AllowedOrigins,
    pub(super) frame_timeout: Duration,
    /// Bytes the kernel keeps per connection on the server's side; `None` is as many as it likes.
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

/// The clock of an engine, and of its messages, that stands until it is moved.
#[derive(Debug, Clone)]
pub(super) struct Hand(Arc<ManualClock>);

impl Hand {
    pub(super) fn advance(&self, by: Duration) {
        self.0.advance(by);
    }

    /// The time when so much has gone by, as on the wire.
    pub(super) fn until(&self, by: Duration) -> Value {
        json!(self.0.now().after(by))
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

/// A server on a port of its own. Ends when it is dropped.
pub(super) struct Server {
    pub(super) engine: Engine,
    pub(super) address: SocketAddr,
    /// Whether the engine's limits are those that the documents tell of.
    pub(super) default_limits: bool,
    _guard: Guard,
}

impl Adapter {
    /// A server with a public room `general`.
    pub(super) async fn start(&self) -> Server {
        self.with(|_| {}).await
    }

    pub(super) async fn with(&self, change: impl FnOnce(&mut Setup)) -> Server {
        self.built(change, |builder| builder).await
    }

    /// A server whose time is moved by hand. It begins at the time that is, for tokens tell of it.
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
            // Accepted sockets inherit it.
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

    /// A group of the app's with these members.
    pub(super) async fn group(&self, id: &str, members: &[&str]) {
        let members = members.iter().map(user);
        let group = CreateRoom::new(RoomKind::Group).id(room(id));
        self.create(group.members(members)).await;
    }

    /// A client that said hello.
    pub(super) async fn connect(&self, name: &str) -> Client {
        self.connect_with(&token(name, HOUR)).await
    }

    pub(super) async fn connect_with(&self, token: &str) -> Client {
        let mut client = self.open(&format!("?token={token}")).await;
        assert_eq!(client.next().await["type"], "HELLO");
        client
    }

    /// A client that has joined `general`.
    pub(super) async fn joined(&self, name: &str) -> Client {
        let mut client = self.connect(name).await;
        client.join("general").await;
        client
    }

    /// A client after the upgrade and no more.
    pub(super) async fn open(&self, query: &str) -> Client {
        self.open_over(query, TcpSocket::new_v4().unwrap()).await
    }

    pub(super) async fn open_over(&self, query: &str, socket: TcpSocket) -> Client {
        let upgraded = self.upgrade_over(query, &[], socket).await;
        upgraded.unwrap().0
    }

    /// An upgrade with these headers besides the usual ones, and those of its answer; or the status
    /// with which it is refused.
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
            Err(other) => panic!("neither upgraded nor refused: {other}"),
        }
    }
}
