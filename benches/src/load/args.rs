use clap::{Parser, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::plan::Plan;
use crate::target::Target;
use crate::token::TokenSource;
use crate::{Result, clock, process};

/// Open files that a process needs besides its connections.
const SPARE_FILES: u64 = 100;
/// Connections per source address. The system has about 28,000 ports for each address.
const CONNECTIONS_PER_ADDRESS: u32 = 20_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// Connect, join and send nothing, to measure the cost of a connection.
    Idle,
    /// One room with all connections, of which `--senders` send.
    Fanout,
    /// Rooms of `--room-size` connections, which send in turn.
    Chat,
}

/// Opens many connections to a chat server on this machine and measures it.
///
/// The server can be an example server or any other that speaks chat.v1, but it must run on this
/// machine. Users are named load-0, load-1 and so on. Each run creates new rooms, `load-<time>-<n>`.
///
/// MANY CONNECTIONS: each connection needs an open file on both sides, and the number of open files of
/// a process is limited (`ulimit -n`). `--processes K` spreads the connections over K processes and
/// merges their reports. Above 20,000 connections the program uses several source addresses
/// (127.0.0.1, 127.0.0.2 and so on), as each address has only about 28,000 ports. The server has its
/// own limit of open files: for more connections, start several servers.
///
/// MEMORY per connection is the growth of the server's `RssAnon`. Measure a freshly started server, as
/// one that has served before can reuse freed memory.
///
/// LATENCY is measured from the time at which a message is due, not from the actual send, so that a
/// server that delays the sender gets no better results. The program reads on one thread per process.
/// At high delivery rates that thread adds latency, and more processes help.
///
/// EXIT STATUS: 0 if every message reached every connection exactly once and in order, and no
/// connection failed; 1 otherwise; 2 if the program could not run.
#[derive(Debug, Parser)]
#[command(
    name = "chat-load",
    version,
    verbatim_doc_comment,
    max_term_width = 100
)]
pub(crate) struct Args {
    /// The kind of load.
    #[arg(value_enum, default_value = "chat", required_unless_present = "worker")]
    mode: Mode,

    /// URL of the server's WebSocket.
    #[arg(long, default_value = "ws://127.0.0.1:8080/chat/ws")]
    url: String,

    /// HS256 secret of the server, to sign tokens with. Without it, tokens are fetched from the server's
    /// /dev/token, with one request per user.
    #[arg(long, env = "CHAT_JWT_SECRET", hide_env_values = true)]
    jwt_secret: Option<String>,

    /// Number of connections, each for a different user.
    #[arg(long, short = 'n', default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    connections: u32,

    /// Number of processes to spread the connections over.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=128))]
    processes: u32,

    /// New connections per second, in total.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    connect_rate: u32,

    /// Connections per room. With fanout: all.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    room_size: u32,

    /// Number of rooms. By default just enough for each connection to be in one. With more rooms, each
    /// connection is in several. With fanout: one.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rooms: Option<u32>,

    /// With fanout: the number of connections that send, in turn.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    senders: u32,

    /// Messages per second, in total.
    #[arg(long, default_value_t = 10.0)]
    rate: f64,

    /// Messages to send at the same time. The rate stays the same.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    burst: u32,

    /// Duration of sending, in seconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    duration: u32,

    /// Characters per message.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=60_000))]
    payload: u32,

    /// Maximum time to wait for outstanding messages at the end, in seconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=600))]
    drain: u32,

    /// Time between the last join and the measurement of the server's memory, in seconds.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=600))]
    settle: u32,

    /// Process id of the server, to report its memory per connection and its CPU time.
    #[arg(long)]
    server_pid: Option<u32>,

    /// Print the report as JSON.
    #[arg(long)]
    json: bool,

    /// Run as one of the processes of `--processes`, controlled through standard input.
    #[arg(long, hide = true)]
    pub(crate) worker: bool,
}

/// Options for the parent process only.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) settle: u32,
    pub(crate) server_pid: Option<u32>,
    pub(crate) json: bool,
}

impl Args {
    /// Checks the arguments and makes a plan.
    pub(crate) fn into_plan(self) -> Result<(Plan, Options)> {
        let files = u64::from(self.connections.div_ceil(self.processes)) + SPARE_FILES;
        let limit = process::open_files_limit()?;
        if files > limit {
            let processes =
                u64::from(self.connections).div_ceil(limit.saturating_sub(SPARE_FILES).max(1));
            return Err(format!(
                "{} connections in {} process(es) need {files} open files each, but the limit is \
                 {limit}: use --processes {processes} or more",
                self.connections, self.processes
            )
            .into());
        }
        if !(self.rate > 0.0 && self.rate <= 1_000_000.0) {
            return Err("--rate must be above 0 and at most 1,000,000".into());
        }
        let everybody = self.mode == Mode::Fanout;
        let room_size = if everybody {
            self.connections
        } else {
            self.room_size
        };
        let plan = Plan {
            mode: self.mode,
            target: Target::parse(&self.url)?,
            tokens: self
                .jwt_secret
                .map_or(TokenSource::Server, TokenSource::Secret),
            connections: self.connections,
            processes: self.processes,
            addresses: self.connections.div_ceil(CONNECTIONS_PER_ADDRESS),
            connect_rate: self.connect_rate,
            room_size,
            rooms: match self.rooms {
                Some(rooms) if !everybody => rooms,
                _ => self.connections.div_ceil(room_size),
            },
            room_prefix: format!("load-{:x}", clock::unix_micros()),
            senders: self.senders,
            rate: self.rate,
            burst: self.burst,
            duration: self.duration,
            payload: self.payload,
            drain: self.drain,
        };
        plan.check()?;
        let options = Options {
            settle: self.settle,
            server_pid: self.server_pid,
            json: self.json,
        };
        Ok((plan, options))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn plan(args: &[&str]) -> Result<Plan> {
        let args = [&["chat-load"], args].concat();
        let (plan, _) = Args::try_parse_from(args)?.into_plan()?;
        Ok(plan)
    }

    #[test]
    fn the_command_is_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn rooms_follow_from_the_mode() {
        let chat = plan(&["chat", "-n", "25"]).unwrap();
        assert_eq!((chat.rooms, chat.room_size), (3, 10));
        let fanout = plan(&["fanout", "-n", "25", "--rooms", "7"]).unwrap();
        assert_eq!((fanout.rooms, fanout.room_size), (1, 25));
    }

    #[test]
    fn what_cannot_be_done_is_refused() {
        assert!(plan(&["chat", "--url", "ws://192.0.2.1/chat/ws"]).is_err());
        assert!(plan(&["idle", "-n", "1000000"]).is_err(), "too many files");
        assert!(plan(&["chat", "--rate", "0"]).is_err());
        assert!(plan(&["chat", "-n", "5", "--room-size", "6"]).is_err());
        assert!(
            plan(&["chat", "-n", "100", "--rooms", "2"]).is_err(),
            "some in no room"
        );
        assert!(plan(&["fanout", "-n", "5", "--senders", "6"]).is_err());
    }
}
