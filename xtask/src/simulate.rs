//! Runs many seeds of the simulation in `chat-core/tests/simulation`.

use crate::run::{Outcome, cargo, run};

#[derive(Debug, Default)]
pub(crate) struct Options {
    /// Environment variables for the simulation: `(name, value)`.
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
                other => return Err(format!("unknown option {other}")),
            };
            let value = args.next().ok_or_else(|| format!("{arg} needs a value"))?;
            if arg != "--plan" && value.parse::<u64>().is_err() {
                return Err(format!("{arg} must be a number, not {value}"));
            }
            limits.push((name, value.clone()));
        }
        Ok(Self { limits })
    }

    /// Runs as many seeds as fit into a time. Every run starts at the same seed, so that a change
    /// fails because of the change.
    pub(crate) fn seconds(seconds: u64) -> Self {
        let limits = vec![("CHAT_SIMULATE_SECONDS", seconds.to_string())];
        Self { limits }
    }
}

/// Builds the simulation in release mode and runs it on all cores.
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
