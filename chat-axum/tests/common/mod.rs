//! A server on a port of its own, and what speaks to it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::serve::Listener;
use chat_axum::{Options, chat_router};
use chat_core::backend::{Authenticator, Credentials, Identity};
use chat_core::{Engine, Error, ErrorKind, Result, UserId};
use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Ends when it is dropped.
pub struct Server {
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Believes the token, or else the cookie. The token `address` is whoever connects from there.
#[derive(Debug)]
struct Trusting;

#[async_trait::async_trait]
impl Authenticator for Trusting {
    async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity> {
        let cookie = || {
            credentials
                .headers
                .get("cookie")?
                .to_str()
                .ok()?
                .strip_prefix("user=")
        };
        let address = credentials.remote_addr.map(|address| address.to_string());
        let name = match credentials.token.or_else(cookie) {
            Some("address") => address.as_deref(),
            name => name,
        };
        let user = UserId::new(name.unwrap_or_default())
            .map_err(|e| Error::new(ErrorKind::Unauthenticated, "no user").with_source(e))?;
        Ok(Identity::new(user))
    }
}

fn app(options: Options) -> Router {
    Router::new().nest(
        "/chat",
        chat_router(Engine::builder(Trusting).build(), options),
    )
}

impl Server {
    pub async fn start(options: Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = app(options).into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        Self { address, task }
    }

    /// With sockets that are not bare, as with TLS.
    pub async fn start_wrapped(options: Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = app(options).into_make_service();
        let task =
            tokio::spawn(async move { axum::serve(Wrapping(listener), service).await.unwrap() });
        Self { address, task }
    }

    pub fn ws(&self, query: &str) -> String {
        format!("ws://{}/chat/ws{query}", self.address)
    }

    /// One request, by hand.
    pub async fn http(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n");
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        request += &format!("Content-Length: {}\r\n\r\n", body.len());
        socket.write_all(request.as_bytes()).await.unwrap();
        // A server that has seen enough does not take it all.
        let _ = socket.write_all(body).await;
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer).await;
        Answer::parse(&String::from_utf8(answer).unwrap())
    }
}

/// An HTTP response.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        let headers = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        Self {
            status,
            headers,
            body: body.to_owned(),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}

pub async fn next_json(client: &mut Client) -> serde_json::Value {
    loop {
        match client.next().await.unwrap().unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("not a text: {other:?}"),
        }
    }
}

/// Gives sockets in a wrapper, which moreover writes nothing before it is flushed.
struct Wrapping(TcpListener);

impl Listener for Wrapping {
    type Io = BufStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        let (socket, address) = Listener::accept(&mut self.0).await;
        (BufStream::new(socket), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}
