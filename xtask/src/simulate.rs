//! Many seeds of the simulation in `chat-core/tests/simulation`.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::run::{Outcome, cargo, run};

/// Which seeds to run, and for how long.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// Each is handed to the simulation in the environment: `(name, value)`.
    limits: Vec<(&'static str, String)>,
}

impl Options {
    pub(crate) fn parse(args: &[String]) -> Result<Self, String> {
        let mut limits = Vec::new();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let name = match arg.as_str() {
                "--seeds" => "CHAT_SIMULATE_SEEDS",
                "--from" => "CHAT_SIMULATE_FROM",
                "--seconds" => "CHAT_SIMULATE_SECONDS",
                "--plan" => "CHAT_SIMULATE_PLAN",
                other => return Err(format!("simulate does not know {other}")),
            };
            let value = args.next().ok_or_else(|| format!("{arg} needs a value"))?;
            if arg != "--plan" && value.parse::<u64>().is_err() {
                return Err(format!("{arg} needs a number, not {value}"));
            }
            limits.push((name, value.clone()));
        }
        Ok(Self { limits })
    }

    /// As many seeds as fit into a time, others in each run.
    pub(crate) fn seconds(seconds: u64) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let from = since.unwrap_or_default().as_secs() * 1_000;
        let limits = vec![
            ("CHAT_SIMULATE_SECONDS", seconds.to_string()),
            ("CHAT_SIMULATE_FROM", from.to_string()),
        ];
        Self { limits }
    }
}

/// Builds the simulation with optimisations and runs it on all cores.
pub(crate) fn simulate(options: &Options) -> Outcome {
    let mut command = cargo([
        "test",
        "--release",
        "-p",
        "chat-core",
        "--no-default-features",
        "--features",
        "testing",
        "--test",
        "simulation",
        "--",
        "--ignored",
        "--exact",
        "many_seeds",
        "--nocapture",
    ]);
    let limits = options.limits.iter();
    command.envs(limits.map(|(name, value)| (name, value)));
    run(&mut command)
}
