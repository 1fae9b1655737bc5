use super::KEYS;
use super::rate::{GLACIAL, check, key};
use crate::backend::{Quota, RateKey, RateLimiter};
use crate::testing::Cluster;
use crate::testing::check::ensure;
use crate::testing::ids::{hostile_ids, room};

pub(super) async fn users_do_not_influence_each_other(cluster: Cluster<dyn RateLimiter>) {
    let quota = Quota::new(2, GLACIAL);
    for round in 0..3 {
        for (n, id) in hostile_ids().iter().enumerate() {
            let wait = check(&*cluster.node(n), &key(id, "send"), &quota, KEYS).await;
            ensure!(
                KEYS,
                wait.is_some() == (round == 2),
                "{id:?} shares a quota with another user: request {round} of a burst of 2 got \
                 {wait:?}"
            );
        }
    }
}

pub(super) async fn classes_do_not_influence_each_other(cluster: Cluster<dyn RateLimiter>) {
    let quota = Quota::new(1, GLACIAL);
    let keys = [
        ("a", "b:c"),
        ("a:b", "c"),
        ("a", "send"),
        ("a", "join"),
        ("a:send", "join"),
        ("send", "a"),
        ("a", "b.c"),
        ("a.b", "c"),
        ("a", "bc"),
        ("ab", "c"),
    ];
    for round in 0..2 {
        for (n, (id, class)) in keys.into_iter().enumerate() {
            let wait = check(&*cluster.node(n), &key(id, class), &quota, KEYS).await;
            ensure!(
                KEYS,
                wait.is_some() == (round == 1),
                "{class:?} of {id:?} shares a quota with another key: request {round} of a burst \
                 of 1 got {wait:?}"
            );
        }
    }
    // The same key may be checked with another quota, for example after a configuration change.
    let wider = Quota::new(50, 1000.0);
    let wait = check(&*cluster.node(0), &key("z", "send"), &wider, KEYS).await;
    ensure!(
        KEYS,
        wait.is_none(),
        "a fresh key with a large quota got {wait:?}"
    );
}

pub(super) async fn rooms_do_not_influence_each_other(cluster: Cluster<dyn RateLimiter>) {
    let quota = Quota::new(1, GLACIAL);
    let mut keys = vec![key("a", "send"), key("a:b", "send"), key("b", "send")];
    for id in ["a", "b", "a:b", "send", "b:send"] {
        for user in ["a", "a:b"] {
            keys.push(RateKey {
                room_id: Some(room(id)),
                ..key(user, "send")
            });
        }
    }
    for round in 0..2 {
        for (n, key) in keys.iter().enumerate() {
            let wait = check(&*cluster.node(n), key, &quota, KEYS).await;
            ensure!(
                KEYS,
                wait.is_some() == (round == 1),
                "{key:?} shares a quota with another key: request {round} of a burst of 1 got \
                 {wait:?}"
            );
        }
    }
}
