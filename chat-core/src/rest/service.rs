use std::convert::Infallible;
use std::fmt::{self, Display};
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{FutureExt, Stream, stream};
use http::header::CONNECTION;
use http::request::Parts;
use http::{HeaderValue, Method, Response, Version};
use tokio::time::Instant;
use tracing::Instrument;

use super::body::{self, Body, check_length, is_announced, is_json};
use super::calls::IDEMPOTENCY_KEY;
use super::problem::Problem;
use super::request::{Query, Request, Segments, bearer};
use super::route::{Call, route};
use crate::backend::Credentials;
use crate::engine::{InFlight, RateClass};
use crate::{Engine, Error, UserId};

/// The REST service of an engine, independent of web frameworks. Cheap to clone.
///
/// An adapter strips its mount prefix from the request's path, passes the request with its body as
/// an unpolled stream, and sends the response.
///
/// ```
/// # use chat_core::backend::{Authenticator, Credentials, Identity};
/// # #[derive(Debug)] struct Login;
/// # #[async_trait::async_trait]
/// # impl Authenticator for Login {
/// #     async fn authenticate(&self, _: Credentials<'_>) -> chat_core::Result<Identity> {
/// #         Ok(Identity::new(chat_core::UserId::new("alice")?))
/// #     }
/// # }
/// use bytes::Bytes;
/// use chat_core::Engine;
/// use chat_core::rest::RestService;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), http::Error> {
/// let rest = RestService::new(Engine::builder(Login).build());
/// let request = http::Request::get("/rooms?limit=10").body(Bytes::new())?;
/// let response = rest.handle(request, None).await;
/// assert_eq!(response.status(), http::StatusCode::OK);
/// assert_eq!(response.body(), r#"{"rooms":[],"page":{"next":null}}"#);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RestService {
    engine: Engine,
    #[cfg(feature = "schema")]
    documents: super::documents::Documents,
}

impl fmt::Debug for RestService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RestService").field(&self.engine).finish()
    }
}

