//! `backend-bench [seconds]` compares `chat-mongo` with the plain MongoDB driver, and measures whole
//! engines on MongoDB and Redis.
//!
//! It uses the server at `MONGODB_URI`, or starts one. Each part takes 5 seconds by default. Compare
//! ratios within one run, as machines and servers differ.
//!
//! | file | purpose |
//! |---|---|
//! | `append.rs` | acknowledged messages to one hot room, and plain inserts |
//! | `engines.rs` | the same through one engine and through three |
//! | `latency.rs` | the time from a send at one node to its delivery at another |
//! | `cluster.rs` | engines on MongoDB and Redis |
//! | `history.rs` | pages of a history, and the plain query |
//! | `figures.rs` | throughput and latency figures |
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool prints"
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

/// The server and database of a benchmark, and the duration of each part.
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
    bare.print("insert_one per message, 3 clients, 64 senders");
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
            "from one node to another, {rooms} rooms of {members} members"
        ));
        println!(
            "    per message: {:.2} PUBLISH, {:.0} bytes to Redis, {:.2} commands to MongoDB",
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
    pages.print("newest 50 through chat-mongo");
    bare.print("newest 50 through the plain driver");
    println!(
        "    {:.2} times the plain query",
        pages.median() / bare.median()
    );
    Ok(())
}

impl Bench {
    /// Starts a new server unless `MONGODB_URI` is set, as servers slow down with the data they hold.
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
