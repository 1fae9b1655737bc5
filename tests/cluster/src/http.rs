use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A status and a body, as JSON if it parses and as a string otherwise.
pub(crate) type Answer = io::Result<(u16, Value)>;

const TIMEOUT: Duration = Duration::from_secs(10);

/// Sends a `GET` request with a token, which may be empty.
pub(crate) async fn get(to: SocketAddr, path: &str, token: &str) -> Answer {
    call(to, "GET", path, token, "").await
}

pub(crate) async fn post(to: SocketAddr, path: &str, token: &str, body: &Value) -> Answer {
    call(to, "POST", path, token, &body.to_string()).await
}

async fn call(to: SocketAddr, method: &str, path: &str, token: &str, body: &str) -> Answer {
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\n\
         Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    let asking = async {
        let mut socket = TcpStream::connect(to).await?;
        socket.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await?;
        parse(&answer).ok_or_else(|| io::Error::other(format!("malformed response: {answer}")))
    };
    timeout(TIMEOUT, asking)
        .await
        .unwrap_or_else(|late| Err(io::Error::other(late)))
}

fn parse(answer: &str) -> Option<(u16, Value)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = serde_json::from_str(body).unwrap_or_else(|_| Value::from(body));
    Some((status, body))
}
