use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::shards::Shards;
use crate::Result;
use crate::backend::{Quota, RateDecision, RateKey, RateLimiter, gcra};
use crate::random::HashMap;

/// The interval at which a check sweeps one shard; all of them take 16 seconds.
const SWEEP_EVERY_MS: u64 = 250;

const PARTS: u64 = Shards::<()>::COUNT;

/// An in-memory [`RateLimiter`]. Clones share their data. It uses the clock of [`tokio::time`],
/// which tests can pause.
///
/// Keys with a full burst are removed within about 16 seconds while checks of any key continue.
///
/// ```
/// use chat_core::backend::{Quota, RateDecision, RateKey, RateLimiter};
/// use chat_core::memory::MemoryLimits;
/// use chat_core::UserId;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let limits = MemoryLimits::new();
/// let key = RateKey { user_id: UserId::new("alice")?, room_id: None, class: "send" };
/// let quota = Quota::new(1, 1.0);
/// assert_eq!(limits.check(&key, &quota).await?, RateDecision::Allowed);
/// assert!(matches!(limits.check(&key, &quota).await?, RateDecision::Limited(_)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MemoryLimits(Arc<Inner>);

struct Inner {
    /// The origin of all times.
    start: Instant,
    /// The theoretical arrival time of each key's next request.
    shards: Shards<Mutex<HashMap<RateKey, Duration>>>,
    /// The time of the next sweep in steps of [`SWEEP_EVERY_MS`]. It also selects the shard.
    next_sweep: AtomicU64,
}

impl MemoryLimits {
    /// Creates a limiter without keys.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Inner {
            start: Instant::now(),
            shards: Shards::default(),
            next_sweep: AtomicU64::new(1),
        }))
    }

    /// Removes the idle keys of one shard, if a sweep is due.
    fn sweep(&self, now: Duration) {
        let step = u64::try_from(now.as_millis()).unwrap_or(u64::MAX) / SWEEP_EVERY_MS;
        let due = self.0.next_sweep.load(Ordering::Relaxed);
        if step < due {
            return;
        }
        // After a long pause, one round of all shards is enough.
        let next = (due + 1).max((step + 1).saturating_sub(PARTS));
        let swap =
            self.0
                .next_sweep
                .compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed);
        if swap.is_err() {
            return;
        }
        let mut shard = self.0.shards.at(due).lock();
        shard.retain(|_, tat| *tat > now);
        let spacious = shard.capacity() > 64 && shard.capacity() / 4 > shard.len();
        if spacious {
            shard.shrink_to_fit();
        }
    }

    #[cfg(test)]
    fn keys(&self) -> usize {
        self.0.shards.iter().map(|s| s.lock().len()).sum()
    }
}

impl Default for MemoryLimits {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLimits").finish_non_exhaustive()
    }
}

#[async_trait]
impl RateLimiter for MemoryLimits {
    async fn check(&self, key: &RateKey, quota: &Quota) -> Result<RateDecision> {
        let now = self.0.start.elapsed();
        let decision = {
            let mut shard = self.0.shards.of(key).lock();
            match shard.get_mut(key) {
                Some(tat) => {
                    let (decision, next) = gcra(*tat, now, quota);
                    *tat = next;
                    decision
                }
                None => {
                    let (decision, next) = gcra(Duration::ZERO, now, quota);
                    shard.insert(key.clone(), next);
                    decision
                }
            }
        };
        self.sweep(now);
        Ok(decision)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::UserId;

    fn key(n: u32) -> RateKey {
        RateKey {
            user_id: UserId::new(format!("user-{n}")).unwrap(),
            room_id: None,
            class: "send",
        }
    }

    #[tokio::test(start_paused = true)]
    async fn idle_keys_are_forgotten_and_busy_ones_are_not() {
        let limits = MemoryLimits::new();
        let quick = Quota::new(1, 1.0);
        let slow = Quota::new(1, 0.001);
        for n in 0..1000 {
            limits.check(&key(n), &quick).await.unwrap();
        }
        limits.check(&key(5000), &slow).await.unwrap();
        assert_eq!(limits.keys(), 1001);
        // Checks of any key sweep all shards in turn.
        for _ in 0..80 {
            tokio::time::advance(Duration::from_millis(SWEEP_EVERY_MS)).await;
            limits.check(&key(5000), &slow).await.unwrap();
        }
        assert_eq!(limits.keys(), 1);
        let decision = limits.check(&key(5000), &slow).await.unwrap();
        assert!(matches!(decision, RateDecision::Limited(_)), "{decision:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_long_silence_one_round_is_enough() {
        let limits = MemoryLimits::new();
        let quota = Quota::new(1, 1.0);
        for n in 0..1000 {
            limits.check(&key(n), &quota).await.unwrap();
        }
        tokio::time::advance(Duration::from_secs(100_000)).await;
        for _ in 0..=PARTS {
            limits.check(&key(5000), &quota).await.unwrap();
        }
        assert_eq!(limits.keys(), 1);
        let step = 100_000_000 / SWEEP_EVERY_MS;
        assert_eq!(limits.0.next_sweep.load(Ordering::Relaxed), step + 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_permit_comes_back_with_time() {
        let limits = MemoryLimits::new();
        let quota = Quota::new(2, 1.0);
        let check = async || limits.check(&key(0), &quota).await.unwrap();
        assert_eq!(check().await, RateDecision::Allowed);
        assert_eq!(check().await, RateDecision::Allowed);
        let RateDecision::Limited(wait) = check().await else {
            panic!("a third at once");
        };
        tokio::time::advance(wait).await;
        assert_eq!(check().await, RateDecision::Allowed);
        assert!(matches!(check().await, RateDecision::Limited(_)));
    }
}
