//! A REST service over an in-memory engine, and its users.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chat_core::backend::{Authenticator, Credentials, Identity};
use chat_core::engine::CreateRoom;
use chat_core::memory::MemoryMessages;
use chat_core::protocol::Limits;
use chat_core::rest::RestService;
use chat_core::testing::adapter::DocumentedCall;
use chat_core::{
    Actor, Clock, Config, Engine, EngineBuilder, Error, ErrorKind, ManualClock, Rates, Result,
    Timestamp, UserId,
};
use http::request::Builder;
use http::{HeaderMap, Method, Request};
use serde_json::Value;

/// The initial time of a [`Rest`]'s manual clock.
pub(crate) fn start() -> Timestamp {
    Timestamp::from_secs(1_700_000_000)
}

/// Authenticates by token or cookie, which contain the user id. Some tokens are special.
#[derive(Debug)]
pub(crate) struct ByName;

#[async_trait::async_trait]
impl Authenticator for ByName {
    async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity> {
        let cookie = credentials.headers.get("cookie");
        let cookie = cookie.and_then(|c| c.to_str().ok()?.strip_prefix("user="));
        let address = credentials.remote_addr.map(|a| a.to_string());
        match credentials.token.or(cookie).or(address.as_deref()) {
            None => Err(Error::new(ErrorKind::Unauthenticated, "who?")),
            Some("expired") => Err(Error::new(ErrorKind::TokenExpired, "expired")),
            Some("just-expired") => {
                let mut identity = Identity::new(UserId::new("alice")?);
                identity.expires_at = Some(start());
                Ok(identity)
            }
            Some("banned") => Err(Error::new(ErrorKind::Forbidden, "not here")),
            Some("unavailable") => Err(Error::unavailable("the secret address of a database")),
            Some("never") => std::future::pending().await,
            Some("panic") => panic!("an authenticator panics"),
            Some(name) => Ok(Identity::new(UserId::new(name)?)),
        }
    }
}

#[derive(Debug)]
struct Hand(Arc<ManualClock>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

pub(crate) struct Rest {
    pub(crate) service: RestService,
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<ManualClock>,
}

impl Rest {
    /// Creates a service without rate limits.
    pub(crate) fn new() -> Self {
        let mut config = Config::default();
        config.rates = Rates::unlimited();
        config.client_room_ids = true;
        Self::with(|builder| builder.config(config))
    }

    pub(crate) fn with(build: impl FnOnce(EngineBuilder) -> EngineBuilder) -> Self {
        let clock = Arc::new(ManualClock::new(start()));
        let builder = Engine::builder(ByName)
            .clock(Hand(Arc::clone(&clock)))
            .messages(MemoryMessages::new().with_clock(Arc::clone(&clock) as _));
        let engine = build(builder).build();
        Self {
            service: RestService::new(engine.clone()),
            engine,
            clock,
        }
    }

    pub(crate) fn user<'a>(&'a self, name: &'a str) -> User<'a> {
        User { rest: self, name }
    }

    pub(crate) async fn handle(&self, request: Request<Bytes>) -> Answer {
        let call = DocumentedCall::new(&request);
        let response = self.service.handle(request, None).await;
        call.check_answer(&response);
        // The document describes the default limits only.
        let documented = self.service.max_body_bytes() == Limits::default().max_body_bytes;
        if response.status().is_success() && documented {
            call.check_accepted();
        }
        let (parts, body) = response.into_parts();
        let answer = Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        };
        answer.check();
        answer
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }
}

#[derive(Clone, Copy)]
pub(crate) struct User<'a> {
    rest: &'a Rest,
    name: &'a str,
}

impl User<'_> {
    pub(crate) fn request(&self, method: &str, path: &str) -> Builder {
        Request::builder()
            .method(method.parse::<Method>().unwrap())
            .uri(path)
            .header("authorization", format!("Bearer {}", self.name))
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let request = self.request(method, path);
        let request = match body {
            Some(body) => request
                .header("content-type", "application/json")
                .body(Bytes::from(body.to_string())),
            None => request.body(Bytes::new()),
        };
        self.rest.handle(request.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.call("PUT", path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call("PATCH", path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, None).await
    }

    /// Makes a call without a body, such as `POST …/join`.
    pub(crate) async fn bare(&self, method: &str, path: &str) -> Answer {
        self.call(method, path, None).await
    }

    /// Creates a room with these `Idempotency-Key`s.
    pub(crate) async fn keyed(&self, keys: &[&str], room: &Value) -> Answer {
        let mut request = self
            .request("POST", "/rooms")
            .header("content-type", "application/json");
        for key in keys {
            request = request.header("idempotency-key", key.as_bytes());
        }
        let request = request.body(Bytes::from(room.to_string()));
        self.rest.handle(request.unwrap()).await
    }

    /// Creates a room owned by the user, with these additional members.
    pub(crate) async fn room(&self, id: &str, kind: &str, members: &[&str]) -> Value {
        let kind = serde_json::from_value(kind.into()).unwrap();
        let members = members.iter().map(|member| UserId::new(*member).unwrap());
        let room = CreateRoom::new(kind)
            .id(id.parse().unwrap())
            .members(members);
        let actor = Actor::User(UserId::new(self.name).unwrap());
        self.rest.engine.create_room(&actor, room).await.unwrap();
        let path = format!("/rooms/{}", id.replace('/', "%2F"));
        self.get(&path).await.expect(200)
    }

    pub(crate) async fn say(&self, room: &str, text: &str) -> Value {
        let path = format!("/rooms/{room}/messages");
        let draft = serde_json::json!({"text": text});
        self.post(&path, draft).await.expect(201)
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// Checks the rules that every response must follow.
    fn check(&self) {
        // Responses for one user have no `ETag`.
        if self.header("etag").is_none() {
            assert_eq!(self.header("cache-control"), Some("no-store"));
        }
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"));
        let location = self.header("location").is_some();
        assert_eq!(location, self.status == 201, "201 requires `Location`");
        match self.status {
            200 | 201 => assert!(self.header("content-type").is_some()),
            204 | 304 => assert_eq!((self.header("content-type"), self.body.len()), (None, 0)),
            _ => {
                let content_type = self.header("content-type");
                assert_eq!(content_type, Some("application/problem+json"));
            }
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|v| v.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.json());
        self.json()
    }

    /// Expects a problem document with this status and code.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        let problem = self.expect(status);
        assert_eq!(problem["type"], "about:blank");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["code"], code, "{problem}");
        for text in ["title", "detail"] {
            assert!(problem[text].as_str().is_some_and(|t| !t.is_empty()));
        }
        let detail = problem["detail"].as_str().unwrap();
        let is_lower = !detail.starts_with(char::is_uppercase);
        assert!(is_lower && !detail.ends_with('.'), "{detail}");
        problem
    }
}

/// The value of a field in each entry of a list.
pub(crate) fn column(list: &Value, field: &str) -> Vec<String> {
    let entries = list.as_array().unwrap().iter();
    let texts = entries.map(|entry| entry[field].as_str().unwrap().to_owned());
    texts.collect()
}

/// The `seq` of each message of a list.
pub(crate) fn seqs(messages: &Value) -> Vec<u64> {
    let messages = messages.as_array().unwrap().iter();
    messages.map(|m| m["seq"].as_u64().unwrap()).collect()
}
