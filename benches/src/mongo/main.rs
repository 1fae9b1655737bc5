//! `mongo-bench`: what `chat-mongo` costs beside the bare driver, on one and the same server: that of
//! `MONGODB_URI`, or one of its own.
//!
//! | file | what |
//! |---|---|
//! | `append.rs` | acknowledged messages into one hot room, and bare inserts |
//! | `history.rs` | pages of a history, and the bare query |
//! | `figures.rs` | what it comes to |
//!
//! `mongo-bench [seconds]`; 5 seconds for each part where nothing is said. Compare ratios of one run:
//! the machine and the server differ.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool talks to its user"
)]

mod append;
mod figures;
mod history;

use std::process::ExitCode;
use std::time::Duration;

use chat_testbed::Mongo;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Where all of it happens.
struct Bench {
    server: Mongo,
    database: String,
    each: Duration,
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run()),
        Err(e) => Err(e.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("mongo-bench: {e}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let seconds = std::env::args().nth(1).map(|s| s.parse()).transpose()?;
    let server = Mongo::get()?;
    let database = server.database();
    let bench = Bench {
        server,
        database,
        each: Duration::from_secs(seconds.unwrap_or(5)),
    };
    let done = parts(&bench).await;
    let client = mongodb::Client::with_uri_str(bench.server.uri()).await?;
    client.database(&bench.database).drop().await?;
    done
}

async fn parts(bench: &Bench) -> Result<()> {
    let before = append::bare(bench).await?;
    before.print("insert_one for each message, 3 clients, 64 senders");
    for nodes in [1, 3] {
        let stored = append::grouped(bench, nodes).await?;
        stored.print(&format!("chat-mongo, {nodes} node(s), 64 senders"));
        println!("    {:.1} times insert_one", stored.rate() / before.rate());
    }
    let after = append::bare(bench).await?;
    after.print("insert_one again");
    let pages = history::pages(bench).await?;
    let bare = history::bare(bench).await?;
    pages.print("the newest 50 by chat-mongo");
    bare.print("the newest 50 by the bare driver");
    println!("    {:.2} times the bare query", pages.median() / bare.median());
    Ok(())
}
