use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Result, RoomId, UserId};

/// How often something may be done: `burst` at once, then `per_second` steadily.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// How many at once, at least 1.
    pub burst: u32,
    /// How many a second in the long run; more than 0.
    pub per_second: f64,
}

impl Quota {
    /// A quota of `burst` at once and `per_second` steadily.
    #[must_use]
    pub const fn new(burst: u32, per_second: f64) -> Self {
        Self { burst, per_second }
    }

    /// The time one permit takes to come back.
    #[must_use]
    pub fn interval(&self) -> Duration {
        Duration::try_from_secs_f64(1.0 / self.per_second).unwrap_or(Duration::MAX / 4)
    }
}

/// Whose quota, for what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RateKey {
    /// The user.
    pub user_id: UserId,
    /// The room, where the quota is one per room (slow mode); else `None`.
    pub room_id: Option<RoomId>,
    /// The class of commands, such as `send`.
    pub class: &'static str,
}

/// Whether it may be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateDecision {
    /// Yes.
    Allowed,
    /// Not before this time has passed.
    Limited(Duration),
}

/// Counts what a user does, over as many nodes as it can.
///
/// # Contract
/// 1. For each key, [`gcra`] holds: at most `burst` at once and `per_second` in the long run.
/// 2. A refused request costs nothing: the state stays as it was.
/// 3. Keys do not influence each other.
/// 4. A key that is not used for as long as its burst takes to come back costs no memory for long.
/// 5. An error means "not known"; the engine then allows.
#[async_trait]
pub trait RateLimiter: fmt::Debug + Send + Sync + 'static {
    /// Takes one permit, if there is one.
    async fn check(&self, key: &RateKey, quota: &Quota) -> Result<RateDecision>;
}

store!(RateLimiter {
    async fn check(&self, key: &RateKey, quota: &Quota) -> Result<RateDecision>;
});

/// The generic cell rate algorithm (ATM Forum, Traffic Management 4.0, 1996) in its virtual
/// scheduling form: `tat` is the theoretical arrival time of the next request, both times since any
/// common start. Gives the decision and the new `tat`.
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
