use crate::run::Counts;

/// Tells the seed when a run fails.
struct Told(u64);

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the seed of this failure: CHAT_SEED={}", self.0);
        }
    }
}

/// Runs the seeds `1..=count`, or what `CHAT_SEED` says.
pub(crate) fn each(count: u64, run: impl Fn(u64) -> Counts) -> Counts {
    match std::env::var("CHAT_SEED") {
        Ok(random) if random == "random" => sum((0..count).map(|_| fastrand::u64(..)), run),
        Ok(one) => {
            let seed = one.parse().expect("CHAT_SEED is a number, or `random`");
            run_told(seed, &run);
            // One run need not have met every kind of trouble.
            Counts::all()
        }
        Err(_) => known(count, run),
    }
}

/// Runs the seeds `1..=count`, whatever the environment says.
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
