use crate::run::Counts;

/// Prints the seed if a run fails.
struct Told(u64);

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("failed with CHAT_SEED={}", self.0);
        }
    }
}

/// Runs the seeds `1..=count`, or those that `CHAT_SEED` selects.
pub(crate) fn each(count: u64, run: impl Fn(u64) -> Counts) -> Counts {
    match std::env::var("CHAT_SEED") {
        Ok(random) if random == "random" => sum((0..count).map(|_| fastrand::u64(..)), run),
        Ok(one) => {
            let seed = one.parse().expect("CHAT_SEED must be a number or `random`");
            run_told(seed, &run);
            // A single run may not meet every kind of fault.
            Counts::all()
        }
        Err(_) => known(count, run),
    }
}

/// Runs the seeds `1..=count`, regardless of the environment.
pub(crate) fn known(count: u64, run: impl Fn(u64) -> Counts) -> Counts {
    sum(1..=count, run)
}

fn sum(seeds: impl Iterator<Item = u64>, run: impl Fn(u64) -> Counts) -> Counts {
    let mut all = Counts::default();
    for seed in seeds {
        all += run_told(seed, &run);
    }
    all
}

fn run_told(seed: u64, run: impl Fn(u64) -> Counts) -> Counts {
    let _told = Told(seed);
    run(seed)
}
