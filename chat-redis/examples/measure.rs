//! Measures the cost of users, rate keys and publications on a separate server:
//! `cargo run --release -p chat-redis --example measure`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
#![allow(clippy::cast_precision_loss, reason = "figures for people")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chat_core::backend::{
    Arrival, Broker, Lease, PresenceStore, Publication, Quota, RateKey, RateLimiter, Topic,
};
use chat_core::{Clock, ConnectionId, NodeId, SystemClock, UserId};
use chat_redis::{Options, Redis};
use chat_testbed::RedisServer;
use futures::StreamExt;
use futures::future::join_all;

const USERS: usize = 200_000;
const LONG: Duration = Duration::from_secs(3600);

#[tokio::main]
async fn main() {
    let server = RedisServer::start().unwrap();
    let redis = Redis::open(&server.url(), Options::default()).unwrap();
    redis.ping().await.unwrap();
    presence(&server, &redis).await;
    limits(&server, &redis).await;
    publish(&server).await;
}

async fn presence(server: &RedisServer, redis: &Redis) {
    let (presence, now) = (redis.presence(), SystemClock.now());
    let node_id = NodeId::random();
    // Ids with the length of a UUID without hyphens.
    let leases: Vec<Lease> = (0..USERS)
        .map(|n| Lease {
            user_id: UserId::new(format!("{n:032x}")).unwrap(),
            connection_id: ConnectionId::random(),
            node_id,
        })
        .collect();
    let empty = memory(server);
    for batch in leases.chunks(500) {
        presence.refresh(batch, LONG, now).await.unwrap();
    }
    let online = memory(server);
    println!(
        "an online user with an id of 32 bytes: {:.0} bytes",
        per(USERS, empty, online)
    );
    let start = Instant::now();
    for batch in leases.chunks(500) {
        presence.refresh(batch, LONG, now).await.unwrap();
    }
    println!(
        "refresh, batches of 500: {:.0} leases/s",
        rate(USERS, start)
    );
    let start = Instant::now();
    let calls = 200;
    for n in 0..calls {
        let users: Vec<UserId> = leases[n * 100..][..100]
            .iter()
            .map(|lease| lease.user_id.clone())
            .collect();
        presence.presence(&users).await.unwrap();
    }
    println!("presence of 100 users: {:.2} ms", millis(calls, start));
    let start = Instant::now();
    for _ in 0..calls {
        presence.expired(200, now).await.unwrap();
    }
    println!("expired, without results: {:.2} ms", millis(calls, start));
    for batch in leases.chunks(1_000) {
        let released = batch.iter().map(|lease| presence.release(lease, now));
        join_all(released)
            .await
            .into_iter()
            .for_each(|r| assert!(r.unwrap()));
    }
    println!(
        "an offline user: {:.0} bytes",
        per(USERS, empty, memory(server))
    );
}

async fn limits(server: &RedisServer, redis: &Redis) {
    let limits = redis.limits();
    let quota = Quota::new(20, 0.001);
    let before = memory(server);
    let keys: Vec<RateKey> = (0..100_000)
        .map(|n| RateKey {
            user_id: UserId::new(format!("{n:032x}")).unwrap(),
            room_id: None,
            class: "send",
        })
        .collect();
    let start = Instant::now();
    for batch in keys.chunks(100) {
        let checks = batch.iter().map(|key| limits.check(key, &quota));
        join_all(checks)
            .await
            .into_iter()
            .for_each(|checked| assert!(checked.is_ok()));
    }
    println!("check, 100 concurrent: {:.0}/s", rate(keys.len(), start));
    println!(
        "a rate key: {:.0} bytes",
        per(keys.len(), before, memory(server))
    );
    let start = Instant::now();
    for key in &keys[..2_000] {
        limits.check(key, &quota).await.unwrap();
    }
    println!("check, one by one: {:.3} ms", millis(2_000, start));
}

async fn publish(server: &RedisServer) {
    let broker = || {
        let redis = Redis::open(&server.url(), Options::default()).unwrap();
        redis.broker().unwrap()
    };
    let (from, to) = (broker(), broker());
    let topics: Vec<Topic> = (0..1_000)
        .map(|n| Topic::User(format!("user-{n}").parse().unwrap()))
        .collect();
    to.subscribe(topics.clone()).await.unwrap();
    let mut arrivals = to.arrivals();
    let payload = Bytes::from(vec![b'x'; 200]);
    for (name, count) in [("1 topic", 1), ("100 topics", 100), ("1,000 topics", 1_000)] {
        let rounds = 300;
        let mut took: Vec<Duration> = Vec::new();
        for _ in 0..rounds {
            let start = Instant::now();
            from.publish(vec![Publication {
                topics: topics[..count].into(),
                payload: payload.clone(),
            }])
            .await
            .unwrap();
            for _ in 0..count {
                let arrival = arrivals.next().await;
                assert!(
                    matches!(arrival, Some(Arrival::Payload { .. })),
                    "{arrival:?}"
                );
            }
            took.push(start.elapsed());
        }
        took.sort_unstable();
        let at = |part: usize| took[rounds * part / 100].as_secs_f64() * 1e3;
        println!(
            "to {name} of 200 bytes, all arrived: p50 {:.2} ms, p99 {:.2} ms",
            at(50),
            at(99)
        );
    }
    let from = Arc::new(from);
    for senders in [1, 32, 256] {
        let each = 64_000 / senders;
        let start = Instant::now();
        let tasks = (0..senders).map(|n| {
            let (from, payload) = (Arc::clone(&from), payload.clone());
            let topic: Arc<[Topic]> = [topics[n].clone()].into();
            tokio::spawn(async move {
                for _ in 0..each {
                    let (topics, payload) = (topic.clone(), payload.clone());
                    from.publish(vec![Publication { topics, payload }])
                        .await
                        .unwrap();
                }
            })
        });
        let reading = async {
            for _ in 0..each * senders {
                arrivals.next().await.unwrap();
            }
        };
        let (sent, ()) = tokio::join!(join_all(tasks), reading);
        assert!(sent.iter().all(Result::is_ok));
        println!(
            "{senders} senders: {:.0} publications/s",
            rate(each * senders, start)
        );
    }
}

fn memory(server: &RedisServer) -> usize {
    let info = server.call(&["INFO", "memory"]).unwrap();
    let line = info
        .lines()
        .find_map(|line| line.strip_prefix("used_memory:"));
    line.unwrap().trim().parse().unwrap()
}

fn per(count: usize, before: usize, after: usize) -> f64 {
    (after as f64 - before as f64) / count as f64
}

fn rate(count: usize, start: Instant) -> f64 {
    count as f64 / start.elapsed().as_secs_f64()
}

fn millis(count: usize, start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3 / count as f64
}
