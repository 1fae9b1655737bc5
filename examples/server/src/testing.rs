//! A test of the server binaries: start, serve, drain and stop.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command as StdCommand, Stdio};
use std::time::Duration;

use futures::StreamExt;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio_tungstenite::tungstenite::Message;

const PATIENCE: Duration = Duration::from_secs(60);

/// Starts a server, checks its routes, connects a client, and sends `SIGTERM`. The client must receive
/// `GOING_AWAY` before the server exits.
///
/// # Panics
/// Panics if a check fails.
pub async fn serves_and_drains(binary: &str) {
    tokio::time::timeout(PATIENCE, check(binary))
        .await
        .expect("the server hangs");
}

async fn check(binary: &str) {
    let web = WebFolder::new();
    let mut server = Command::new(binary)
        .env_clear()
        .env("CHAT_WEB_DIR", web.0.join("out"))
        .env("CHAT_LISTEN", "127.0.0.1:0")
        .env("NO_COLOR", "1")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut log = BufReader::new(server.stdout.take().unwrap()).lines();
    let address = loop {
        let line = log.next_line().await.unwrap().expect("the server exited");
        if let Some((_, address)) = line.split_once("listening on http://") {
            break address.to_owned();
        }
    };
    // Keeps the pipe empty, so that the server does not block on its log.
    let log = tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });

    for (path, status, part) in [
        ("/", 200, "the app"),
        ("/", 200, "content-security-policy: default-src 'none'"),
        ("/?room=general", 200, "cache-control: no-cache"),
        ("/_next/static/a.js", 200, "immutable"),
        ("/_next/static/b.js", 404, "not there"),
        ("/../secret", 404, "not there"),
        ("/%2e%2e/secret", 404, "not there"),
        ("/docs", 200, "<!doctype html>"),
        ("/healthz", 200, "alive"),
        ("/readyz", 200, "ready"),
        ("/nothing", 404, "not there"),
        ("/chat/nothing", 404, "application/problem+json"),
    ] {
        let answer = http(&address, "GET", path, "").await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{path}: {answer}"
        );
        assert!(answer.contains(part), "{path}: {answer}");
    }
    let large = "x".repeat(crate::MAX_BODY_BYTES + 1);
    let large = http(&address, "POST", "/dev/token", &large).await;
    assert!(large.starts_with("HTTP/1.1 413 "), "{large}");
    let token = http(&address, "POST", "/dev/token", r#"{"userId":"alice"}"#).await;
    let (_, token) = token.split_once(r#"{"token":""#).expect("a token");
    let token = token.trim_end().trim_end_matches(r#""}"#);

    let socket = TcpStream::connect(&address).await.unwrap();
    let url = format!("ws://{address}/chat/ws?token={token}");
    let (mut client, _) = tokio_tungstenite::client_async(url, socket).await.unwrap();
    let hello = client.next().await.unwrap().unwrap();
    assert!(hello.to_text().unwrap().contains("alice"));

    let metrics = http(&address, "GET", "/metrics", "").await;
    assert!(metrics.contains("\nchat_connections 1\n"), "{metrics}");

    let id = server.id().unwrap().to_string();
    let sent = StdCommand::new("kill").args(["-TERM", &id]).status();
    assert!(sent.unwrap().success());
    let going = client.next().await.unwrap().unwrap();
    assert!(going.to_text().unwrap().contains("GOING_AWAY"), "{going}");
    let Some(Ok(Message::Close(Some(close)))) = client.next().await else {
        panic!("no close frame");
    };
    assert_eq!(u16::from(close.code), 1012);
    // Polling the client answers the close frame.
    while let Some(Ok(_)) = client.next().await {}
    assert!(server.wait().await.unwrap().success());
    log.await.unwrap();
}

/// A temporary folder with a web app, and a secret file beside it.
struct WebFolder(PathBuf);

impl WebFolder {
    fn new() -> Self {
        let root = std::env::temp_dir().join(format!("chat-web-{}", uuid::Uuid::new_v4()));
        fs::create_dir_all(root.join("out/_next/static")).unwrap();
        for (path, content) in [
            ("secret", "a secret"),
            ("out/csp.json", r#"{"scripts":[]}"#),
            ("out/index.html", "the app"),
            ("out/404.html", "not there"),
            ("out/_next/static/a.js", "script();"),
        ] {
            fs::write(root.join(path), content).unwrap();
        }
        Self(root)
    }
}

impl Drop for WebFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn http(address: &str, method: &str, path: &str, body: &str) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}
