//! `chat-load` opens many connections to a chat server on this machine and sends messages at a given
//! rate. It reports deliveries, latency, the server's memory, and lost, duplicate or reordered messages.
//!
//! | file | purpose |
//! |---|---|
//! | `args.rs` | the command line |
//! | `plan.rs` | members of each room, senders and due times; pure |
//! | `target.rs` | the address of the server, which must be local |
//! | `http.rs`, `token.rs` | creates rooms, gets tokens |
//! | `wire.rs` | the commands and events that matter here |
//! | `checker.rs` | detects loss, duplicates and reordering; pure |
//! | `client.rs` | one connection |
//! | `worker.rs` | a process with many connections |
//! | `parent.rs` | starts and controls the workers, measures the server |
//! | `message.rs` | messages between the parent and its workers |
//! | `report.rs` | the results |
//! | `process.rs` | memory and CPU time of the server |
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool prints"
)]

mod args;
mod checker;
mod client;
mod clock;
mod http;
mod message;
mod parent;
mod plan;
mod process;
mod report;
mod target;
mod token;
mod wire;
mod worker;

use std::process::ExitCode;

use clap::Parser;

/// Every error ends the run and is shown to the user, so its kind does not matter.
type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Error>;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let outcome = if args.worker {
        block_on(worker::run()).map(|()| true)
    } else {
        args.into_plan()
            .and_then(|(plan, options)| block_on(parent::run(plan, options)))
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("chat-load: {error}");
            ExitCode::from(2)
        }
    }
}

/// Uses one thread per process, to leave the cores to the server.
fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(future)
}
