use std::time::Duration;

use parking_lot::Mutex;

/// A seeded source of random decisions.
#[derive(Debug)]
pub(super) struct Dice(Mutex<fastrand::Rng>);

/// Random numbers in `0.0..1.0` for one operation. The count is fixed, so the decisions about later
/// operations do not depend on which faults are enabled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Throw(pub(super) [f64; 4]);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(Mutex::new(fastrand::Rng::with_seed(seed)))
    }

    pub(super) fn throw(&self) -> Throw {
        let mut random = self.0.lock();
        Throw(std::array::from_fn(|_| random.f64()))
    }
}

/// Returns a random share of the maximum delay; zero only if the maximum is.
pub(super) fn part(of: Duration, number: f64) -> Duration {
    of.mul_f64(1.0 - number)
}
