//! The conformance suite for [`RateLimiter`].

mod keys;
mod rate;

use super::Point;
use super::check::suite;
use crate::backend::RateLimiter;

const NAME: &str = "RateLimiter";
const RATE: Point = Point::contract(NAME, 1, "rate");
const REFUSED: Point = Point::contract(NAME, 2, "refusals cost nothing");
const KEYS: Point = Point::contract(NAME, 3, "keys are independent");

suite! {
    ($)
    /// Generates one test per check of a rate limiter; see [`testing`](crate::testing). If handles
    /// count separately, build clusters of one handle.
    rate_limiter_suite, limits, dyn RateLimiter;
    rate {
        a_burst_is_what_the_quota_says: RATE,
        a_burst_at_once_is_shared_by_all_handles: RATE,
        permits_come_back_at_the_rate: RATE,
        a_refusal_says_how_long_to_wait: RATE,
        refusals_cost_nothing: REFUSED,
    }
    keys {
        users_do_not_influence_each_other: KEYS,
        classes_do_not_influence_each_other: KEYS,
        rooms_do_not_influence_each_other: KEYS,
    }
}
