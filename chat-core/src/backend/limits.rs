use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Result, RoomId, UserId};

/// A rate limit: `burst` requests at once, then `per_second` steadily.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// The number of requests allowed at once. At least 1.
    pub burst: u32,
    /// The number of requests per second in the long run. Greater than 0.
    pub per_second: f64,
}

impl Quota {
    /// Creates a quota of `burst` at once and `per_second` steadily.
    #[must_use]
    pub const fn new(burst: u32, per_second: f64) -> Self {
        Self { burst, per_second }
    }

    /// Returns the time in which one permit is replenished.
    #[must_use]
    pub fn interval(&self) -> Duration {
        Duration::try_from_secs_f64(1.0 / self.per_second).unwrap_or(Duration::MAX / 4)
    }
}

/// The key of a quota.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RateKey {
    /// The user.
    pub user_id: UserId,
    /// The room, for a quota per room (slow mode).
    pub room_id: Option<RoomId>,
    /// The class of commands, for example `send`.
    pub class: &'static str,
}

/// The decision of a rate limiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateDecision {
    /// The request is allowed.
    Allowed,
    /// The request is refused; retry after this time.
    Limited(Duration),
}

/// A rate limiter, shared by the nodes where the implementation allows.
///
/// # Contract
/// 1. Each key follows [`gcra`]: at most `burst` at once and `per_second` in the long run.
/// 2. A refused request takes no permit and leaves the state unchanged.
/// 3. Keys are independent of each other.
/// 4. The memory of a key is freed soon after its burst is fully replenished.
/// 5. An error means that the decision is unknown. The engine then allows the request.
#[async_trait]
pub trait RateLimiter: fmt::Debug + Send + Sync + 'static {
    /// Takes one permit if one is available.
    async fn check(&self, key: &RateKey, quota: &Quota) -> Result<RateDecision>;
}

store!(RateLimiter {
    async fn check(&self, key: &RateKey, quota: &Quota) -> Result<RateDecision>;
});

/// Applies the generic cell rate algorithm (ATM Forum, Traffic Management 4.0, 1996) in its virtual
/// scheduling form. Returns the decision and the new `tat`.
///
/// `tat` is the theoretical arrival time of the next request. `tat` and `now` are measured from the
/// same arbitrary start.
///
/// ```
/// use chat_core::backend::{Quota, RateDecision, gcra};
/// use std::time::Duration;
///
/// let quota = Quota::new(1, 2.0);
/// let now = Duration::from_secs(10);
/// let (first, tat) = gcra(Duration::ZERO, now, &quota);
/// assert_eq!(first, RateDecision::Allowed);
/// let (second, same) = gcra(tat, now, &quota);
/// assert_eq!(second, RateDecision::Limited(Duration::from_millis(500)));
/// assert_eq!(same, tat);
/// ```
#[must_use]
pub fn gcra(tat: Duration, now: Duration, quota: &Quota) -> (RateDecision, Duration) {
    let interval = quota.interval();
    let tolerance = interval.saturating_mul(quota.burst.saturating_sub(1));
    let allow_at = tat.saturating_sub(tolerance);
    if now < allow_at {
        return (RateDecision::Limited(allow_at - now), tat);
    }
    (RateDecision::Allowed, tat.max(now).saturating_add(interval))
}
