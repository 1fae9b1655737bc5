use std::time::Duration;

use tokio::time::Instant;

use super::{RATE, REFUSED};
use crate::backend::{Quota, RateDecision, RateKey, RateLimiter};
use crate::testing::Cluster;
use crate::testing::check::{Must, Point, ensure};
use crate::testing::ids::user;
use crate::testing::tasks::Tasks;

/// A rate so low that no permit returns during a check.
pub(super) const GLACIAL: f64 = 1e-5;

pub(super) fn key(id: impl AsRef<str>, class: &'static str) -> RateKey {
    RateKey {
        user_id: user(id),
        room_id: None,
        class,
    }
}

/// Returns `None` if the request is allowed, otherwise the time to wait.
pub(super) async fn check(
    limiter: &dyn RateLimiter,
    key: &RateKey,
    quota: &Quota,
    point: Point,
) -> Option<Duration> {
    match limiter.check(key, quota).await.must(point, "check") {
        RateDecision::Allowed => None,
        RateDecision::Limited(wait) => Some(wait),
    }
}

pub(super) async fn a_burst_is_what_the_quota_says(cluster: Cluster<dyn RateLimiter>) {
    for (n, burst) in [1, 2, 7, 100].into_iter().enumerate() {
        let quota = Quota::new(burst, GLACIAL);
        let key = key(format!("user-{n}"), "send");
        for used in 0..burst {
            let wait = check(&*cluster.node(n), &key, &quota, RATE).await;
            ensure!(
                RATE,
                wait.is_none(),
                "after {used} of a burst of {burst}: must wait {wait:?}"
            );
        }
        let wait = check(&*cluster.node(n), &key, &quota, RATE).await;
        ensure!(
            RATE,
            wait.is_some(),
            "a burst of {burst} allowed one more request"
        );
    }
}

pub(super) async fn a_burst_at_once_is_shared_by_all_handles(cluster: Cluster<dyn RateLimiter>) {
    let quota = Quota::new(20, GLACIAL);
    let mut tasks = Tasks::new();
    for n in 0..64 {
        let limiter = cluster.node(n);
        tasks.spawn(async move {
            let key = key("$ne", "send");
            let mut allowed = 0;
            for _ in 0..3 {
                let wait = check(&*limiter, &key, &quota, RATE).await;
                allowed += u32::from(wait.is_none());
            }
            allowed
        });
    }
    let allowed: u32 = tasks.join().await.into_iter().sum();
    ensure!(
        RATE,
        allowed == 20,
        "{} handles allowed {allowed} of 192 concurrent requests, but the burst is 20",
        cluster.nodes().len()
    );
}

/// However slow the machine, no more requests pass than the quota grants in the elapsed time.
pub(super) async fn permits_come_back_at_the_rate(cluster: Cluster<dyn RateLimiter>) {
    let quota = Quota::new(3, 40.0);
    let key = key("a.b", "send");
    let start = Instant::now();
    let mut allowed = 0_u32;
    while allowed < 40 {
        let limiter = cluster.node(allowed as usize);
        match check(&*limiter, &key, &quota, RATE).await {
            None => {
                allowed += 1;
                let most = 1.0 + 3.0 + 40.0 * start.elapsed().as_secs_f64();
                let within = f64::from(allowed) <= most;
                ensure!(
                    RATE,
                    within,
                    "{allowed} were allowed in {:?} with a burst of 3 and a rate of 40/s",
                    start.elapsed()
                );
            }
            Some(wait) => {
                ensure!(
                    RATE,
                    start.elapsed() < cluster.patience(),
                    "only {allowed} were allowed in {:?} with a burst of 3 and a rate of 40/s",
                    start.elapsed()
                );
                // Also ask before the wait is over.
                tokio::time::sleep(wait.min(Duration::from_millis(100)) / 2).await;
            }
        }
    }
}

pub(super) async fn a_refusal_says_how_long_to_wait(cluster: Cluster<dyn RateLimiter>) {
    let quota = Quota::new(2, 4.0);
    let key = key("a", "send");
    for round in 0..3 {
        let limiter = cluster.node(round);
        let start = Instant::now();
        let wait = loop {
            match check(&*limiter, &key, &quota, RATE).await {
                Some(wait) => break wait,
                None => ensure!(
                    RATE,
                    start.elapsed() < cluster.patience(),
                    "a burst of 2 and a rate of 4/s never ran out"
                ),
            }
        };
        ensure!(
            RATE,
            wait > Duration::ZERO && wait <= quota.interval() + Duration::from_millis(1),
            "a permit returns every {:?}, but the refusal says to wait {wait:?}",
            quota.interval()
        );
        tokio::time::sleep(wait + Duration::from_millis(2)).await;
        let again = check(&*limiter, &key, &quota, RATE).await;
        ensure!(
            RATE,
            again.is_none(),
            "after waiting {wait:?} as told, must wait another {again:?}"
        );
    }
}

pub(super) async fn refusals_cost_nothing(cluster: Cluster<dyn RateLimiter>) {
    let quota = Quota::new(5, 2.0);
    let key = key("a", "send");
    let mut last = Duration::MAX;
    for n in 0..300 {
        let Some(wait) = check(&*cluster.node(n), &key, &quota, REFUSED).await else {
            last = Duration::MAX;
            continue;
        };
        ensure!(
            REFUSED,
            wait <= last.saturating_add(Duration::from_millis(1)),
            "consecutive refusals lengthen the wait: first {last:?}, then {wait:?}"
        );
        ensure!(
            REFUSED,
            wait <= quota.interval() + Duration::from_millis(1),
            "a permit returns every {:?}, but after refusals it takes {wait:?}",
            quota.interval()
        );
        last = wait;
    }
}
