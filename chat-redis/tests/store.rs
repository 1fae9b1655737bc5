//! Behaviour of presence and limits beyond their contracts.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use chat_core::backend::{Lease, PresenceStore, Quota, RateDecision, RateKey, RateLimiter};
use chat_core::{Clock, Error, SystemClock, Timestamp, UserId};
use chat_redis::{Options, Redis};
use chat_testbed::RedisServer;

use support::{alert, call_all, eventually, lease};

const LONG: Duration = Duration::from_secs(600);

fn now() -> Timestamp {
    SystemClock.now()
}

fn key(user: &str) -> RateKey {
    RateKey {
        user_id: user.parse().unwrap(),
        room_id: None,
        class: "send",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_forgot_the_scripts_learns_them_again() {
    let mut server = RedisServer::start().unwrap();
    let redis = Redis::open(&server.url(), alert()).unwrap();
    call_all(&redis).await;
    server.call(&["FLUSHALL"]).unwrap();
    server.call(&["SCRIPT", "FLUSH"]).unwrap();
    call_all(&redis).await;
    server.restart().unwrap();
    eventually(async || redis.ping().await).await;
    call_all(&redis).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_user_was_seen_is_forgotten_in_the_end() {
    let server = RedisServer::start().unwrap();
    let options = Options {
        last_seen_retention: Duration::from_millis(300),
        ..Options::default()
    };
    let presence = Redis::open(&server.url(), options).unwrap().presence();
    let (gone, ran_out) = (lease("gone"), lease("ran-out"));
    presence.acquire(&gone, LONG, now()).await.unwrap();
    presence.release(&gone, now()).await.unwrap();
    presence
        .acquire(&ran_out, Duration::from_millis(1), now())
        .await
        .unwrap();
    let told = eventually(async || {
        let told = presence.expired(10, now()).await?;
        told.into_iter()
            .next()
            .ok_or_else(|| Error::invalid("no expired user"))
    });
    assert!(told.await.last_seen_at.is_some());
    eventually(async || match server.call(&["DBSIZE"]).unwrap().as_str() {
        "0" => Ok(()),
        keys => Err(Error::invalid(format!("{keys} keys are left"))),
    })
    .await;
    let users = [gone.user_id, ran_out.user_id];
    for known in presence.presence(&users).await.unwrap() {
        assert!(!known.online && known.last_seen_at.is_none(), "{known:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_keys_go() {
    let server = RedisServer::start().unwrap();
    let limits = Redis::open(&server.url(), Options::default())
        .unwrap()
        .limits();
    for n in 0..20 {
        let quota = Quota::new(5, 50.0);
        let decision = limits.check(&key(&format!("user-{n}")), &quota).await;
        assert_eq!(decision.unwrap(), RateDecision::Allowed);
    }
    eventually(async || match server.call(&["DBSIZE"]).unwrap().as_str() {
        "0" => Ok(()),
        keys => Err(Error::invalid(format!("{keys} keys are left"))),
    })
    .await;
}

/// A failover to a server whose clock is an hour behind.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_clock_that_went_back() {
    let server = RedisServer::start().unwrap();
    let limits = Redis::open(&server.url(), Options::default())
        .unwrap()
        .limits();
    let in_an_hour = now().after(Duration::from_secs(3600)).as_millis() * 1000;
    let set = ["SET", "chat:l:4:send:5:alice", &in_an_hour.to_string()];
    server.call(&set).unwrap();
    let quota = Quota::new(10, 2.0);
    let decision = limits.check(&key("alice"), &quota).await.unwrap();
    let RateDecision::Limited(wait) = decision else {
        panic!("{decision:?}");
    };
    assert!(wait <= quota.interval(), "{wait:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn extreme_quotas_are_counted() {
    let server = RedisServer::start().unwrap();
    let limits = Redis::open(&server.url(), Options::default())
        .unwrap()
        .limits();
    for (n, quota) in [
        Quota::new(1, 1e-300),
        Quota::new(1, 0.0),
        Quota::new(1, f64::NAN),
        Quota::new(0, 1e-9),
        Quota::new(2, 1e-9),
    ]
    .into_iter()
    .enumerate()
    {
        let key = key(&format!("user-{n}"));
        for _ in 0..quota.burst.max(1) {
            let decision = limits.check(&key, &quota).await.unwrap();
            assert_eq!(decision, RateDecision::Allowed, "{quota:?}");
        }
        let decision = limits.check(&key, &quota).await.unwrap();
        assert!(matches!(decision, RateDecision::Limited(_)), "{quota:?}");
    }
    let endless = Quota::new(1, f64::INFINITY);
    for _ in 0..10 {
        let decision = limits.check(&key("endless"), &endless).await.unwrap();
        assert_eq!(decision, RateDecision::Allowed);
    }
}

/// A dead node had more users per part than one script call checks. The users of another node,
/// whose leases were renewed, stay online.
#[tokio::test(flavor = "multi_thread")]
async fn the_users_of_a_dead_node_are_told_of_once() {
    const USERS: usize = 40_000;
    let server = RedisServer::start().unwrap();
    let open = || Redis::open(&server.url(), Options::default()).unwrap();
    let presence = open().presence();
    let leases: Vec<Lease> = (0..USERS).map(|n| lease(&format!("user-{n}"))).collect();
    for batch in leases.chunks(1_000) {
        let came = presence
            .refresh(batch, Duration::from_millis(1), now())
            .await;
        assert_eq!(came.unwrap().len(), batch.len());
    }
    let (dead, living) = leases.split_at(USERS / 2);
    for batch in living.chunks(1_000) {
        let came = presence.refresh(batch, LONG, now()).await;
        assert!(came.unwrap().is_empty(), "their expiry was never reported");
    }
    let mut askers = tokio::task::JoinSet::new();
    for asker in 0..3 {
        let presence = open().presence();
        askers.spawn(async move {
            let limit = 200 + asker;
            let mut told: Vec<UserId> = Vec::new();
            loop {
                let some = presence.expired(limit, now()).await.unwrap();
                assert!(some.len() <= limit);
                let last = some.len() < limit;
                told.extend(some.into_iter().map(|gone| gone.user_id));
                // Like the engine: a page below the limit is the last.
                if last {
                    return told;
                }
            }
        });
    }
    let told = askers.join_all().await.concat();
    assert_eq!(told.len(), USERS / 2);
    let once: BTreeSet<&UserId> = told.iter().collect();
    let want: BTreeSet<&UserId> = dead.iter().map(|lease| &lease.user_id).collect();
    assert_eq!(once, want);
}
