//! Helpers shared by the tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(dead_code, unused_imports, reason = "each test file uses a part")]

mod ear;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chat_core::backend::{Broker, Lease, PresenceStore, Quota, RateDecision, RateKey, RateLimiter};
use chat_core::testing::Cluster;
use chat_core::{Clock, ConnectionId, Error, NodeId, SystemClock};
use chat_redis::{Options, Redis, RedisBroker};
use chat_testbed::RedisCluster;

pub(crate) use ear::{Ear, eventually, heard, publication, room, rooms};

pub(crate) fn open(url: &str, prefix: &str) -> Redis {
    let options = Options {
        prefix: prefix.to_owned(),
        ..Options::default()
    };
    Redis::open(url, options).unwrap()
}

/// Creates nodes, each with its own connections, on the Redis for tests without faults.
pub(crate) fn single(nodes: usize) -> (Vec<Redis>, chat_testbed::Redis) {
    let server = chat_testbed::Redis::get().unwrap();
    let node = |_| open(server.url(), server.prefix());
    ((0..nodes).map(node).collect(), server)
}

/// Creates nodes on a cluster of three servers, which the tests of one binary share. It stops with
/// the process.
pub(crate) fn clustered(nodes: usize) -> Vec<Redis> {
    static CLUSTER: OnceLock<RedisCluster> = OnceLock::new();
    let cluster = CLUSTER.get_or_init(|| RedisCluster::start(3).unwrap());
    let prefix = prefix();
    (0..nodes).map(|_| open(&cluster.url(), &prefix)).collect()
}

pub(crate) fn prefix() -> String {
    format!("test-{:016x}:", fastrand::u64(..))
}

pub(crate) fn presence(nodes: Vec<Redis>) -> Cluster<dyn PresenceStore> {
    let node = |redis: Redis| Arc::new(redis.presence()) as Arc<dyn PresenceStore>;
    Cluster::new(nodes.into_iter().map(node).collect())
}

pub(crate) fn limits(nodes: Vec<Redis>) -> Cluster<dyn RateLimiter> {
    let node = |redis: Redis| Arc::new(redis.limits()) as Arc<dyn RateLimiter>;
    Cluster::new(nodes.into_iter().map(node).collect())
}

pub(crate) fn brokers(nodes: Vec<Redis>) -> Cluster<dyn Broker> {
    let node = |redis: Redis| Arc::new(redis.broker().unwrap()) as Arc<dyn Broker>;
    Cluster::new(nodes.into_iter().map(node).collect())
}

/// Creates a broker that detects faults quickly.
pub(crate) fn broker(url: &str) -> RedisBroker {
    let redis = Redis::open(url, alert()).unwrap();
    redis.broker().unwrap()
}

/// Returns options with short timeouts.
pub(crate) fn alert() -> Options {
    Options {
        connect_timeout: Duration::from_secs(1),
        response_timeout: Duration::from_millis(700),
        probe_interval: Duration::from_millis(500),
        ..Options::default()
    }
}

/// Creates a lease for a new connection of a user.
pub(crate) fn lease(user: &str) -> Lease {
    Lease {
        user_id: user.parse().unwrap(),
        connection_id: ConnectionId::random(),
        node_id: NodeId::random(),
    }
}

/// Calls every operation of presence and limits once.
pub(crate) async fn call_all(redis: &Redis) {
    let (presence, now) = (redis.presence(), SystemClock.now());
    let (brief, long) = (Duration::from_millis(1), Duration::from_secs(60));
    let (alice, bob) = (lease("alice"), lease("bob"));
    assert!(presence.acquire(&alice, long, now).await.unwrap());
    let came = presence.refresh(&[alice.clone(), bob], brief, now).await;
    assert_eq!(came.unwrap(), ["bob".parse().unwrap()]);
    let again = presence.acquire(&alice, long, now).await;
    assert!(!again.unwrap());
    assert!(presence.release(&alice, now).await.unwrap());
    let users = ["alice".parse().unwrap(), "carol".parse().unwrap()];
    let known = presence.presence(&users).await.unwrap();
    assert_eq!(known[0].last_seen_at, Some(now));
    assert!(!known[0].online && known[1].last_seen_at.is_none());
    let gone = eventually(async || {
        let gone = presence.expired(10, now).await?;
        gone.into_iter()
            .next()
            .ok_or_else(|| Error::invalid("no expired user"))
    });
    assert_eq!(gone.await.user_id.as_str(), "bob");
    let key = RateKey {
        user_id: "alice".parse().unwrap(),
        room_id: Some("room".parse().unwrap()),
        class: "send",
    };
    let limits = redis.limits();
    let first = limits.check(&key, &Quota::new(1, 0.001)).await.unwrap();
    assert_eq!(first, RateDecision::Allowed);
    let second = limits.check(&key, &Quota::new(1, 0.001)).await.unwrap();
    assert!(matches!(second, RateDecision::Limited(_)));
}
