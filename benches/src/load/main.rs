//! `chat-load`: opens many connections to a chat server on this machine, sends at a rate, and reports
//! deliveries, latency, the server's memory, and whether anything was lost, repeated or out of order.
//!
//! | file | what |
//! |---|---|
//! | `args.rs` | the command line |
//! | `plan.rs` | who is in which room, who sends what and when: pure |
//! | `target.rs` | where the server is, and that it is on this machine |
//! | `http.rs`, `token.rs` | creating rooms, getting tokens |
//! | `wire.rs` | the commands and events that matter here |
//! | `checker.rs` | loss, duplicates and order, from the positions: pure |
//! | `client.rs` | one connection |
//! | `worker.rs` | one process full of them |
//! | `parent.rs` | starts the workers, tells them when to go, measures the server |
//! | `message.rs` | what the two tell each other |
//! | `report.rs` | what it all comes to |
//! | `process.rs` | memory and CPU time of the server |
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool talks to its user"
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

/// What goes wrong here is told to the user and ends the run; nothing reacts to its kind.
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

/// One thread a process: the cores are for the server.
fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(future)
}
