//! The project's tasks, run as `cargo xtask <task>`. Uses only the standard library, so it builds in
//! a second.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool prints"
)]

mod api_test;
mod apt;
mod ci;
mod codegen;
mod features;
mod fuzz;
mod python;
mod races;
mod run;
mod services;
mod simulate;
mod web;
mod ws_conformance;

use std::process::ExitCode;

const HELP: &str = "\
usage: cargo xtask <task>

  services       Install the servers that tests need: Redis (unless REDIS_URL or redis-server
                 exists; needs apt-get, and root or sudo) and a MongoDB stand-in (unless
                 MONGODB_URI or mongod exists; needs Python 3.11)
  test [args]    Run services, then all tests and doctests; args are passed to cargo test
  lint           Check formatting and run clippy on all targets and feature sets
  doc            Build the documentation, with warnings as errors
  deny           Check licences and sources, if cargo-deny is installed
  codegen        Regenerate the API documents in docs (OpenAPI, JSON Schema, AsyncAPI), the
                 table of costs, and the TypeScript client's types, schemas and samples; needs
                 Node and npm
  api-test [--seconds N]
                 Send generated requests to the example server for N seconds (default 60) and
                 check the responses against its OpenAPI document; needs python3 and PyPI
  fuzz [--seconds N] [--merge] [target…]
                 Run the fuzz targets for N seconds each (default 20). --merge instead adds
                 found inputs that reach new code to the committed corpus. Installs cargo-fuzz
                 under the target directory; needs a C++ compiler
  ws-conformance Run the Autobahn cases (with kosoku) against the WebSockets of both adapters,
                 with and without TLS; needs python3 and PyPI
  simulate [--seeds N] [--from S] [--seconds N] [--plan name]
                 Run the cluster simulation on all cores, with N seeds (default 100) starting
                 at S or for N seconds, for all plans or one, and print a summary
  races [--seconds N] [--seed S]
                 Run the race tests under many schedules, N seconds in total (default 60)
  web            Build the TypeScript client and the web app, which the example servers serve;
                 needs Node 20
  web-test       Run web, its unit tests and its browser tests (installs Chromium if needed);
                 writes screenshots to target/web/screenshots
  ci             Run all checks, like .ci/run
";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let task = args.next();
    let rest: Vec<String> = args.collect();
    let outcome = match (task.as_deref(), rest.is_empty()) {
        (Some("services"), true) => services::services(),
        (Some("test"), _) => ci::test(&rest),
        (Some("lint"), true) => ci::lint(),
        (Some("doc"), true) => ci::doc(),
        (Some("deny"), true) => ci::deny(),
        (Some("codegen"), true) => codegen::codegen(),
        (Some("api-test"), _) => {
            api_test::Options::parse(&rest).and_then(|options| api_test::api_test(&options))
        }
        (Some("fuzz"), _) => fuzz::Options::parse(&rest).and_then(|options| fuzz::fuzz(&options)),
        (Some("ws-conformance"), true) => ws_conformance::ws_conformance(true),
        (Some("simulate"), _) => {
            simulate::Options::parse(&rest).and_then(|options| simulate::simulate(&options))
        }
        (Some("races"), _) => {
            races::Options::parse(&rest).and_then(|options| races::races(&options))
        }
        (Some("web"), true) => web::build(),
        (Some("web-test"), true) => web::test(),
        (Some("ci"), true) => ci::ci(),
        (Some("help" | "--help" | "-h"), _) => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(format!("unknown task or arguments\n\n{HELP}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}
