//! The engine knows a client's address only if the app serves with connect info.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use chat_axum::{Options, chat_router};
use chat_core::backend::{Authenticator, Credentials, Identity};
use chat_core::{Engine, Error, ErrorKind, Result, UserId};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Sends the address of each request to the test.
#[derive(Debug)]
struct Tells(mpsc::Sender<Option<IpAddr>>);

#[async_trait::async_trait]
impl Authenticator for Tells {
    async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity> {
        let told = self.0.try_send(credentials.remote_addr);
        told.map_err(Error::internal)?;
        if credentials.remote_addr.is_none() {
            return Err(Error::new(ErrorKind::Unauthenticated, "unknown address"));
        }
        Ok(Identity::new(UserId::new("alice")?))
    }
}

async fn get(address: SocketAddr, path: &str) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn an_address_is_what_connect_info_says_or_none() {
    let (tx, mut rx) = mpsc::channel(8);
    let engine = Engine::builder(Tells(tx)).build();
    let app = Router::new().nest("/chat", chat_router(engine, Options::default()));
    let mut servers = JoinSet::new();
    let listener = async || TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (without, with) = (listener().await, listener().await);
    let nowhere = without.local_addr().unwrap();
    let somewhere = with.local_addr().unwrap();
    servers.spawn(axum::serve(without, app.clone()).into_future());
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    servers.spawn(axum::serve(with, service).into_future());

    let refused = get(nowhere, "/chat/rooms").await;
    assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
    assert_eq!(rx.recv().await, Some(None));
    let answered = get(somewhere, "/chat/rooms").await;
    assert!(answered.starts_with("HTTP/1.1 200 "), "{answered}");
    assert_eq!(rx.recv().await, Some(Some([127, 0, 0, 1].into())));
}
