//! Failover from a master to its replica.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use chat_core::backend::{Broker, Quota, RateKey, RateLimiter};
use chat_redis::Redis;
use chat_testbed::RedisSentinel;

use support::{Ear, alert, broker, eventually, heard, publication, rooms};

#[tokio::test(flavor = "multi_thread")]
async fn all_follow_the_sentinel_to_the_new_master() {
    let mut servers = RedisSentinel::start().unwrap();
    let (from, to) = (broker(&servers.url()), broker(&servers.url()));
    let redis = Redis::open(&servers.url(), alert()).unwrap();
    redis.ping().await.unwrap();
    let limits = redis.limits();
    let key = RateKey {
        user_id: "alice".parse().unwrap(),
        room_id: None,
        class: "send",
    };
    let quota = Quota::new(100, 1.0);
    limits.check(&key, &quota).await.unwrap();
    let mut ear = Ear::new(&to);
    let topics = rooms(20);
    to.subscribe(topics.clone()).await.unwrap();
    heard(&from, &mut ear, &topics, "before").await;
    servers.fail_over().unwrap();
    ear.lost().await;
    ear.interrupted().await;
    eventually(async || from.publish(vec![publication(&topics, "again")]).await).await;
    heard(&from, &mut ear, &topics, "after").await;
    eventually(async || limits.check(&key, &quota).await).await;
    redis.ping().await.unwrap();
}

#[tokio::test]
async fn a_service_that_the_sentinel_does_not_know_is_an_error() {
    let servers = RedisSentinel::start().unwrap();
    let url = servers.url().replace("/chat", "/other");
    let redis = Redis::open(&url, alert()).unwrap();
    let error = redis.ping().await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("does not know"), "{source}");
}
