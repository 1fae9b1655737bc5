//! Tests behaviour that only actix-web has.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::net::{SocketAddr, TcpListener};

use actix_web::dev::{Server, ServerHandle, Service};
use actix_web::{App, HttpMessage, HttpServer, web};
use chat_actix::{ClientAddr, Options, chat_scope, on_connect};
use chat_core::backend::{Authenticator, Credentials, Identity};
use chat_core::{Engine, Error, ErrorKind, Result, UserId};
use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// Identifies each user by address.
#[derive(Debug)]
struct ByAddress;

#[async_trait::async_trait]
impl Authenticator for ByAddress {
    async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity> {
        let unknown = || Error::new(ErrorKind::Unauthenticated, "unknown address");
        let address = credentials.remote_addr.ok_or_else(unknown)?;
        Ok(Identity::new(UserId::new(address.to_string())?))
    }
}

fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Runs the server until the returned set is dropped.
fn run(server: Server) -> (ServerHandle, JoinSet<std::io::Result<()>>) {
    (server.handle(), JoinSet::from_iter([server]))
}

async fn connect(address: SocketAddr) -> WebSocketStream<TcpStream> {
    let socket = TcpStream::connect(address).await.unwrap();
    let url = format!("ws://{address}/chat/ws");
    let (mut client, _) = tokio_tungstenite::client_async(url, socket).await.unwrap();
    let hello = client.next().await.unwrap().unwrap();
    assert!(hello.to_text().unwrap().contains("HELLO"));
    client
}

async fn get(address: SocketAddr, path: &str) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

#[cfg(unix)]
#[tokio::test]
async fn a_socket_that_was_handed_over_is_none_of_actix() {
    let engine = Engine::builder(ByAddress).build();
    let (listener, address) = listener();
    let served = engine.clone();
    let app = move || App::new().service(chat_scope("/chat", served.clone(), Options::default()));
    let server = HttpServer::new(app)
        .on_connect(on_connect)
        .disable_signals()
        .workers(1)
        .max_connections(1);
    let (_handle, _running) = run(server.listen(listener).unwrap().run());
    // More than actix's `max_connections`.
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(connect(address).await);
    }
    assert_eq!(engine.connection_count(), 4);
}

#[tokio::test]
async fn the_engine_stops_first_and_then_actix() {
    for hand_over in [true, false] {
        let engine = Engine::builder(ByAddress).build();
        let (listener, address) = listener();
        let served = engine.clone();
        let app =
            move || App::new().service(chat_scope("/chat", served.clone(), Options::default()));
        let mut server = HttpServer::new(app).disable_signals();
        if hand_over {
            server = server.on_connect(on_connect);
        }
        let (handle, mut running) = run(server.listen(listener).unwrap().run());
        let mut client = connect(address).await;
        let listening = tokio::spawn(async move {
            let mut heard = Vec::new();
            while let Some(Ok(message)) = client.next().await {
                heard.push(message);
            }
            heard
        });
        engine.shutdown().await;
        handle.stop(true).await;
        running.join_next().await.unwrap().unwrap().unwrap();
        let heard = listening.await.unwrap();
        assert!(heard[0].to_text().unwrap().contains("GOING_AWAY"));
        let Some(Message::Close(Some(close))) = heard.last() else {
            panic!("no close frame: {heard:?}");
        };
        assert_eq!(u16::from(close.code), 1012);
    }
}

#[tokio::test]
async fn a_scope_may_be_anywhere_and_a_middleware_may_know_the_address() {
    let engine = Engine::builder(ByAddress).build();
    let (listener, address) = listener();
    let app = move || {
        let chat = chat_scope("/{tenant}/chat", engine.clone(), Options::default());
        App::new()
            .wrap_fn(|request, service| {
                let known = [192, 0, 2, 1].into();
                request.extensions_mut().insert(ClientAddr(known));
                service.call(request)
            })
            .service(web::scope("/über%2Fall").service(chat))
    };
    let server = HttpServer::new(app).disable_signals().workers(1);
    let (_handle, _running) = run(server.listen(listener).unwrap().run());
    let mine = "/presence?users=192.0.2.1";
    let answer = get(address, &format!("/%C3%BCber%2Fall/a%20b/chat{mine}")).await;
    assert!(answer.contains("\"192.0.2.1\""), "{answer}");
}
