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

/// A Redis server. It keeps no data on disk, except the state of a cluster node.
#[derive(Debug)]
pub struct RedisServer {
    // Fields drop in order: the process must end before its folder goes.
    process: Option<Process>,
    folder: Folder,
    port: u16,
    args: Vec<OsString>,
    /// The lines of a sentinel's configuration file. `None` for a plain server.
    sentinel: Option<String>,
}

impl RedisServer {
    /// Starts a server and waits until it responds.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] if `redis-server` is not installed.
    pub fn start() -> Result<Self> {
        Self::start_with::<&str>(&[])
    }

    /// Starts a server with additional arguments, such as `["--maxclients", "10"]`.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] if `redis-server` is not installed.
    pub fn start_with<S: Into<OsString> + Clone>(args: &[S]) -> Result<Self> {
        let args = args.iter().cloned().map(Into::into).collect();
        Self::start_as(args, None)
    }

    /// Starts a sentinel with these configuration lines.
    pub(crate) fn start_sentinel(lines: &str) -> Result<Self> {
        Self::start_as(Vec::new(), Some(lines.to_owned()))
    }

    fn start_as(args: Vec<OsString>, sentinel: Option<String>) -> Result<Self> {
        let mut last = None;
        // Another process can take the port before the server binds it.
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
        Err(last.unwrap_or_else(|| Error::Server("cannot start a server".to_owned())))
    }

    /// The port, which restarts keep.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The server's URL: `redis://127.0.0.1:{port}`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Kills the process with `SIGKILL`. Has no effect if it is not running.
    ///
    /// # Errors
    /// Does not fail at present.
    pub fn kill(&mut self) -> Result<()> {
        self.process = None;
        Ok(())
    }

    /// Restarts the server on the same port, killing it first if it is running.
    ///
    /// # Errors
    /// Fails if the server does not start or respond.
    pub fn restart(&mut self) -> Result<()> {
        self.process = None;
        let mut command = Command::new(PROGRAM);
        if let Some(lines) = &self.sentinel {
            // Keep an existing file: the sentinel writes its state into it.
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
            // Another server may have the port. A server with a password does not reveal its process id.
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
                return Err(Error::Server(format!("{PROGRAM} did not start: {log}")));
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

    /// Sends a command and returns the text of its reply.
    ///
    /// # Errors
    /// Fails if the server returns an error, or a reply that is not a single value.
    pub fn call(&self, command: &[&str]) -> Result<String> {
        call(self.port, command)
    }

    fn signal(&self, name: &str) -> Result<()> {
        match &self.process {
            Some(process) => process.signal(name),
            None => Err(Error::Server(format!("{PROGRAM} is not running"))),
        }
    }
}

/// Returns a free port. Never returns the same port twice.
///
/// The port is below the range for outgoing connections. Otherwise a client that keeps reconnecting to
/// a stopped server would at some point get the server's port as its own, connect to itself, and block
/// the server's restart.
///
/// # Errors
/// Fails if no free port is found.
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
