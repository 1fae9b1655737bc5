use std::sync::Arc;
use std::time::Duration;

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, Runner};

/// The schedules of each kind if no time is given.
const ITERATIONS: usize = 2_000;
/// The number of tests, which share `CHAT_RACES_SECONDS`. Keep it up to date.
const TESTS: u32 = 12;
/// The priority changes in a PCT schedule.
const DEPTH: usize = 3;

/// Runs a test under random and PCT schedules. A failure prints its schedule.
///
/// `CHAT_RACES_SEED` selects the schedules; `CHAT_RACES_SECONDS` limits the time of all tests.
pub(crate) fn check(test: impl Fn() + Send + Sync + 'static) {
    let number = |name| std::env::var(name).ok().map(|n| n.parse::<u64>().unwrap());
    let seed = number("CHAT_RACES_SEED").unwrap_or(1);
    let mut config = Config::new();
    config.stack_size = 1 << 18;
    config.max_time =
        number("CHAT_RACES_SECONDS").map(|seconds| Duration::from_secs(seconds) / TESTS / 2);
    let iterations = config.max_time.map_or(ITERATIONS, |_| usize::MAX);
    let test = Arc::new(test);
    let random = Arc::clone(&test);
    Runner::new(
        RandomScheduler::new_from_seed(seed, iterations),
        config.clone(),
    )
    .run(move || random());
    Runner::new(PctScheduler::new_from_seed(seed, DEPTH, iterations), config).run(move || test());
}
