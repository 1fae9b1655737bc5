use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::folder::Folder;
use crate::mongo_wire::{initiate, is_primary, ping};
use crate::process::Process;
use crate::redis_server::free_port;
use crate::{Error, Result};

const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Where `cargo xtask services` installs what stands in for MongoDB, below the folder for build
/// output.
const STAND_IN: &str = "services/secantus/bin/secantusd-rs";
const NAME: &str = "mongod";
const SET: &str = "chat";

/// What is started.
#[derive(Debug, Clone)]
enum Program {
    Mongod,
    StandIn(PathBuf),
}

impl Program {
    fn find() -> Result<Self> {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        if std::env::split_paths(&paths).any(|dir| dir.join(NAME).is_file()) {
            return Ok(Self::Mongod);
        }
        // Tests run from somewhere below the folder for build output.
        let here = std::env::current_exe().map_err(Error::io("where are we?"))?;
        let set = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        let folders = here.ancestors().map(PathBuf::from).chain(set);
        folders
            .map(|folder| folder.join(STAND_IN))
            .find(|program| program.is_file())
            .map(Self::StandIn)
            .ok_or(Error::NotInstalled(NAME))
    }

    fn command(&self, port: u16, folder: &Folder) -> Command {
        let port = port.to_string();
        match self {
            Self::Mongod => {
                let mut command = Command::new(NAME);
                command
                    .args(["--port", &port, "--bind_ip", "127.0.0.1"])
                    // Transactions need a replica set, if only of one.
                    .args(["--replSet", SET, "--dbpath"])
                    .arg(folder.path());
                command
            }
            Self::StandIn(program) => {
                let mut command = Command::new(program);
                command
                    .args(["--port", &port, "--storage-path"])
                    .arg(folder.path())
                    // By default it acknowledges what it has not written, and takes 2 GB of disk.
                    .args(["--sync-on-commit", "--log-file-max", "128MB"])
                    .args(["--cache-size", "1G", "--log-level", "ERROR"]);
                command
            }
        }
    }
}

/// A MongoDB server of its own, or what stands in for one. What it acknowledges survives
/// [`kill`](Self::kill).
#[derive(Debug)]
pub struct MongoServer {
    // Dropped in this order: the process before its folder.
    process: Option<Process>,
    folder: Folder,
    port: u16,
    program: Program,
}

impl MongoServer {
    /// Starts a server and waits until it answers.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] where there is neither a `mongod` nor a stand-in.
    pub fn start() -> Result<Self> {
        let program = Program::find()?;
        let mut last = None;
        // Another process may take the port between our look and the server's.
        for _ in 0..5 {
            let mut server = Self {
                process: None,
                folder: Folder::new("mongo")?,
                port: free_port()?,
                program: program.clone(),
            };
            match server.restart() {
                Ok(()) => return Ok(server),
                Err(Error::Server(reason)) => last = Some(Error::Server(reason)),
                Err(e) => return Err(e),
            }
        }
        Err(last.unwrap_or_else(|| Error::Server("no server".to_owned())))
    }

    /// The port, the same over restarts.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// `mongodb://127.0.0.1:{port}/?directConnection=true`.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("mongodb://127.0.0.1:{}/?directConnection=true", self.port)
    }

    /// Whether it is what stands in for MongoDB, which has no text index.
    #[must_use]
    pub const fn is_stand_in(&self) -> bool {
        matches!(self.program, Program::StandIn(_))
    }

    /// Ends the process by `SIGKILL`; without effect when it has ended.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Starts it again on the same port and with its data, after ending it if it still runs.
    ///
    /// # Errors
    /// When it does not start, or does not answer.
    pub fn restart(&mut self) -> Result<()> {
        self.process = None;
        let stands_in = self.is_stand_in();
        let mut command = self.program.command(self.port, &self.folder);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let process = Process::start(NAME, &mut command, self.folder.path())?;
        let process = self.process.insert(process);
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            let answers = ping(self.port).is_ok();
            // Another server may have the port; then ours ends.
            let ended = process.has_ended();
            if answers && !ended {
                if stands_in || is_primary(self.port).unwrap_or_default() {
                    return Ok(());
                }
                // Again and again, until it has become one; what it says to that does not matter.
                let _ = initiate(self.port, SET);
            }
            if ended || Instant::now() > deadline {
                self.process = None;
                return Err(Error::Server(format!("{NAME} does not start")));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Stops it from doing anything by `SIGSTOP`: connections stay open, and nothing is answered.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pause(&self) -> Result<()> {
        self.signal("STOP")
    }

    /// Lets it go on after [`pause`](Self::pause).
    ///
    /// # Errors
    /// When it does not run.
    pub fn resume(&self) -> Result<()> {
        self.signal("CONT")
    }

    fn signal(&self, name: &str) -> Result<()> {
        match &self.process {
            Some(process) => process.signal(name),
            None => Err(Error::Server(format!("{NAME} does not run"))),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_server_starts_stops_and_starts_again() {
        let mut server = MongoServer::start().unwrap();
        let port = server.port();
        server.kill();
        assert!(ping(port).is_err());
        assert!(server.pause().is_err());
        server.restart().unwrap();
        assert!(ping(port).is_ok());
        let folder = server.folder.path().to_owned();
        drop(server);
        assert!(!folder.exists());
    }
}
