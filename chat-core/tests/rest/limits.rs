//! Rate limits, internal failures and shutdown.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use chat_core::backend::{Hooks, Quota, RateDecision, RateKey, RateLimiter, SendContext, Verdict};
use chat_core::model::Draft;
use chat_core::{Config, Error, Result};
use http::StatusCode;
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::support::Rest;

#[tokio::test]
async fn too_often_is_told_when_again() {
    let rest = Rest::with(|builder| {
        let mut config = Config::default();
        // One permit every 2.5 seconds.
        config.rates.send = Quota::new(1, 0.4);
        builder.config(config)
    });
    let alice = rest.user("alice");
    alice.room("tea", "group", &["bob"]).await;
    alice.say("tea", "one").await;
    let answer = alice
        .post("/rooms/tea/messages", json!({"text": "two"}))
        .await;
    let problem = answer.problem(429, "RATE_LIMITED");
    let millis = problem["retryAfterMs"].as_u64().unwrap();
    assert!((1..=2_500).contains(&millis), "{millis}");
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert_eq!(seconds, millis.div_ceil(1_000));
    // Other users and other classes of calls are unaffected.
    rest.user("bob").say("tea", "three").await;
    let history = alice.get("/rooms/tea/messages").await.expect(200);
    let texts = crate::support::column(&history["messages"], "text");
    assert_eq!(texts, ["one", "three"]);
}

/// A client that keeps asking after it was refused loses its connection, as it does over a socket.
#[tokio::test]
async fn a_flood_of_refused_requests_closes_the_connection() {
    let rest = Rest::with(|builder| {
        let mut config = Config::default();
        config.rates.query = Quota::new(1, 0.01);
        config.rates.violation = Quota::new(3, 0.01);
        builder.config(config)
    });
    let alice = rest.user("alice");
    alice.get("/rooms").await.expect(200);
    for _ in 0..3 {
        let refused = alice.get("/rooms").await;
        refused.problem(429, "RATE_LIMITED");
        assert_eq!(refused.header("connection"), None);
    }
    let refused = alice.get("/rooms").await;
    refused.problem(429, "RATE_LIMITED");
    assert_eq!(refused.header("connection"), Some("close"));
    let bob = rest.user("bob").get("/rooms").await.expect(200);
    assert_eq!(bob["rooms"], json!([]));
}

/// Slow mode limits each member of a room separately.
#[tokio::test]
async fn slow_mode_is_told_as_any_limit() {
    let rest = Rest::new();
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    alice.room("tea", "group", &["bob", "carol"]).await;
    let slow = json!({"slowModeSeconds": 30});
    alice.patch("/rooms/tea", slow).await.expect(200);
    let first = json!({"text": "one", "clientMessageId": "1"});
    let sent = bob.post("/rooms/tea/messages", first.clone()).await;
    sent.expect(201);
    let second = json!({"text": "two"});
    let answer = bob.post("/rooms/tea/messages", second).await;
    let millis = answer.problem(429, "RATE_LIMITED")["retryAfterMs"].as_u64();
    assert!(millis.is_some_and(|ms| ms > 1_000 && ms <= 30_000));
    assert!(answer.header("retry-after").is_some());
    let again = bob.post("/rooms/tea/messages", first).await.expect(200);
    assert_eq!(
        (&again["id"], &again["duplicate"]),
        (&sent.json()["id"], &json!(true))
    );
    rest.user("carol").say("tea", "three").await;
    let message = format!("/rooms/tea/messages/{}", again["id"].as_str().unwrap());
    bob.patch(&message, json!({"text": "1"})).await.expect(200);
    alice.say("tea", "four").await;
    alice.say("tea", "the owner may").await;
}