impl RestService {
    /// Creates the service of an engine.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self {
            engine,
            #[cfg(feature = "schema")]
            documents: super::documents::Documents::default(),
        }
    }

    /// Returns the maximum size of a body:
    /// [`Limits::max_body_bytes`](crate::protocol::Limits::max_body_bytes).
    #[must_use]
    pub fn max_body_bytes(&self) -> usize {
        self.engine.config().limits.max_body_bytes
    }

    /// Returns the response for an error that an adapter detects itself.
    #[must_use]
    pub fn problem(error: Error) -> Response<Bytes> {
        Problem::from(error).response()
    }

    /// Handles a request with a complete body. Otherwise like [`answer`](Self::answer).
    pub async fn handle(
        &self,
        request: http::Request<Bytes>,
        remote_addr: Option<IpAddr>,
    ) -> Response<Bytes> {
        let whole = |body| stream::iter([Ok::<_, Infallible>(body)]);
        self.answer(request.map(whole), remote_addr).await
    }

    /// Handles a request. The path of its URI is relative to the mount: `/rooms/general/messages`.
    /// `remote_addr` is the client's address, if the adapter knows it.
    ///
    /// The body is only polled after the request was routed and authenticated, and found to be
    /// within the user's rate limit and
    /// [`Limits::max_requests_per_user`](crate::protocol::Limits::max_requests_per_user). It may
    /// have up to [`Limits::max_body_bytes`](crate::protocol::Limits::max_body_bytes) and must end
    /// within [`Config::body_timeout_ms`](crate::Config::body_timeout_ms). If the body of an HTTP/1
    /// request was not read to its end, or a refused user exceeds
    /// [`Rates::violation`](crate::Rates::violation), the response has `Connection: close`, and the
    /// adapter closes the connection after sending it. The request is in flight until the body of
    /// the response is dropped.
    ///
    /// Never fails: errors and panics become responses. Dropping the future cancels a read. A write
    /// that has begun runs to completion.
    pub async fn answer<B, E>(
        &self,
        request: http::Request<B>,
        remote_addr: Option<IpAddr>,
    ) -> Response<Bytes>
    where
        B: Stream<Item = Result<Bytes, E>>,
        E: Display,
    {
        let since = Instant::now();
        let (parts, body) = request.into_parts();
        let mut body = Incoming {
            body: pin!(body),
            is_read: false,
        };
        let (name, mut response) = match self.document(&parts) {
            Some(answered) => answered,
            None => self.call(&parts, &mut body, remote_addr).await,
        };
        let status = response.status().as_u16().to_string();
        metrics::counter!("chat_requests_total", "call" => name, "status" => status).increment(1);
        metrics::histogram!("chat_request_seconds", "call" => name)
            .record(since.elapsed().as_secs_f64());
        if parts.method == Method::HEAD {
            *response.body_mut() = Bytes::new();
        }
        if parts.version > Version::HTTP_11 {
            response.headers_mut().remove(CONNECTION);
        } else if !body.is_read && is_announced(&parts.headers) {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        response
    }

    #[cfg(feature = "schema")]
    fn document(&self, parts: &Parts) -> Option<(&'static str, Response<Bytes>)> {
        self.documents.answer(parts, &self.engine.config().limits)
    }

    #[cfg(not(feature = "schema"))]
    #[allow(clippy::unused_self, reason = "the feature needs it")]
    const fn document(&self, _: &Parts) -> Option<(&'static str, Response<Bytes>)> {
        None
    }

    /// Routes and performs a call. Returns its name and the response.
    async fn call<B, E>(
        &self,
        parts: &Parts,
        body: &mut Incoming<'_, B>,
        remote_addr: Option<IpAddr>,
    ) -> (&'static str, Response<Bytes>)
    where
        B: Stream<Item = Result<Bytes, E>>,
        E: Display,
    {
        let (name, outcome) = match route(&parts.method, parts.uri.path()) {
            Ok((call, segments)) => {
                let name = call.name;
                let span = tracing::debug_span!("request", call = name);
                let outcome = async {
                    let admitted = self.admit(call, parts, remote_addr).await?;
                    let body = self.read(parts, body).await?;
                    self.perform(call, admitted, segments, body).await
                };
                let outcome = AssertUnwindSafe(Box::pin(outcome.instrument(span)));
                let outcome = outcome.catch_unwind().await;
                (name, outcome.unwrap_or_else(|_| Err(panicked())))
            }
            Err(problem) => ("none", Err(problem)),
        };
        let response = outcome.unwrap_or_else(|problem| {
            problem.log(name);
            problem.response()
        });
        (name, response)
    }

    /// Admits or rejects a request by its head. Authentication comes first, so that strangers learn
    /// nothing. The rate limit comes next, so that malformed requests count, too.
    async fn admit(
        &self,
        call: &'static Call,
        parts: &Parts,
        remote_addr: Option<IpAddr>,
    ) -> Result<Admitted, Problem> {
        let token = bearer(&parts.headers);
        let credentials = Credentials::new(token, &parts.headers, remote_addr);
        let (user, in_flight) = self.engine.admit(credentials).await?;
        if let Err(refused) = self.engine.permit(&user, call.class).await {
            // Pipelined requests of a flood would otherwise be refused one by one.
            let is_flood = self
                .engine
                .permit(&user, RateClass::Violation)
                .await
                .is_err();
            return Err(Problem::from(refused).closing(is_flood));
        }
        let query = Query::parse(parts.uri.query(), call.query)?;
        check_length(&parts.headers, self.max_body_bytes())?;
        if call.needs_body && !is_json(&parts.headers) {
            return Err(Problem::not_json());
        }
        let keys = parts.headers.get_all(IDEMPOTENCY_KEY.name);
        Ok(Admitted {
            user,
            query,
            idempotency_keys: keys.iter().cloned().collect(),
            in_flight: Arc::new(in_flight),
        })
    }

    async fn read<B, E>(&self, parts: &Parts, body: &mut Incoming<'_, B>) -> Result<Body, Problem>
    where
        B: Stream<Item = Result<Bytes, E>>,
        E: Display,
    {
        let within = Duration::from_millis(self.engine.config().body_timeout_ms);
        let bytes = body::read(body.body.as_mut(), self.max_body_bytes(), within).await?;
        body.is_read = true;
        Ok(Body::new(&parts.headers, bytes))
    }

    async fn perform(
        &self,
        call: &'static Call,
        admitted: Admitted,
        segments: Segments,
        body: Body,
    ) -> Result<Response<Bytes>, Problem> {
        let in_flight = Arc::clone(&admitted.in_flight);
        let request = Request {
            engine: self.engine.clone(),
            user: admitted.user,
            segments,
            query: admitted.query,
            body,
            idempotency_keys: admitted.idempotency_keys,
            _in_flight: admitted.in_flight,
        };
        let reply = if call.is_safe() {
            (call.perform)(&request).await?
        } else {
            // A server drops the future when the client disconnects. A write runs in its own task,
            // so that it completes. A shutdown waits for it.
            let underway = self.engine.begin()?;
            let change = async move {
                let _underway = underway;
                (call.perform)(&request).await
            };
            match tokio::spawn(change.in_current_span()).await {
                Ok(outcome) => outcome?,
                Err(failed) if failed.is_panic() => return Err(panicked()),
                Err(ended) => return Err(Error::unavailable(ended).into()),
            }
        };
        Ok(reply
            .into_response()
            .map(|body| sent_in_flight(body, in_flight)))
    }
}

/// The body of a request as it arrives.
struct Incoming<'a, B> {
    body: Pin<&'a mut B>,
    /// `true` once the body was read to its end.
    is_read: bool,
}

/// The head of an admitted request, and its in-flight guard.
struct Admitted {
    user: UserId,
    query: Query,
    idempotency_keys: Vec<HeaderValue>,
    in_flight: Arc<InFlight>,
}

/// Ties the in-flight guard to a body. The guard is released when the body was sent and its last
/// clone is dropped.
fn sent_in_flight(body: Bytes, in_flight: Arc<InFlight>) -> Bytes {
    struct Sent {
        body: Bytes,
        _in_flight: Arc<InFlight>,
    }
    impl AsRef<[u8]> for Sent {
        fn as_ref(&self) -> &[u8] {
            &self.body
        }
    }
    if body.is_empty() {
        return body;
    }
    Bytes::from_owner(Sent {
        body,
        _in_flight: in_flight,
    })
}

fn panicked() -> Problem {
    Error::internal("a call panicked").into()
}
