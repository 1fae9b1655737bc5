use std::fmt;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;

use bytes::Bytes;
use futures::FutureExt;
use http::request::Parts;
use http::{Method, Response};
use tokio::time::Instant;
use tracing::Instrument;

use super::calls::IDEMPOTENCY_KEY;
use super::problem::Problem;
use super::reply::Outcome;
use super::request::{Body, Query, Request, Segments, bearer};
use super::route::{Call, route};
use crate::backend::Credentials;
use crate::{Engine, Error, ErrorKind};

/// What a client can do over HTTP. Cheap to clone.
///
/// An adapter strips the prefix under which it is mounted from the request's path, reads at most
/// [`max_body_bytes`](Self::max_body_bytes) of its body, and hands over what comes back.
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
    /// The service of an engine.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self {
            engine,
            #[cfg(feature = "schema")]
            documents: super::documents::Documents::default(),
        }
    }

    /// The most bytes a body may have:
    /// [`Limits::max_body_bytes`](crate::protocol::Limits::max_body_bytes). An adapter that sees
    /// more answers with [`problem`](Self::problem) of an error of kind `TooLarge`.
    #[must_use]
    pub fn max_body_bytes(&self) -> usize {
        self.engine.config().limits.max_body_bytes
    }

    /// The response that tells a client of an error, for what an adapter finds itself.
    #[must_use]
    pub fn problem(error: Error) -> Response<Bytes> {
        Problem::from(error).response()
    }

    /// Answers a request. The path of its URI is relative to the mount: `/rooms/general/messages`.
    /// `remote_addr` is the client's, if the adapter knows it.
    ///
    /// Never fails: errors and panics are responses. Dropping the future ends a call that reads; one
    /// that changes something goes on once it has begun, so that none is left half done.
    pub async fn handle(
        &self,
        request: http::Request<Bytes>,
        remote_addr: Option<IpAddr>,
    ) -> Response<Bytes> {
        let since = Instant::now();
        let (parts, body) = request.into_parts();
        let (name, mut response) = match self.document(&parts) {
            Some(answered) => answered,
            None => self.call(&parts, body, remote_addr).await,
        };
        let status = response.status().as_u16().to_string();
        metrics::counter!("chat_requests_total", "call" => name, "status" => status).increment(1);
        metrics::histogram!("chat_request_seconds", "call" => name)
            .record(since.elapsed().as_secs_f64());
        if parts.method == Method::HEAD {
            *response.body_mut() = Bytes::new();
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

    /// The name of the call, and its answer.
    async fn call(
        &self,
        parts: &Parts,
        body: Bytes,
        remote_addr: Option<IpAddr>,
    ) -> (&'static str, Response<Bytes>) {
        let (name, outcome) = match route(&parts.method, parts.uri.path()) {
            Ok((call, segments)) => {
                let name = call.name;
                let span = tracing::debug_span!("request", call = name);
                let answer = self
                    .answer(call, segments, parts, body, remote_addr)
                    .instrument(span);
                let outcome = AssertUnwindSafe(Box::pin(answer)).catch_unwind().await;
                (name, outcome.unwrap_or_else(|_| Err(panicked())))
            }
            Err(problem) => ("none", Err(problem)),
        };
        let response = match outcome {
            Ok(reply) => reply.into_response(),
            Err(problem) => {
                problem.log(name);
                problem.response()
            }
        };
        (name, response)
    }

    /// Who asks comes first, so that a stranger learns nothing; then whether they may ask now, so
    /// that nonsense costs its sender, too.
    async fn answer(
        &self,
        call: &'static Call,
        segments: Segments,
        parts: &Parts,
        body: Bytes,
        remote_addr: Option<IpAddr>,
    ) -> Outcome {
        let token = bearer(&parts.headers);
        let credentials = Credentials::new(token, &parts.headers, remote_addr);
        let user = self.engine.authenticate(credentials).await?.user_id;
        self.engine.permit(&user, call.class).await?;
        let keys = parts.headers.get_all(IDEMPOTENCY_KEY.name);
        let request = Request {
            engine: self.engine.clone(),
            user,
            segments,
            query: Query::parse(parts.uri.query(), call.query)?,
            body: Body::new(&parts.headers, body),
            idempotency_keys: keys.iter().cloned().collect(),
        };
        if request.body.len() > self.max_body_bytes() {
            return Err(Error::new(ErrorKind::TooLarge, "the body is too large").into());
        }
        if call.is_safe() {
            return (call.perform)(&request).await;
        }
        // A server drops a request whose client has gone. A change is in a task of its own, for
        // which a shutdown waits.
        let underway = self.engine.begin()?;
        let change = async move {
            let _underway = underway;
            (call.perform)(&request).await
        };
        match tokio::spawn(change.in_current_span()).await {
            Ok(outcome) => outcome,
            Err(failed) if failed.is_panic() => Err(panicked()),
            Err(ended) => Err(Error::unavailable(ended).into()),
        }
    }
}

fn panicked() -> Problem {
    Error::internal("a call panicked").into()
}
