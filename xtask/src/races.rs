//! Runs the race tests, which try many thread interleavings of `chat-core`'s shared parts.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::run::{Outcome, cargo, run, target_dir};

/// The total run time of all tests, and the seed of their schedules.
#[derive(Debug)]
pub(crate) struct Options {
    seconds: u64,
    seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            seconds: 60,
            seed: since.unwrap_or_default().as_secs(),
        }
    }
}

impl Options {
    pub(crate) fn parse(args: &[String]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let place = match arg.as_str() {
                "--seconds" => &mut options.seconds,
                "--seed" => &mut options.seed,
                other => return Err(format!("unknown option {other}")),
            };
            let value = args.next().ok_or_else(|| format!("{arg} needs a value"))?;
            *place = value
                .parse()
                .map_err(|_| format!("{arg} must be a number, not {value}"))?;
        }
        Ok(options)
    }
}

/// Builds with shuttle's locks and runs the tests one after another. The build has its own target
/// directory, as its compiler flags differ.
pub(crate) fn races(options: &Options) -> Outcome {
    let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    let mut command = cargo([
        "test",
        "-p",
        "chat-core",
        "--no-default-features",
        "--lib",
        "races",
        "--",
        "--test-threads=1",
    ]);
    command
        .env("RUSTFLAGS", format!("{flags} --cfg shuttle").trim_start())
        .env("CARGO_TARGET_DIR", target_dir().join("shuttle"))
        .env("CHAT_RACES_SECONDS", options.seconds.to_string())
        .env("CHAT_RACES_SEED", options.seed.to_string());
    run(&mut command)
}
