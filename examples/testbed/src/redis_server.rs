use std::collections::BTreeSet;
use std::ffi::OsString;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::folder::Folder;
use crate::process::Process;
use crate::redis_wire::call;
use crate::{Error, Result};

const PROGRAM: &str = "redis-server";
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// A Redis server of its own. It keeps nothing on disk but what a cluster's node knows of its
/// cluster.
#[derive(Debug)]
pub struct RedisServer {
    // Dropped in this order: the process before its folder.
    process: Option<Process>,
    folder: Folder,
    port: u16,
    args: Vec<OsString>,
    /// The lines of a configuration file, which makes it a sentinel.
    sentinel: Option<String>,
}

impl RedisServer {
    /// Starts a server and waits until it answers.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] where there is no `redis-server`.
    pub fn start() -> Result<Self> {
        Self::start_with::<&str>(&[])
    }

    /// Starts a server with further arguments, such as `["--maxclients", "10"]`.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] where there is no `redis-server`.
    pub fn start_with<S: Into<OsString> + Clone>(args: &[S]) -> Result<Self> {
        let args = args.iter().cloned().map(Into::into).collect();
        Self::start_as(args, None)
    }

    /// Starts a sentinel with these lines in its configuration.
    pub(crate) fn start_sentinel(lines: &str) -> Result<Self> {
        Self::start_as(Vec::new(), Some(lines.to_owned()))
    }

    fn start_as(args: Vec<OsString>, sentinel: Option<String>) -> Result<Self> {
        let mut last = None;
        // Another process may take the port between our look and the server's.
        for _ in 0..5 {
            let mut server = Self {
                process: None,
                folder: Folder::new("redis")?,
                port: free_port()?,
                args: args.clone(),
                sentinel: sentinel.clone(),
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

    /// `redis://127.0.0.1:{port}`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends the process by `SIGKILL`; without effect when it has ended.
    ///
    /// # Errors
    /// Never at present.
    pub fn kill(&mut self) -> Result<()> {
        self.process = None;
        Ok(())
    }

    /// Starts it again on the same port, after ending it if it still runs.
    ///
    /// # Errors
    /// When it does not start, or does not answer.
    pub fn restart(&mut self) -> Result<()> {
        self.process = None;
        let mut command = Command::new(PROGRAM);
        if let Some(lines) = &self.sentinel {
            // A sentinel writes into its file what it learns.
            let file = self.folder.path().join("sentinel.conf");
            if !file.exists() {
                std::fs::write(&file, lines).map_err(Error::io("cannot write a file"))?;
            }
            command.arg(file).arg("--sentinel");
        } else {
            command.args(["--save", "", "--appendonly", "no"]);
        }
        command
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"])
            .args(["--daemonize", "no", "--logfile", "redis.log", "--dir"])
            .arg(self.folder.path())
            .args(&self.args)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let process = Process::start(PROGRAM, &mut command, self.folder.path())?;
        let process = self.process.insert(process);
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            let ended = process.has_ended();
            // Another server may have the port. One that wants a password says nothing of itself.
            match call(self.port, &["INFO", "server"]) {
                Ok(info) if info.contains(&format!("process_id:{}\r", process.id())) => {
                    return Ok(());
                }
                Err(Error::Server(e)) if e.contains("NOAUTH") && !ended => return Ok(()),
                _ => {}
            }
            if ended || Instant::now() > deadline {
                let log = std::fs::read_to_string(self.folder.path().join("redis.log"));
                let log = log.unwrap_or_default();
                self.process = None;
                return Err(Error::Server(format!("{PROGRAM} does not start: {log}")));
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

    /// Sends a command and returns the answer's text, for what a test needs beside its client.
    ///
    /// # Errors
    /// When the server answers with an error, or with what is no single text.
    pub fn call(&self, command: &[&str]) -> Result<String> {
        call(self.port, command)
    }

    fn signal(&self, name: &str) -> Result<()> {
        match &self.process {
            Some(process) => process.signal(name),
            None => Err(Error::Server(format!("{PROGRAM} does not run"))),
        }
    }
}

/// A port that nobody listens to. The same one is not given twice.
///
/// It is below those that the system gives to outgoing connections: a client that tries to reach a
/// stopped server over and over would sooner or later get the server's own port for its end, talk
/// to itself, and keep the server from coming back.
///
/// # Errors
/// When none is to be found.
pub fn free_port() -> Result<u16> {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let mut given = GIVEN
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    for _ in 0..1_000 {
        let port = fastrand::u16(20_000..32_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() && given.insert(port) {
            return Ok(port);
        }
    }
    Err(Error::Server("no free port".to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use super::*;

    #[test]
    fn a_server_starts_stops_and_starts_again() {
        let mut server = RedisServer::start().unwrap();
        assert_eq!(server.call(&["SET", "a", "b"]).unwrap(), "OK");
        assert_eq!(server.call(&["GET", "a"]).unwrap(), "b");
        server.kill().unwrap();
        assert!(server.call(&["PING"]).is_err());
        assert!(server.pause().is_err());
        server.restart().unwrap();
        assert!(server.call(&["GET", "a"]).is_err(), "nothing was kept");
        let folder = server.folder.path().to_owned();
        let port = server.port();
        drop(server);
        assert!(!folder.exists());
        assert!(call(port, &["PING"]).is_err());
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let mut command = Command::new("no-such-server");
        let error = Process::start("no-such-server", &mut command, Path::new("no-such-folder"));
        let error = error.unwrap_err();
        let told = error.to_string();
        assert!(told.contains("cargo xtask services"), "{told}");
    }
}