#[derive(Debug, Default)]
struct Recorder(Mutex<Vec<&'static str>>);

#[async_trait::async_trait]
impl RateLimiter for Recorder {
    async fn check(&self, key: &RateKey, _: &Quota) -> Result<RateDecision> {
        assert_eq!(key.user_id.as_str(), "alice");
        self.0.lock().push(key.class);
        Ok(RateDecision::Allowed)
    }
}

/// REST calls share the classes of WebSocket commands (`send`, `change`, `join`, `read`), so
/// neither bypasses the limits of the other. Each call costs one permit, whatever its outcome.
#[tokio::test]
async fn each_call_costs_one_permit_of_its_class() {
    let recorder = Arc::new(Recorder::default());
    let rest = Rest::with(|builder| builder.limiter(Arc::clone(&recorder)));
    let alice = rest.user("alice");
    let message = "/rooms/tea/messages/0190b0a0-0000-7000-8000-000000000000";
    let reaction = format!("{message}/reactions/x");
    for (class, method, path) in [
        ("create", "POST", "/rooms"),
        ("search", "GET", "/search?q=word"),
        ("query", "GET", "/rooms"),
        ("query", "HEAD", "/rooms"),
        ("query", "GET", "/rooms/tea"),
        ("manage", "PATCH", "/rooms/tea"),
        ("manage", "DELETE", "/rooms/tea"),
        ("query", "GET", "/rooms/tea/members"),
        ("manage", "PUT", "/rooms/tea/members/bob"),
        ("manage", "DELETE", "/rooms/tea/members/bob"),
        ("manage", "PUT", "/rooms/tea/bans/bob"),
        ("manage", "DELETE", "/rooms/tea/bans/bob"),
        ("manage", "PUT", "/rooms/tea/mutes/bob"),
        ("manage", "DELETE", "/rooms/tea/mutes/bob"),
        ("join", "POST", "/rooms/tea/join"),
        ("join", "POST", "/rooms/tea/leave"),
        ("query", "GET", "/rooms/tea/messages?around=1"),
        ("send", "POST", "/rooms/tea/messages"),
        ("query", "GET", message),
        ("change", "PATCH", message),
        ("change", "DELETE", message),
        ("change", "PUT", &reaction),
        ("change", "DELETE", &reaction),
        ("query", "GET", "/rooms/tea/changes"),
        ("read", "PUT", "/rooms/tea/read"),
        ("query", "GET", "/rooms/tea/reads"),
        ("query", "GET", "/presence?users=bob"),
        ("query", "GET", "/rooms?nonsense"),
    ] {
        alice.bare(method, path).await;
        let taken = std::mem::take(&mut *recorder.0.lock());
        assert_eq!(taken, [class], "{method} {path}");
    }
    alice.get("/nothing").await.problem(404, "INVALID_COMMAND");
    assert!(recorder.0.lock().is_empty());
}

/// A hook that acts on the text of a message.
#[derive(Debug)]
struct Moody(Arc<Semaphore>);

#[async_trait::async_trait]
impl Hooks for Moody {
    async fn before_send(&self, _: SendContext<'_>, draft: &Draft) -> Result<Verdict> {
        match draft.text.as_str() {
            "panic" => panic!("a hook panics"),
            "wait" => {
                let permit = self.0.acquire().await;
                permit.map_err(Error::internal)?.forget();
                Ok(Verdict::Allow)
            }
            "damn" => Ok(Verdict::Reject("mind your language".into())),
            "fail" => Err(Error::internal("the secret of a hook")),
            _ => Ok(Verdict::Allow),
        }
    }
}

fn moody() -> (Rest, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let rest = Rest::with(|builder| builder.hooks(Moody(Arc::clone(&gate))));
    (rest, gate)
}

#[tokio::test]
async fn a_panic_within_is_an_internal_error() {
    let (rest, _) = moody();
    let alice = rest.user("alice");
    alice.room("tea", "group", &[]).await;
    for (text, status, code) in [
        ("panic", 500, "INTERNAL"),
        ("fail", 500, "INTERNAL"),
        ("damn", 422, "REJECTED"),
    ] {
        let answer = alice
            .post("/rooms/tea/messages", json!({"text": text}))
            .await;
        let problem = answer.problem(status, code);
        assert!(!problem.to_string().contains("secret"), "{problem}");
        assert_eq!(answer.header("retry-after"), None);
    }
    let said = alice.say("tea", "fine").await;
    assert_eq!(said["seq"], 1, "the refused messages were not stored");
}

/// Polls a future once, until it waits.
fn begin<F: Future>(future: std::pin::Pin<&mut F>) {
    let polled = future.poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Pending));
}

