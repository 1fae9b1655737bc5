//! The checks that a change must pass.

use std::fs;

use crate::api_test;
use crate::features;
use crate::fuzz;
use crate::races;
use crate::run::{Outcome, cargo, root, run, succeeds};
use crate::services;
use crate::simulate;
use crate::web;
use crate::ws_conformance;

/// The crates that an app depends on. Each of their features must build alone.
const LIBRARIES: [&str; 5] = [
    "chat-core",
    "chat-axum",
    "chat-actix",
    "chat-mongo",
    "chat-redis",
];

const SIMULATE_SECONDS: u64 = 180;

/// Runs all checks, the quickest to fail first.
pub(crate) fn ci() -> Outcome {
    lint()?;
    doc()?;
    deny()?;
    test(&[])?;
    simulate::simulate(&simulate::Options::seconds(SIMULATE_SECONDS))?;
    races::races(&races::Options::default())?;
    web::test()?;
    api_test::api_test(&api_test::Options::default())?;
    ws_conformance::ws_conformance(false)?;
    fuzz::fuzz(&fuzz::Options::brief())?;
    println!("\nall passed");
    Ok(())
}

pub(crate) fn test(args: &[String]) -> Outcome {
    services::services()?;
    let all = ["test", "--workspace", "--all-features"];
    run(cargo(all).args(args))
}

pub(crate) fn lint() -> Outcome {
    run(&mut cargo(["fmt", "--all", "--check"]))?;
    clippy(&["--workspace", "--all-targets", "--all-features"])?;
    for library in LIBRARIES {
        let path = root().join(library).join("Cargo.toml");
        let manifest = fs::read_to_string(&path)
            .map_err(|e| format!("cannot read {}: {e}", path.display()))?;
        let features = features::declared(&manifest);
        if features.is_empty() {
            continue;
        }
        // In the workspace another crate may turn on a feature that this library forgot to ask for.
        // Checked alone, that fails as it would for a user of the library.
        clippy(&["-p", library, "--no-default-features"])?;
        for feature in features {
            clippy(&[
                "-p",
                library,
                "--no-default-features",
                "--features",
                &feature,
            ])?;
        }
    }
    Ok(())
}

pub(crate) fn doc() -> Outcome {
    let args = ["doc", "--workspace", "--all-features", "--no-deps"];
    run(cargo(args).env("RUSTDOCFLAGS", "-D warnings"))
}

/// Checks licences and sources if cargo-deny is installed.
pub(crate) fn deny() -> Outcome {
    if !succeeds(&mut cargo(["deny", "--version"])) {
        println!("\ncargo-deny is not installed: skipping licences and sources");
        return Ok(());
    }
    run(&mut cargo(["deny", "check", "bans", "licenses", "sources"]))
}

fn clippy(args: &[&str]) -> Outcome {
    run(cargo(["clippy"]).args(args).args(["--", "-D", "warnings"]))
}
