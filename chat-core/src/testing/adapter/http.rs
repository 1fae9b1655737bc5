//! HTTP requests over hyper connections.

use bytes::Bytes;
use http::request::Builder;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use super::client::PATIENCE;
use super::contract::DocumentedCall;
use super::server::Server;
use super::token::{HOUR, token};

/// A persistent connection.
pub(super) struct Http {
    sender: SendRequest<Full<Bytes>>,
    /// `true` if the engine uses the documented default limits.
    default_limits: bool,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Starts a request by a user.
pub(super) fn asks(name: &str, method: &str, path: &str) -> Builder {
    let bearer = format!("Bearer {}", token(name, HOUR));
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "chat.example")
        .header("authorization", bearer)
}

/// The documented call of a request; `None` for an upgrade or a path outside the prefix.
fn called(request: &Request<Bytes>) -> Option<DocumentedCall> {
    let below = request.uri().path_and_query()?.as_str();
    let below = below.strip_prefix("/chat/")?;
    if below == "ws" {
        return None;
    }
    let mut call = request.clone();
    *call.uri_mut() = format!("/{below}").parse().unwrap();
    Some(DocumentedCall::new(&call))
}

impl Server {
    pub(super) async fn http(&self) -> Http {
        let socket = TcpStream::connect(self.address).await.unwrap();
        let (sender, connection) = handshake(TokioIo::new(socket)).await.unwrap();
        tokio::spawn(connection);
        Http {
            sender,
            default_limits: self.default_limits,
        }
    }

    /// Sends a user's request over a new connection, with a JSON body if there is one.
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

    /// Expects `GET` to succeed. The path is relative to the prefix.
    pub(super) async fn get(&self, name: &str, path: &str) -> Value {
        let path = format!("/chat{path}");
        self.ask(name, "GET", &path, Value::Null).await.json(200)
    }

    /// Expects `POST` to create something.
    pub(super) async fn post(&self, name: &str, path: &str, body: Value) -> Value {
        let path = format!("/chat{path}");
        self.ask(name, "POST", &path, body).await.json(201)
    }

    /// Expects `PUT` to change something.
    pub(super) async fn put(&self, name: &str, path: &str, body: Value) -> Value {
        let path = format!("/chat{path}");
        self.ask(name, "PUT", &path, body).await.json(200)
    }

    /// Adds a member, given the member's path relative to the prefix.
    pub(super) async fn put_new(&self, name: &str, path: &str) {
        let (path, member) = (format!("/chat{path}"), json!({"role": "member"}));
        self.ask(name, "PUT", &path, member).await.json(201);
    }

    /// Expects a call without a body to succeed without a body.
    pub(super) async fn done(&self, name: &str, method: &str, path: &str) {
        let path = format!("/chat{path}");
        self.ask(name, method, &path, Value::Null).await.empty(204);
    }

    /// Expects a call, given as method and path, to fail with this status and code.
    pub(super) async fn refuses(
        &self,
        name: &str,
        (method, path): (&str, &str),
        body: Value,
        (status, code): (u16, &str),
    ) {
        let path = format!("/chat{path}");
        let answer = self.ask(name, method, &path, body).await;
        answer.problem(status, code);
    }

    /// Sends a message over REST, given as its text or as a whole draft.
    pub(super) async fn sends(&self, name: &str, room: &str, draft: impl Into<Value>) -> Value {
        let draft = match draft.into() {
            Value::String(text) => json!({"text": text}),
            whole => whole,
        };
        let path = format!("/rooms/{room}/messages");
        self.post(name, &path, draft).await
    }
}

impl Http {
    /// Sends a request and checks the response against the document.
    pub(super) async fn send(&mut self, request: Request<Bytes>) -> Answer {
        let call = called(&request);
        let answer = async {
            self.sender.ready().await.unwrap();
            let answer = self.sender.send_request(request.map(Full::new)).await;
            let (parts, body) = answer.unwrap().into_parts();
            Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
        };
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        let answer = answer.expect("no response");
        if let Some(call) = call {
            call.check_answer(&answer);
            if answer.status().is_success() && self.default_limits {
                call.check_accepted();
            }
            let header = |name: &str| answer.headers().get(name).map(|v| v.to_str().unwrap());
            // Responses for one user must not be cached. Those with an `ETag` are the same for all.
            let kept = header("etag").is_some() || header("cache-control") == Some("no-store");
            assert!(kept, "{answer:?}");
            assert_eq!(header("x-content-type-options"), Some("nosniff"));
        }
        let (parts, body) = answer.into_parts();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Expects this status and returns the body.
    pub(super) fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/json"));
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Expects this status without a body.
    pub(super) fn empty(&self, status: u16) {
        assert_eq!((self.status, self.body.len()), (status, 0), "{self:?}");
    }

    /// Expects a problem document with this status and code.
    pub(super) fn problem(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{self:?}");
        let kind = self.header("content-type");
        assert_eq!(kind, Some("application/problem+json"), "{self:?}");
        let problem: Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem["status"], status);
        assert_eq!(problem["code"], code);
    }
}