#[tokio::test(start_paused = true)]
async fn a_change_goes_on_when_its_client_has_gone() {
    let (rest, gate) = moody();
    let alice = rest.user("alice");
    alice.room("tea", "group", &[]).await;
    let request = alice
        .request("POST", "/rooms/tea/messages")
        .header("content-type", "application/json")
        .body(Bytes::from_static(b"{\"text\":\"wait\"}"))
        .unwrap();
    {
        let mut call = pin!(rest.service.handle(request, None));
        begin(call.as_mut());
    }
    // The future was dropped before the hook returned.
    gate.add_permits(1);
    let stored = async {
        while alice.get("/rooms/tea/changes").await.json()["head"] != 1 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let deadline = Duration::from_secs(10);
    tokio::time::timeout(deadline, stored).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_for_changes_and_refuses_new_ones() {
    let (rest, gate) = moody();
    let alice = rest.user("alice");
    alice.room("tea", "group", &[]).await;
    let mut under_way = pin!(alice.post("/rooms/tea/messages", json!({"text": "wait"})));
    begin(under_way.as_mut());
    tokio::task::yield_now().await;
    let mut shutdown = pin!(rest.engine.shutdown());
    let waited = tokio::time::timeout(Duration::from_secs(1), shutdown.as_mut()).await;
    assert!(waited.is_err(), "shutdown did not wait for the request");

    let late = alice
        .post("/rooms/tea/messages", json!({"text": "late"}))
        .await;
    late.problem(503, "UNAVAILABLE");
    assert_eq!(late.header("retry-after"), Some("1"));

    gate.add_permits(1);
    assert_eq!(under_way.await.expect(201)["seq"], 1);
    shutdown.await;
    let history = alice.get("/rooms/tea/messages").await.expect(200);
    let texts = crate::support::column(&history["messages"], "text");
    assert_eq!(texts, ["wait"]);
}

/// Rooms are permanent, so users may create only a few. The app has no limit.
#[tokio::test]
async fn creations_have_a_rate_of_their_own() {
    let rest = Rest::with(|builder| builder);
    let alice = rest.user("alice");
    for _ in 0..20 {
        alice
            .post("/rooms", json!({"kind": "group"}))
            .await
            .expect(201);
    }
    let refused = alice.post("/rooms", json!({"kind": "group"})).await;
    refused.problem(429, "RATE_LIMITED");
    alice.room("another", "group", &[]).await;
}

#[tokio::test]
async fn searches_have_a_rate_of_their_own() {
    let rest = Rest::with(|builder| builder);
    let alice = rest.user("alice");
    for _ in 0..10 {
        alice.get("/search?q=word").await.expect(200);
    }
    alice
        .get("/search?q=word")
        .await
        .problem(429, "RATE_LIMITED");
    alice.get("/rooms").await.expect(200);
}

/// A running search refuses further searches of the same user only. Dropping it frees the slot.
#[tokio::test]
async fn a_user_searches_one_at_a_time() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    alice.room("tea", "group", &["bob"]).await;
    alice.say("tea", "a word").await;
    let mut cx = Context::from_waker(Waker::noop());
    {
        let mut given_up = pin!(alice.get("/search?q=word"));
        // A search yields after each step.
        assert!(given_up.as_mut().poll(&mut cx).is_pending());
    }
    let mut first = pin!(alice.get("/search?q=word"));
    assert!(first.as_mut().poll(&mut cx).is_pending());
    let second = alice.get("/search?q=word").await;
    second.problem(429, "RATE_LIMITED");
    assert_eq!(second.header("retry-after"), Some("1"));
    rest.user("bob").get("/search?q=word").await.expect(200);
    let found = first.await.expect(200);
    assert_eq!(found["messages"].as_array().unwrap().len(), 1);
    alice.get("/search?q=word").await.expect(200);
}

/// A request is in flight until its response is sent, not just until it is ready.
#[tokio::test]
async fn an_answer_that_is_not_taken_is_in_flight() {
    const OK: StatusCode = StatusCode::OK;
    const BUSY: StatusCode = StatusCode::TOO_MANY_REQUESTS;
    let mut config = Config::default();
    config.limits.max_requests_per_user = 2;
    let rest = Rest::with(|builder| builder.config(config));
    let alice = rest.user("alice");
    let ask = async || {
        let request = alice.request("GET", "/rooms").body(Bytes::new()).unwrap();
        rest.service.handle(request, None).await
    };
    let (one, two) = (ask().await, ask().await);
    assert_eq!((one.status(), two.status()), (OK, OK));
    assert_eq!(ask().await.status(), BUSY);
    let body = one.into_body();
    assert_eq!(ask().await.status(), BUSY);
    drop(body);
    assert_eq!(ask().await.status(), OK);
    drop(two);
}
