//! Starts the app on a free port, and provides clients for it.
#![allow(unreachable_pub, clippy::unwrap_used)]

use std::net::SocketAddr;
use std::time::Duration;

use embed::App;
use futures::StreamExt;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The time limit for each expected message.
const DEADLINE: Duration = Duration::from_secs(30);

/// The running app. Dropping it stops it.
pub struct Server {
    pub app: App,
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = App::new([format!("http://{address}").as_str()]).unwrap();
        let router = app.router();
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { app, address, task }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub async fn log_in(&self, name: &str, password: &str) -> Answer {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let body = format!("name={name}&password={password}");
        self.request("POST", "/login", &form, &body).await
    }

    /// Logs in and returns the session cookie, as a browser would send it.
    pub async fn cookie(&self, name: &str) -> String {
        let answer = self.log_in(name, &format!("demo-{name}")).await;
        let cookie = answer.header("set-cookie").unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    pub async fn http(&self, method: &str, path: &str, cookie: Option<&str>) -> Answer {
        let headers: Vec<_> = cookie
            .map(|cookie| ("cookie", cookie))
            .into_iter()
            .collect();
        self.request(method, path, &headers, "").await
    }

    pub async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n");
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        request += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        Answer::parse(&answer)
    }
}

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
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        Self {
            status: status.parse().unwrap(),
            headers: headers
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect(),
            body: body.to_owned(),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Opens a WebSocket with additional headers. Returns the HTTP status if the server rejects it.
pub async fn connect(
    server: &Server,
    query: &str,
    headers: &[(&'static str, &str)],
) -> Result<Client, u16> {
    let url = format!("ws://{}/chat/ws{query}", server.address);
    let mut request = url.into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok((client, _)) => Ok(client),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

async fn next(client: &mut Client) -> Message {
    let message = tokio::time::timeout(DEADLINE, client.next()).await;
    message.unwrap().unwrap().unwrap()
}

/// Waits for the next event of one of these types.
pub async fn next_of(client: &mut Client, types: &[&str]) -> Value {
    loop {
        if let Message::Text(text) = next(client).await {
            let event: Value = serde_json::from_str(&text).unwrap();
            if types.iter().any(|t| event["type"] == *t) {
                return event;
            }
        }
    }
}

/// Waits for the close frame, and returns its code and reason.
pub async fn closed_with(mut client: Client) -> (u16, String) {
    loop {
        if let Message::Close(frame) = next(&mut client).await {
            let frame = frame.unwrap();
            return (frame.code.into(), frame.reason.to_string());
        }
    }
}
