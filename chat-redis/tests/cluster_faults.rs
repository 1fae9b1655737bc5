//! Faults of a cluster of three servers.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::time::Duration;

use chat_core::backend::{
    Broker, Lease, PresenceStore, Quota, RateDecision, RateKey, RateLimiter, Topic,
};
use chat_core::{ConnectionId, NodeId, Timestamp, UserId};
use chat_redis::Redis;
use chat_testbed::RedisCluster;

use support::{Ear, alert, broker, eventually, heard, publication, rooms};

/// Returns topics of users, which are spread over the servers.
fn users(count: usize) -> Vec<Topic> {
    (0..count)
        .map(|n| Topic::User(format!("user-{n}").parse().unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_survive_the_death_of_a_server() {
    let mut cluster = RedisCluster::start(3).unwrap();
    let (from, to) = (broker(&cluster.url()), broker(&cluster.url()));
    let mut ear = Ear::new(&to);
    let topics = users(300);
    to.subscribe(topics.clone()).await.unwrap();
    heard(&from, &mut ear, &topics, "before").await;
    for n in 0..2 {
        cluster.node_mut(n).kill().unwrap();
        ear.lost().await;
        let late = rooms(30);
        // The subscription is remembered even if the call fails.
        let _ = to.subscribe(late.clone()).await;
        cluster.node_mut(n).restart().unwrap();
        cluster.wait().unwrap();
        ear.interrupted().await;
        eventually(async || from.publish(vec![publication(&topics, "again")]).await).await;
        heard(&from, &mut ear, &topics, &format!("after {n}")).await;
        heard(&from, &mut ear, &late, &format!("late {n}")).await;
        to.unsubscribe(late).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_still_is_noticed() {
    let cluster = RedisCluster::start(3).unwrap();
    let (from, to) = (broker(&cluster.url()), broker(&cluster.url()));
    let mut ear = Ear::new(&to);
    let topics = users(50);
    to.subscribe(topics.clone()).await.unwrap();
    heard(&from, &mut ear, &topics, "before").await;
    cluster.nodes()[2].pause().unwrap();
    ear.lost().await;
    cluster.nodes()[2].resume().unwrap();
    cluster.wait().unwrap();
    ear.interrupted().await;
    eventually(async || from.publish(vec![publication(&topics, "again")]).await).await;
    heard(&from, &mut ear, &topics, "after").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_follow_a_slot_that_moves() {
    let cluster = RedisCluster::start(3).unwrap();
    let (from, to) = (broker(&cluster.url()), broker(&cluster.url()));
    let mut ear = Ear::new(&to);
    let topics = users(100);
    to.subscribe(topics.clone()).await.unwrap();
    heard(&from, &mut ear, &topics, "before").await;
    let slot = slot_of(&cluster, &topics[0].to_string());
    let owner = usize::from(slot) * 3 / 16_384;
    for step in [1, 2] {
        cluster.move_slot(slot, (owner + step) % 3).unwrap();
        ear.lost().await;
        ear.interrupted().await;
        heard(&from, &mut ear, &topics, &format!("after {step}")).await;
    }
}

/// Commands follow `MOVED` redirects.
#[tokio::test(flavor = "multi_thread")]
async fn commands_follow_a_slot_that_moves() {
    let cluster = RedisCluster::start(3).unwrap();
    let redis = Redis::open(&cluster.url(), alert()).unwrap();
    redis.ping().await.unwrap();
    let limits = redis.limits();
    let quota = Quota::new(1, 0.001);
    for n in 0..6 {
        let key = RateKey {
            user_id: UserId::new(format!("user-{n}")).unwrap(),
            room_id: None,
            class: "send",
        };
        let slot = slot_of(&cluster, &format!("chat:l:4:send:6:user-{n}"));
        cluster.move_slot(slot, n % 3).unwrap();
        let first = limits.check(&key, &quota).await.unwrap();
        assert_eq!(first, RateDecision::Allowed);
        let second = limits.check(&key, &quota).await.unwrap();
        assert!(matches!(second, RateDecision::Limited(_)));
    }
}

/// Commands follow `ASK` redirects while a slot migrates.
#[tokio::test(flavor = "multi_thread")]
async fn commands_follow_a_slot_that_is_moving() {
    let cluster = RedisCluster::start(3).unwrap();
    let redis = Redis::open(&cluster.url(), alert()).unwrap();
    let limits = redis.limits();
    let slot = slot_of(&cluster, "chat:l:4:send:5:alice");
    let nodes = cluster.nodes();
    let ids: Vec<String> = nodes
        .iter()
        .map(|node| node.call(&["CLUSTER", "MYID"]).unwrap())
        .collect();
    let from = usize::from(slot) * 3 / 16_384;
    let to = (from + 1) % 3;
    let slot = slot.to_string();
    nodes[to]
        .call(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &ids[from]])
        .unwrap();
    nodes[from]
        .call(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &ids[to]])
        .unwrap();
    let key = RateKey {
        user_id: UserId::new("alice").unwrap(),
        room_id: None,
        class: "send",
    };
    let quota = Quota::new(2, 0.001);
    for _ in 0..2 {
        let allowed = limits.check(&key, &quota).await.unwrap();
        assert_eq!(allowed, RateDecision::Allowed);
    }
    assert!(matches!(
        limits.check(&key, &quota).await.unwrap(),
        RateDecision::Limited(_)
    ));
    assert_eq!(nodes[to].call(&["DBSIZE"]).unwrap(), "1");
    assert_eq!(nodes[from].call(&["DBSIZE"]).unwrap(), "0");
}

/// The leases on a dead server are lost, and the next refresh restores them.
#[tokio::test(flavor = "multi_thread")]
async fn presence_comes_back_after_the_death_of_a_server() {
    const TTL: Duration = Duration::from_secs(600);
    let mut cluster = RedisCluster::start(3).unwrap();
    let redis = Redis::open(&cluster.url(), alert()).unwrap();
    let presence = redis.presence();
    let node_id = NodeId::random();
    let leases: Vec<Lease> = (0..200)
        .map(|n| Lease {
            user_id: UserId::new(format!("user-{n}")).unwrap(),
            connection_id: ConnectionId::random(),
            node_id,
        })
        .collect();
    let now = Timestamp::from_millis(1_000);
    let came = presence.refresh(&leases, TTL, now).await.unwrap();
    assert_eq!(came.len(), 200);
    cluster.node_mut(1).kill().unwrap();
    // Some parts fail, and no user came online in the others.
    let failed = presence.refresh(&leases, TTL, now).await;
    assert!(failed.is_err(), "{failed:?}");
    cluster.node_mut(1).restart().unwrap();
    cluster.wait().unwrap();
    let came = eventually(async || presence.refresh(&leases, TTL, now).await).await;
    assert!(came.len() > 30 && came.len() < 170, "{} of 200", came.len());
    let users: Vec<UserId> = leases.iter().map(|lease| lease.user_id.clone()).collect();
    let known = presence.presence(&users).await.unwrap();
    assert!(known.iter().all(|presence| presence.online));
}

fn slot_of(cluster: &RedisCluster, key: &str) -> u16 {
    let slot = cluster.nodes()[0]
        .call(&["CLUSTER", "KEYSLOT", key])
        .unwrap();
    slot.parse().unwrap()
}
