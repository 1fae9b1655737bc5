//! Many seeds on all cores, for `cargo xtask simulate`.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::invariants;
use crate::plan::Plan;
use crate::run::{Counts, outcome};

const PROGRESS: Duration = Duration::from_secs(10);

/// The requested runs, from `CHAT_SIMULATE_SEEDS`, `CHAT_SIMULATE_FROM`, `CHAT_SIMULATE_SECONDS`
/// and `CHAT_SIMULATE_PLAN`.
#[derive(Debug, Clone, Copy)]
struct Job {
    from: u64,
    /// The end of the range of seeds, exclusive.
    to: u64,
    /// No seed starts after this time.
    within: Option<Duration>,
    plan: Option<(&'static str, Plan)>,
}

impl Job {
    fn from_environment() -> Self {
        let number = |name: &str| {
            let number = std::env::var(name).ok()?;
            Some(
                number
                    .parse::<u64>()
                    .unwrap_or_else(|e| panic!("{name}: {e}")),
            )
        };
        let from = number("CHAT_SIMULATE_FROM").unwrap_or(1);
        let within = number("CHAT_SIMULATE_SECONDS").map(Duration::from_secs);
        let seeds =
            number("CHAT_SIMULATE_SEEDS").unwrap_or(if within.is_some() { u64::MAX } else { 100 });
        let plan = std::env::var("CHAT_SIMULATE_PLAN").ok().map(|name| {
            let named = Plan::ALL.into_iter().find(|(n, _)| *n == name);
            named.unwrap_or_else(|| panic!("CHAT_SIMULATE_PLAN: unknown plan {name}"))
        });
        Self {
            from,
            to: from.saturating_add(seeds),
            within,
            plan,
        }
    }
}

#[derive(Debug, Default)]
struct Summary {
    seeds: u64,
    counts: Counts,
    /// Failures by invariant and plan: the number of seeds, and the first seed with its message.
    failures: BTreeMap<(&'static str, &'static str), (u64, u64, String)>,
}

impl Summary {
    fn note(
        &mut self,
        seed: u64,
        plan: &'static str,
        counts: Counts,
        broken: Vec<(&'static str, String)>,
    ) {
        self.seeds += 1;
        self.counts += counts;
        for (invariant, said) in broken {
            let entry = self.failures.entry((invariant, plan));
            let (times, ..) = entry.or_insert_with(|| {
                eprintln!("{invariant} failed: CHAT_SEED={seed} {plan}: {said}");
                (0, seed, said)
            });
            *times += 1;
        }
    }
}

/// Runs seeds on all cores, each with its own plan, and prints the results.
///
/// # Panics
/// If an invariant does not hold.
pub(crate) fn simulate() {
    let job = Job::from_environment();
    let began = Instant::now();
    let next = AtomicU64::new(job.from);
    let summary = Mutex::new(Summary::default());
    let told = Mutex::new(Instant::now());
    // Panics of runs are caught and reported in one line each.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= job.to || job.within.is_some_and(|within| began.elapsed() >= within)
                    {
                        return;
                    }
                    let (plan, counts, broken) = one(seed, job.plan);
                    let mut summary = summary.lock();
                    summary.note(seed, plan, counts, broken);
                    let mut told = told.lock();
                    if told.elapsed() >= PROGRESS {
                        *told = Instant::now();
                        eprintln!("{} seeds, {:.1}/s", summary.seeds, rate(&summary, began));
                    }
                }
            });
        }
    });
    std::panic::set_hook(hook);
    let summary = summary.into_inner();
    eprintln!(
        "{} seeds in {:?}, {:.1}/s",
        summary.seeds,
        began.elapsed(),
        rate(&summary, began)
    );
    eprintln!("{:#?}", summary.counts);
    for ((invariant, plan), (times, seed, said)) in &summary.failures {
        eprintln!(
            "{invariant} failed for {times} seeds, first for CHAT_SEED={seed} {plan}: {said}"
        );
    }
    assert!(summary.failures.is_empty(), "some invariants failed");
}

fn rate(summary: &Summary, began: Instant) -> f64 {
    summary.seeds as f64 / began.elapsed().as_secs_f64()
}

/// Runs one seed and returns its plan, its counts and the broken invariants.
fn one(
    seed: u64,
    plan: Option<(&'static str, Plan)>,
) -> (&'static str, Counts, Vec<(&'static str, String)>) {
    let plans = Plan::ALL.len() as u64;
    let in_turn = || {
        Plan::ALL
            .into_iter()
            .zip(0..)
            .find(|(_, n)| *n == seed % plans)
    };
    let in_turn = || in_turn().expect("a plan for each remainder").0;
    let (name, plan) = plan.unwrap_or_else(in_turn);
    let run = catch_unwind(|| outcome(seed, plan, None));
    let (outcome, counts) = match run {
        Ok(ended) => ended,
        Err(panic) => return (name, Counts::default(), vec![("run", said(&*panic))]),
    };
    let broken = |(name, hold): (&'static str, invariants::Invariant)| {
        let held = catch_unwind(AssertUnwindSafe(|| hold(&outcome)));
        held.err().map(|panic| (name, said(&*panic)))
    };
    let broken = invariants::ALL.into_iter().filter_map(broken).collect();
    (name, counts, broken)
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without a message")
        .chars()
        .take(600)
        .collect()
}
