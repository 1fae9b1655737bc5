//! `backend-bench`: what `chat-mongo` costs beside the bare driver, on one and the same server: that of
//! `MONGODB_URI`, or one of its own; and what engines over it and a Redis of their own come to.
//!
//! | file | what |
//! |---|---|
//! | `append.rs` | acknowledged messages into one hot room, and bare inserts |
//! | `engines.rs` | the same through one engine, and through three |
//! | `latency.rs` | from a send at one node to its delivery at another |
//! | `cluster.rs` | engines over MongoDB and Redis |
//! | `history.rs` | pages of a history, and the bare query |
//! | `figures.rs` | what it comes to |
//!
//! `backend-bench [seconds]`; 5 seconds for each part where nothing is said. Compare ratios of one run:
//! the machine and the server differ.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool talks to its user"
)]

mod append;
mod cluster;
mod engines;
mod figures;
mod history;
mod latency;

use std::process::ExitCode;
use std::time::Duration;

use chat_testbed::Mongo;
use figures::Figures;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, BoxError>;

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
            eprintln!("backend-bench: {e}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let seconds = std::env::args().nth(1).map(|s| s.parse()).transpose()?;
    let each = Duration::from_secs(seconds.unwrap_or(5));
    let bench = Bench::new(each)?;
    let bare = append::bare(&bench).await;
    bench.end().await?;
    let bare = bare?;
    bare.print("insert_one for each message, 3 clients, 64 senders");
    for nodes in [1, 3] {
        let bench = Bench::new(each)?;
        let done = grouped(&bench, nodes, &bare).await;
        bench.end().await?;
        done?;
    }
    for (nodes, members) in [(1, 64), (1, 1_000), (3, 64), (3, 1_000)] {
        let bench = Bench::new(each)?;
        let sent = engines::hot_room(&bench, nodes, members).await;
        bench.end().await?;
        let sent = sent?;
        sent.print(&format!("{nodes} engine(s), 64 senders, {members} members"));
        println!("    {:.1} times insert_one", sent.rate() / bare.rate());
    }
    for (rooms, members) in [(100, 10), (10, 1_000)] {
        let bench = Bench::new(each)?;
        let heard = latency::between_nodes(&bench, rooms, members).await;
        bench.end().await?;
        let heard = heard?;
        heard.figures.print(&format!(
            "from one node to another, {rooms} rooms of {members}"
        ));
        println!(
            "    each message: {:.2} PUBLISH, {:.0} bytes to Redis, {:.2} commands to MongoDB",
            heard.publications, heard.redis_bytes, heard.mongo_commands
        );
    }
    Ok(())
}

async fn grouped(bench: &Bench, nodes: usize, bare: &Figures) -> Result<()> {
    let stored = append::grouped(bench, nodes).await?;
    stored.print(&format!("chat-mongo, {nodes} node(s), 64 senders"));
    println!("    {:.1} times insert_one", stored.rate() / bare.rate());
    if nodes > 1 {
        return Ok(());
    }
    let pages = history::pages(bench).await?;
    let bare = history::bare(bench).await?;
    pages.print("the newest 50 by chat-mongo");
    bare.print("the newest 50 by the bare driver");
    println!(
        "    {:.2} times the bare query",
        pages.median() / bare.median()
    );
    Ok(())
}

impl Bench {
    /// With a server that nothing was written to before, where it is one of our own: they become
    /// slower with what is in them.
    fn new(each: Duration) -> Result<Self> {
        let server = Mongo::get()?;
        Ok(Self {
            database: server.database(),
            server,
            each,
        })
    }

    async fn end(self) -> Result<()> {
        let client = mongodb::Client::with_uri_str(self.server.uri()).await?;
        Ok(client.database(&self.database).drop().await?)
    }
}
