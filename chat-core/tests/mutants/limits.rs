use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chat_core::backend::{Quota, RateDecision, RateKey, RateLimiter, gcra};
use chat_core::testing::Cluster;
use chat_core::{Result, RoomId};
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::{PATIENCE, mutants, pause};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    None,
    OneMore,
    CountsApart,
    ReadsThenWrites,
    ComesBackTwiceAsFast,
    NeverComesBack,
    PromisesTooMuch,
    RefusalsCost,
    IgnoresCase,
    IgnoresClass,
    IgnoresRoom,
    JoinsKeys,
}

/// The rate limiting algorithm over a map, with one bug.
#[derive(Debug)]
struct Wrong {
    bug: Bug,
    start: Instant,
    arrivals: Arc<Mutex<HashMap<String, Duration>>>,
}

async fn wrong(nodes: usize, bug: Bug) -> Cluster<dyn RateLimiter> {
    let shared = Arc::default();
    let node = |_| {
        let arrivals = match bug {
            Bug::CountsApart => Arc::default(),
            _ => Arc::clone(&shared),
        };
        let start = Instant::now();
        Arc::new(Wrong {
            bug,
            start,
            arrivals,
        }) as _
    };
    let cluster = Cluster::new((0..nodes).map(node).collect());
    match bug {
        Bug::None => cluster,
        _ => cluster.with_patience(PATIENCE),
    }
}

#[async_trait]
impl RateLimiter for Wrong {
    async fn check(&self, key: &RateKey, quota: &Quota) -> Result<RateDecision> {
        let (bug, user) = (self.bug, key.user_id.as_str());
        let room = key.room_id.as_ref().map_or("", RoomId::as_str);
        let key = match bug {
            Bug::IgnoresCase => format!("{}\n{room}\n{}", user.to_lowercase(), key.class),
            Bug::IgnoresClass => format!("{user}\n{room}"),
            Bug::IgnoresRoom => format!("{user}\n{}", key.class),
            Bug::JoinsKeys if room.is_empty() => format!("{user}:{}", key.class),
            Bug::JoinsKeys => format!("{user}:{room}:{}", key.class),
            _ => format!("{user}\n{room}\n{}", key.class),
        };
        let mut quota = *quota;
        match bug {
            Bug::OneMore => quota.burst += 1,
            Bug::ComesBackTwiceAsFast => quota.per_second *= 2.0,
            Bug::NeverComesBack => quota.per_second = 1e-5,
            _ => {}
        }
        let read = self.arrivals.lock().get(&key).copied();
        if bug == Bug::ReadsThenWrites {
            pause().await;
        }
        let mut arrivals = self.arrivals.lock();
        let at = arrivals.entry(key).or_default();
        if bug == Bug::ReadsThenWrites {
            *at = read.unwrap_or_default();
        }
        let (decision, next) = gcra(*at, self.start.elapsed(), &quota);
        *at = next;
        Ok(match (bug, decision) {
            (Bug::PromisesTooMuch, RateDecision::Limited(wait)) => RateDecision::Limited(wait / 2),
            (Bug::RefusalsCost, RateDecision::Limited(_)) => {
                *at += quota.interval();
                decision
            }
            _ => decision,
        })
    }
}

/// Without a bug the algorithm passes, so each mutant fails because of its bug.
mod right {
    use super::{Bug, wrong};

    chat_core::rate_limiter_suite!(|nodes| wrong(nodes, Bug::None));
}

/// Handles that count separately are checked as clusters of one.
mod apart {
    use super::{Bug, wrong};

    chat_core::rate_limiter_suite!(|_| wrong(1, Bug::CountsApart));
}

mutants! {
    limits;
    wrong {
        allows_one_more: Bug::OneMore,
            "a_burst_is_what_the_quota_says", "RateLimiter contract 1 (rate)";
        counts_apart: Bug::CountsApart,
            "a_burst_at_once_is_shared_by_all_handles", "RateLimiter contract 1 (rate)";
        reads_before_it_writes: Bug::ReadsThenWrites,
            "a_burst_at_once_is_shared_by_all_handles", "RateLimiter contract 1 (rate)";
        gives_permits_back_too_fast: Bug::ComesBackTwiceAsFast,
            "permits_come_back_at_the_rate", "RateLimiter contract 1 (rate)";
        never_gives_permits_back: Bug::NeverComesBack,
            "permits_come_back_at_the_rate", "RateLimiter contract 1 (rate)";
        promises_too_much: Bug::PromisesTooMuch,
            "a_refusal_says_how_long_to_wait", "RateLimiter contract 1 (rate)";
        lets_refusals_cost: Bug::RefusalsCost,
            "refusals_cost_nothing", "RateLimiter contract 2 (refusals cost nothing)";
        ignores_case: Bug::IgnoresCase,
            "users_do_not_influence_each_other", "RateLimiter contract 3 (keys are independent)";
        ignores_the_class: Bug::IgnoresClass,
            "classes_do_not_influence_each_other", "RateLimiter contract 3 (keys are independent)";
        ignores_the_room: Bug::IgnoresRoom,
            "rooms_do_not_influence_each_other", "RateLimiter contract 3 (keys are independent)";
        joins_user_and_class: Bug::JoinsKeys,
            "classes_do_not_influence_each_other", "RateLimiter contract 3 (keys are independent)";
    }
}
