//! Authentication, ACL rules and databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::error::Error as _;
use std::time::Duration;

use chat_core::backend::{Broker, PresenceStore};
use chat_core::{Clock, ErrorKind, SystemClock};
use chat_redis::Redis;
use chat_testbed::RedisServer;

use support::{Ear, alert, heard, rooms};

/// The ACL rules of the user `chat`, as documented.
const RIGHTS: &str = "~chat:* &chat:* -@all +@connection +publish +subscribe +unsubscribe \
     +spublish +ssubscribe +sunsubscribe +cluster|slots +eval +evalsha +time +get +set +hget \
     +hset +hdel +zadd +zrem +zscore +zrangebyscore +zremrangebyscore +pexpire";

fn server() -> RedisServer {
    let server = RedisServer::start().unwrap();
    let mut command = vec!["ACL", "SETUSER", "chat", "on", ">p@ss"];
    command.extend(RIGHTS.split_whitespace());
    server.call(&command).unwrap();
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_rights_are_enough() {
    let server = server();
    let url = format!("redis://chat:p%40ss@127.0.0.1:{}", server.port());
    let redis = Redis::open(&url, alert()).unwrap();
    redis.ping().await.unwrap();
    let broker = redis.broker().unwrap();
    let mut ear = Ear::new(&broker);
    broker.subscribe(rooms(3)).await.unwrap();
    heard(&broker, &mut ear, &rooms(3), "x").await;
    support::call_all(&redis).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_an_error_that_does_not_hold_it() {
    let server = server();
    let url = format!("redis://chat:wr0ng@127.0.0.1:{}", server.port());
    let redis = Redis::open(&url, alert()).unwrap();
    let error = redis.ping().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let source = error.source().unwrap().to_string();
    assert!(
        source.contains("WRONGPASS") || source.contains("uthentication"),
        "{source}"
    );
    assert!(!format!("{error:?} {redis:?}").contains("wr0ng"));
    let broker = redis.broker().unwrap();
    let error = broker.subscribe(rooms(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_are_apart() {
    let server = RedisServer::start().unwrap();
    let open = |db| Redis::open(&format!("{}/{db}", server.url()), alert()).unwrap();
    let users = ["alice".parse().unwrap()];
    let (lease, now) = (support::lease("alice"), SystemClock.now());
    let ttl = Duration::from_secs(60);
    open(1).presence().acquire(&lease, ttl, now).await.unwrap();
    let online = async |db| open(db).presence().presence(&users).await.unwrap()[0].online;
    assert!(online(1).await && !online(2).await);
}
