use std::sync::Arc;
use std::time::Duration;

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, Runner};

/// How many schedules of each kind are tried when no time is given.
const ITERATIONS: usize = 2_000;
/// The tests that share the time of `CHAT_RACES_SECONDS`; to be kept in step with their number.
const TESTS: u32 = 11;
/// The changes of thread by priority in a schedule of the second kind.
const DEPTH: usize = 3;

/// Runs a test under random schedules, and under those that find bugs which take few, but unlikely
/// changes of thread. A failure prints its schedule.
///
/// `CHAT_RACES_SEED` chooses the schedules, and `CHAT_RACES_SECONDS` is the time of all tests.
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
