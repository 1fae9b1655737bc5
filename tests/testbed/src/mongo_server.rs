use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::folder::Folder;
use crate::mongo_wire::{initiate, is_primary, ping};
use crate::process::Process;
use crate::redis_server::free_port;
use crate::{Error, Result};

const START_TIMEOUT: Duration = Duration::from_secs(60);
/// The path at which `cargo xtask services` installs the MongoDB stand-in, relative to the target
/// directory.
const STAND_IN: &str = "services/secantus/bin/secantusd-rs";
const NAME: &str = "mongod";
const SET: &str = "chat";

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
        // Test binaries are inside the target directory.
        let here = std::env::current_exe().map_err(Error::io("cannot find this program"))?;
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
                    // Transactions need a replica set, even if it has only one member.
                    .args(["--replSet", SET, "--dbpath"])
                    .arg(folder.path());
                command
            }
            Self::StandIn(program) => {
                let mut command = Command::new(program);
                command
                    .args(["--port", &port, "--storage-path"])
                    .arg(folder.path())
                    // By default it acknowledges writes before they are durable, and uses 2 GB of disk.
                    .args(["--sync-on-commit", "--log-file-max", "128MB"])
                    .args(["--cache-size", "1G", "--log-level", "ERROR"]);
                command
            }
        }
    }
}

/// A MongoDB server or its stand-in. Acknowledged writes survive [`kill`](Self::kill).
#[derive(Debug)]
pub struct MongoServer {
    // Fields drop in order: the process must end before its folder goes.
    process: Option<Process>,
    folder: Folder,
    port: u16,
    program: Program,
}

impl MongoServer {
    /// Starts a server and waits until it responds.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] if neither `mongod` nor the stand-in is installed.
    pub fn start() -> Result<Self> {
        let program = Program::find()?;
        let mut last = None;
        // Another process can take the port before the server binds it.
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
        Err(last.unwrap_or_else(|| Error::Server("cannot start a server".to_owned())))
    }

    /// The port, which restarts keep.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// `mongodb://127.0.0.1:{port}/?directConnection=true`.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("mongodb://127.0.0.1:{}/?directConnection=true", self.port)
    }

    /// Returns `true` for the MongoDB stand-in, which has no text index.
    #[must_use]
    pub const fn is_stand_in(&self) -> bool {
        matches!(self.program, Program::StandIn(_))
    }

    /// Kills the process with `SIGKILL`. Has no effect if it is not running.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Restarts the server on the same port with its data, killing it first if it is running.
    ///
    /// # Errors
    /// Fails if the server does not start or respond.
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
            // If another server has the port, this one exits.
            let ended = process.has_ended();
            if answers && !ended {
                if stands_in || is_primary(self.port).unwrap_or_default() {
                    return Ok(());
                }
                // Repeats until the server is primary. Errors are expected in the meantime.
                let _ = initiate(self.port, SET);
            }
            if ended || Instant::now() > deadline {
                self.process = None;
                return Err(Error::Server(format!("{NAME} did not start")));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Pauses the server with `SIGSTOP`: connections stay open, but it does not respond.
    ///
    /// # Errors
    /// Fails if the server is not running.
    pub fn pause(&self) -> Result<()> {
        self.signal("STOP")
    }

    /// Resumes the server after [`pause`](Self::pause).
    ///
    /// # Errors
    /// Fails if the server is not running.
    pub fn resume(&self) -> Result<()> {
        self.signal("CONT")
    }

    fn signal(&self, name: &str) -> Result<()> {
        match &self.process {
            Some(process) => process.signal(name),
            None => Err(Error::Server(format!("{NAME} is not running"))),
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
