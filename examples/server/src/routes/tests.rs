#![allow(clippy::unwrap_used)]

use chat_core::model::{Anchor, Draft, HistoryQuery};
use chat_core::ws::AllowedOrigins;
use chat_core::{Actor, Config, RoomId};
use chat_testbed::{Mongo, MongoServer, RedisServer};

use super::*;
use crate::server::recorder;
use crate::{BackendSettings, Settings};

async fn server(dev_tokens: bool) -> Server {
    server_on(dev_tokens, BackendSettings::default()).await
}

async fn server_on(dev_tokens: bool, backends: BackendSettings) -> Server {
    let settings = Settings {
        listen: ([127, 0, 0, 1], 0).into(),
        jwt_secret: "0123456789abcdef0123456789abcdef".to_owned(),
        dev_tokens,
        metrics: true,
        origins: AllowedOrigins::any(),
        config: Config::default(),
        web_dir: None,
        backends,
    };
    let metrics = recorder().unwrap().build_recorder().handle();
    Server::new(&settings, metrics).await.unwrap()
}

async fn ask(server: &Server, method: &str, path: &str) -> Response<Bytes> {
    let request = Request::builder().method(method).uri(path);
    server.answer(request.body(Bytes::new()).unwrap()).await
}

async fn ask_token(server: &Server, kind: &'static str, body: &'static str) -> Response<Bytes> {
    let request = Request::post("/dev/token").header("content-type", kind);
    server.answer(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn the_page_is_there_and_may_load_nothing_from_elsewhere() {
    let server = server(true).await;
    for path in [
        "/",
        "/app.js",
        "/client.js",
        "/log.js",
        "/view.js",
        "/style.css",
    ] {
        let file = ask(&server, "GET", path).await;
        assert_eq!(file.status(), 200, "{path}");
        assert!(!file.body().is_empty());
        let csp = file.headers()["content-security-policy"].to_str().unwrap();
        assert!(csp.starts_with("default-src 'none'"));
        let head = ask(&server, "HEAD", path).await;
        assert_eq!((head.status().as_u16(), head.body().len()), (200, 0));
        let posted = ask(&server, "POST", path).await;
        assert_eq!(posted.status(), 405);
        assert_eq!(posted.headers()["allow"], "GET, HEAD");
    }
    assert_eq!(ask(&server, "GET", "/nothing").await.status(), 404);
}

#[tokio::test]
async fn it_is_ready_until_it_stops() {
    let server = server(true).await;
    assert_eq!(ask(&server, "GET", "/readyz").await.status(), 200);
    server.engine.shutdown().await;
    assert_eq!(ask(&server, "GET", "/readyz").await.status(), 503);
    assert_eq!(ask(&server, "GET", "/healthz").await.status(), 200);
    assert_eq!(ask(&server, "GET", "/metrics").await.status(), 200);
}

#[tokio::test]
async fn a_token_is_for_who_asks_in_json() {
    let server = server(true).await;
    let alice = r#"{"userId":"alice"}"#;
    let given = ask_token(&server, "application/json", alice).await;
    assert_eq!(given.status(), 200);
    assert_eq!(given.headers()["cache-control"], "no-store");
    let token: serde_json::Value = serde_json::from_slice(given.body()).unwrap();
    assert_eq!(token["token"].as_str().unwrap().split('.').count(), 3);
    let plain = ask_token(&server, "text/plain", alice).await;
    assert_eq!(plain.status(), 415);
    for bad in ["", "{}", r#"{"userId":""}"#, r#"{"userId":"a","x":1}"#] {
        let refused = ask_token(&server, "application/json", bad).await;
        assert_eq!(refused.status(), 400, "{bad}");
    }
    assert_eq!(ask(&server, "GET", "/dev/token").await.status(), 405);
}

#[tokio::test]
async fn without_dev_tokens_there_is_no_such_path() {
    let server = server(false).await;
    let refused = ask_token(&server, "application/json", r#"{"userId":"alice"}"#).await;
    assert_eq!(refused.status(), 404);
}

#[tokio::test]
async fn without_metrics_there_is_no_such_path() {
    let mut server = server(false).await;
    server.metrics = None;
    for path in ["/metrics", "/nothing"] {
        assert_eq!(ask(&server, "GET", path).await.status(), 404);
    }
}

#[tokio::test]
async fn it_says_which_backends_can_be_reached() {
    let mut mongo = MongoServer::start().unwrap();
    let mut redis = RedisServer::start().unwrap();
    let backends = BackendSettings {
        mongodb_uri: Some(mongo.uri()),
        redis_url: Some(redis.url()),
        ..BackendSettings::default()
    };
    let server = server_on(false, backends).await;
    let ready = ask(&server, "GET", "/readyz").await;
    assert_eq!(ready.status(), 200);
    assert_eq!(ready.body(), "ready\nredis: reachable\n");
    redis.kill().unwrap();
    let slow = ask(&server, "GET", "/readyz").await;
    assert_eq!(slow.status(), 200);
    let slow = String::from_utf8_lossy(slow.body()).into_owned();
    assert!(slow.starts_with("ready\nredis: unreachable"), "{slow}");
    mongo.kill();
    let gone = ask(&server, "GET", "/readyz").await;
    assert_eq!(gone.status(), 503);
    assert!(gone.body().starts_with(b"not ready\n"));
    assert_eq!(ask(&server, "GET", "/healthz").await.status(), 200);
}

#[tokio::test]
async fn what_is_stored_outlives_the_server() {
    let mongo = Mongo::get().unwrap();
    let backends = BackendSettings {
        mongodb_uri: Some(mongo.uri().to_owned()),
        mongodb_db: mongo.database(),
        ..BackendSettings::default()
    };
    let room = RoomId::new("general").unwrap();
    let alone = server_on(false, backends.clone()).await;
    let draft = Draft::text("still here");
    let sent = alone.engine.send(&Actor::App, &room, draft).await.unwrap();
    drop(alone);
    let again = server_on(false, backends).await;
    let page = again
        .engine
        .history(&Actor::App, &room, &HistoryQuery::new(Anchor::Newest, 10))
        .await
        .unwrap();
    let ids: Vec<_> = page.messages.iter().map(|m| m.id).collect();
    assert_eq!(ids, [sent.message.id]);
}
