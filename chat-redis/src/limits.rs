use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use chat_core::Result;
use chat_core::backend::{Quota, RateDecision, RateKey, RateLimiter};
use redis::Value;

use crate::Redis;
use crate::error::{unavailable, unexpected};
use crate::script::{Call, Script};

static CHECK: Script = Script::new(include_str!("limits.lua"));

/// The maximum time in a script: about 30 years of microseconds. Twice that plus the current time
/// is still exact in a double.
const LONGEST_US: f64 = 1e15;

/// A [`RateLimiter`] in Redis, shared by all nodes. Clones share their connections.
///
/// A check runs [`gcra`](chat_core::backend::gcra) as a script in one round trip, with the server's
/// clock. A key is a string named `{prefix}l:{length}:{class}:{length}:{user}[:{room}]`, which
/// takes 165 bytes with a user id of 32 bytes (measured). It expires once the full burst is
/// available.
#[derive(Clone)]
pub struct RedisLimits(Redis);

impl RedisLimits {
    pub(crate) const fn new(redis: Redis) -> Self {
        Self(redis)
    }

    fn key(&self, key: &RateKey) -> String {
        let prefix = &self.0.options().prefix;
        let (class, user) = (key.class, key.user_id.as_str());
        let (class_len, user_len) = (class.len(), user.len());
        let mut name = format!("{prefix}l:{class_len}:{class}:{user_len}:{user}");
        if let Some(room) = &key.room_id {
            name.push(':');
            name.push_str(room.as_str());
        }
        name
    }
}

impl fmt::Debug for RedisLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RedisLimits").field(&self.0).finish()
    }
}

#[async_trait]
impl RateLimiter for RedisLimits {
    async fn check(&self, key: &RateKey, quota: &Quota) -> Result<RateDecision> {
        let (interval, tolerance) = micros(quota);
        let call = Call {
            keys: vec![self.key(key)],
            args: [interval, tolerance].map(|us| us.to_string().into()).into(),
        };
        let answer = CHECK.run(self.0.nodes(), &[call]).await.pop();
        let answer = answer.unwrap_or_else(|| Err(unexpected("expected a response")));
        match answer.map_err(|e| unavailable(e, "rate limit"))? {
            Value::Int(0) => Ok(RateDecision::Allowed),
            Value::Int(wait) if wait > 0 => Ok(RateDecision::Limited(Duration::from_micros(
                wait.unsigned_abs(),
            ))),
            _ => Err(unavailable(unexpected("expected a wait"), "rate limit")),
        }
    }
}

/// Returns the interval and the tolerance of a quota in microseconds.
fn micros(quota: &Quota) -> (f64, f64) {
    let interval = quota.interval().as_secs_f64() * 1e6;
    let tolerance = interval * f64::from(quota.burst.saturating_sub(1));
    (interval.min(LONGEST_US), tolerance.min(LONGEST_US))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::Options;
    use proptest::prelude::*;

    fn name(class: &'static str, user: &str, room: Option<&str>) -> String {
        let limits = Redis::open("redis://a", Options::default())
            .unwrap()
            .limits();
        limits.key(&RateKey {
            user_id: user.parse().unwrap(),
            room_id: room.map(|r| r.parse().unwrap()),
            class,
        })
    }

    #[test]
    fn keys_are_as_documented() {
        assert_eq!(name("send", "alice", None), "chat:l:4:send:5:alice");
        assert_eq!(name("send", "a:b", Some("c")), "chat:l:4:send:3:a:b:c");
    }

    proptest! {
        #[test]
        fn different_keys_have_different_names(
            one in ("[a:1]{1,4}", prop::option::of("[a:1]{1,4}")),
            other in ("[a:1]{1,4}", prop::option::of("[a:1]{1,4}")),
            classes in (0_usize..4, 0_usize..4),
        ) {
            const CLASSES: [&str; 4] = ["a", "a:1", "a:1:a", "1:a"];
            let named = |class: usize, key: &(String, Option<String>)| {
                name(CLASSES[class], &key.0, key.1.as_deref())
            };
            let same = classes.0 == classes.1 && one == other;
            prop_assert_eq!(named(classes.0, &one) == named(classes.1, &other), same);
        }
    }

    #[test]
    fn no_quota_is_more_than_a_double_can_count() {
        for quota in [
            Quota::new(u32::MAX, 1e-300),
            Quota::new(1, 0.0),
            Quota::new(5, f64::NAN),
            Quota::new(0, -1.0),
            Quota::new(3, f64::INFINITY),
        ] {
            let (interval, tolerance) = micros(&quota);
            assert!(
                (0.0..=LONGEST_US).contains(&interval),
                "{quota:?}: {interval}"
            );
            assert!(
                (0.0..=LONGEST_US).contains(&tolerance),
                "{quota:?}: {tolerance}"
            );
        }
        assert_eq!(micros(&Quota::new(3, 4.0)), (250_000.0, 500_000.0));
    }
}
