//! Requests over a connection of hyper's.

use bytes::Bytes;
use http::request::Builder;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use super::client::PATIENCE;
use super::server::Server;
use super::token::{HOUR, token};

/// A connection that is kept.
pub(super) struct Http(SendRequest<Full<Bytes>>);

/// A response with its body.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// A request of a user's.
pub(super) fn asks(name: &str, method: &str, path: &str) -> Builder {
    let bearer = format!("Bearer {}", token(name, HOUR));
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "chat.example")
        .header("authorization", bearer)
}

impl Server {
    pub(super) async fn http(&self) -> Http {
        let socket = TcpStream::connect(self.address).await.unwrap();
        let (sender, connection) = handshake(TokioIo::new(socket)).await.unwrap();
        tokio::spawn(connection);
        Http(sender)
    }

    /// Whatever a user asks, over a connection of its own; a body is sent as JSON.
    pub(super) async fn ask(&self, name: &str, method: &str, path: &str, body: Value) -> Answer {
        let request = asks(name, method, path);
        let request = match body {
            Value::Null => request.body(Bytes::new()),
            body => request
                .header("content-type", "application/json")
                .body(body.to_string().into()),
        };
        self.http().await.send(request.unwrap()).await
    }
}

impl Http {
    pub(super) async fn send(&mut self, request: Request<Bytes>) -> Answer {
        let answer = async {
            self.0.ready().await.unwrap();
            let answer = self.0.send_request(request.map(Full::new)).await.unwrap();
            let (parts, body) = answer.into_parts();
            Answer {
                status: parts.status.as_u16(),
                headers: parts.headers,
                body: body.collect().await.unwrap().to_bytes(),
            }
        };
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        answer.expect("no answer came")
    }
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The body, of this status.
    pub(super) fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/json"));
        serde_json::from_slice(&self.body).unwrap()
    }

    /// That there is no body, and this status.
    pub(super) fn empty(&self, status: u16) {
        assert_eq!((self.status, self.body.len()), (status, 0), "{self:?}");
    }

    /// That it is a problem document, with this status and code.
    pub(super) fn problem(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{self:?}");
        let kind = self.header("content-type");
        assert_eq!(kind, Some("application/problem+json"), "{self:?}");
        let problem: Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem["status"], status);
        assert_eq!(problem["code"], code);
    }
}
