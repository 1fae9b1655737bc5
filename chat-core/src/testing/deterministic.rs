use std::marker::PhantomData;
use std::time::Duration;

use tokio::time::Instant;

use crate::random::seeded::{Seeded, replace};
use crate::{Clock, Timestamp};

/// Seeds everything that the engine randomizes on this thread: ids, jitter, and the iteration order
/// of hash maps created from now on. Dropping the guard restores randomness.
///
/// A run is exactly reproducible on a single-threaded runtime with paused time, a [`PausedClock`]
/// and in-memory backends.
///
/// ```
/// use chat_core::MessageId;
/// use chat_core::testing::deterministic;
///
/// let id = |seed| {
///     let _guard = deterministic(seed);
///     chat_core::ConnectionId::random()
/// };
/// assert_eq!(id(7), id(7));
/// assert_ne!(id(7), id(8));
/// ```
#[must_use]
pub fn deterministic(seed: u64) -> Deterministic {
    let before = replace(Some(Seeded::new(seed)));
    let jitter_before = fastrand::get_seed();
    fastrand::seed(seed);
    Deterministic {
        before,
        jitter_before,
        this_thread: PhantomData,
    }
}

/// A guard that keeps this thread [`deterministic`].
#[derive(Debug)]
pub struct Deterministic {
    before: Option<Seeded>,
    jitter_before: u64,
    this_thread: PhantomData<*const ()>,
}

impl Drop for Deterministic {
    fn drop(&mut self) {
        replace(self.before.take());
        fastrand::seed(self.jitter_before);
    }
}

/// A wall clock driven by tokio's clock, which tests can pause.
#[derive(Debug, Clone, Copy)]
pub struct PausedClock {
    began: Instant,
    at: Timestamp,
}

impl PausedClock {
    /// Creates a clock that currently shows `at`.
    #[must_use]
    pub fn starting(at: Timestamp) -> Self {
        Self {
            began: Instant::now(),
            at,
        }
    }

    /// The time since the clock was created.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        self.at.after(self.elapsed())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::random::HashMap;
    use crate::{Epoch, MessageId};

    fn ids_and_order() -> (Vec<MessageId>, Epoch, Vec<u32>) {
        let map: HashMap<u32, ()> = (0..100).map(|n| (n, ())).collect();
        let ids = (0..3).map(|_| MessageId::random()).collect();
        (ids, Epoch::random(), map.into_keys().collect())
    }

    fn seeded(seed: u64) -> (Vec<MessageId>, Epoch, Vec<u32>) {
        let _guard = deterministic(seed);
        ids_and_order()
    }

    #[test]
    fn a_seed_decides_ids_and_the_order_of_maps() {
        let one = seeded(1);
        assert_eq!(one, seeded(1));
        let other = seeded(2);
        assert_ne!(one.1, other.1);
        assert_ne!(one.2, other.2);
        assert!(one.0.is_sorted_by(|a, b| a < b));
        let id = one.0[0].as_uuid();
        assert_eq!(
            (id.get_version_num(), one.1.as_uuid().get_version_num()),
            (7, 4)
        );
    }

    #[test]
    fn chance_is_back_when_the_guard_is_gone() {
        drop(deterministic(1));
        let (one, other) = (ids_and_order(), ids_and_order());
        assert_ne!(one.1, other.1);
        assert_ne!(one.2, other.2);
    }

    #[tokio::test(start_paused = true)]
    async fn the_clock_follows_paused_time() {
        let clock = PausedClock::starting(Timestamp::from_secs(10));
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(clock.now(), Timestamp::from_secs(15));
    }
}
