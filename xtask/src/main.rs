//! The project's own tasks, run as `cargo xtask <task>`. Only the standard library, so that it builds
//! in a second on a fresh machine.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool talks to its user"
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

  services       sees to it that the servers are there that tests talk to: Redis (REDIS_URL, or
                 redis-server, which is installed where apt-get and root or sudo are), and
                 MongoDB (MONGODB_URI, or mongod, or what stands in for it, by Python 3.11)
  test [args]    services, then all tests, doctests included; args go to cargo test
  lint           formatting and clippy, over all targets and feature sets
  doc            the documentation, warnings as errors
  deny           licences and sources, if cargo-deny is installed
  codegen        writes the documents of the wire into docs (OpenAPI, JSON Schema, AsyncAPI),
                 the table of costs, and the types, schemas and samples of the web client; needs
                 node and npm
  api-test [--seconds N]
                 sends generated requests to the example server for N seconds (default 60),
                 and compares the answers with its OpenAPI document; needs python3 and PyPI
  fuzz [--seconds N] [--merge] [target…]
                 runs the fuzz targets, N seconds each (default 20); installs cargo-fuzz into the
                 folder for build output, and needs a C++ compiler; --merge adds what was found and
                 reaches new code to the committed corpus
  ws-conformance runs the Autobahn cases (by kosoku) against the WebSockets of both adapters, with
                 and without TLS; needs python3 and PyPI
  simulate [--seeds N] [--from S] [--seconds N] [--plan name]
                 runs seeds of the simulated cluster on all cores: N of them (default 100), or as
                 many as fit into a time; of each plan in turn, or of one; and sums up
  races [--seconds N] [--seed S]
                 runs the tests of races under many schedules, N seconds in all (default 60)
  web            builds the web client and app, which the example servers then serve; needs Node 20
  web-test       web, its unit tests, and its tests in a browser (Chromium, installed where it is
                 missing); screenshots are then in target/web/screenshots
  ci             all of these, as .ci/run does
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
        _ => Err(format!("no such task\n\n{HELP}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}
