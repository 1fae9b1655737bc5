use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chat_core::Result;
use chat_core::backend::{Quota, RateDecision, RateKey, RateLimiter, gcra};
use chat_core::testing::Cluster;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::{mutants, pause};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    None,
    OneTooMany,
    CountsApart,
    ReadsThenWrites,
    GivesNothingBack,
    GivesTooMuchBack,
    SaysTooLittle,
    ChargesRefusals,
    JoinsKeys,
    IgnoresClasses,
}

#[derive(Debug, Clone)]
struct Limiter {
    bug: Bug,
    start: Instant,
    known: Arc<Mutex<HashMap<String, Duration>>>,
}

async fn limiter(nodes: usize, bug: Bug) -> Cluster<dyn RateLimiter> {
    let shared = Limiter {
        bug,
        start: Instant::now(),
        known: Arc::default(),
    };
    let handle = |_| {
        let mut handle = shared.clone();
        if bug == Bug::CountsApart {
            handle.known = Arc::default();
        }
        Arc::new(handle) as _
    };
    Cluster::new((0..nodes).map(handle).collect()).with_patience(Duration::from_secs(2))
}

#[async_trait]
impl RateLimiter for Limiter {
    async fn check(&self, key: &RateKey, quota: &Quota) -> Result<RateDecision> {
        let (user, class) = (&key.user_id, key.class);
        let name = match self.bug {
            Bug::JoinsKeys => format!("{user}:{class}"),
            Bug::IgnoresClasses => user.to_string(),
            _ => format!("{user:?} {class:?}"),
        };
        let (mut quota, mut now) = (*quota, self.start.elapsed());
        match self.bug {
            Bug::OneTooMany => quota.burst += 1,
            Bug::GivesNothingBack => now = Duration::ZERO,
            Bug::GivesTooMuchBack => now *= 3,
            _ => {}
        }
        let read = self.known.lock().get(&name).copied();
        if self.bug == Bug::ReadsThenWrites {
            pause().await;
        }
        let mut known = self.known.lock();
        let read = match self.bug {
            Bug::ReadsThenWrites => read,
            _ => known.get(&name).copied(),
        };
        let (mut decision, mut next) = gcra(read.unwrap_or_default(), now, &quota);
        if let RateDecision::Limited(wait) = &mut decision {
            match self.bug {
                Bug::SaysTooLittle => *wait /= 2,
                Bug::ChargesRefusals => next += quota.interval(),
                _ => {}
            }
        }
        known.insert(name, next);
        Ok(decision)
    }
}

mod right {
    use super::{Bug, limiter};

    chat_core::rate_limiter_suite!(|nodes| limiter(nodes, Bug::None));
}

/// What counts on each node alone is a cluster of one handle.
mod alone {
    use super::{Bug, limiter};

    chat_core::rate_limiter_suite!(|_| limiter(1, Bug::CountsApart));
}

mutants! {
    limits, limiter;
    allows_one_more: Bug::OneTooMany,
        "a_burst_is_what_the_quota_says", "RateLimiter contract 1 (rate)";
    counts_each_handle_apart: Bug::CountsApart,
        "a_burst_at_once_is_shared_by_all_handles", "RateLimiter contract 1 (rate)";
    reads_before_it_writes: Bug::ReadsThenWrites,
        "a_burst_at_once_is_shared_by_all_handles", "RateLimiter contract 1 (rate)";
    gives_nothing_back: Bug::GivesNothingBack,
        "permits_come_back_at_the_rate", "RateLimiter contract 1 (rate)";
    gives_too_much_back: Bug::GivesTooMuchBack,
        "permits_come_back_at_the_rate", "RateLimiter contract 1 (rate)";
    says_too_little: Bug::SaysTooLittle,
        "a_refusal_says_how_long_to_wait", "RateLimiter contract 1 (rate)";
    charges_refusals: Bug::ChargesRefusals,
        "refusals_cost_nothing", "RateLimiter contract 2 (refusals cost nothing)";
    takes_classes_for_the_same: Bug::IgnoresClasses,
        "classes_do_not_influence_each_other", "RateLimiter contract 3 (keys are independent)";
    joins_user_and_class: Bug::JoinsKeys,
        "classes_do_not_influence_each_other", "RateLimiter contract 3 (keys are independent)";
}

/// Whoever differs only in case shares one key.
#[derive(Debug)]
struct WithoutCase(Limiter);

#[async_trait]
impl RateLimiter for WithoutCase {
    async fn check(&self, key: &RateKey, quota: &Quota) -> Result<RateDecision> {
        let lower = key.user_id.as_str().to_lowercase();
        let key = RateKey {
            user_id: chat_core::UserId::new(lower).unwrap_or_else(|_| key.user_id.clone()),
            class: key.class,
        };
        self.0.check(&key, quota).await
    }
}

async fn without_case(_: usize, bug: Bug) -> Cluster<dyn RateLimiter> {
    let inner = Limiter {
        bug,
        start: Instant::now(),
        known: Arc::default(),
    };
    Cluster::new(vec![Arc::new(WithoutCase(inner))])
}

mutants! {
    limits, without_case;
    takes_upper_for_lower_case: Bug::None,
        "users_do_not_influence_each_other", "RateLimiter contract 3 (keys are independent)";
}
