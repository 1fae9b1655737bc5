use std::fs::{self, File};
use std::net::SocketAddr;
use std::process::Command;

use chat_testbed::{Folder, Process, free_port};

use crate::binaries::binary;
use crate::{PATIENCE, eventually, http};

/// The web framework of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framework {
    /// `axum-server`.
    Axum,
    /// `actix-web-server`.
    Actix,
}

/// A chat server in its own process.
#[derive(Debug)]
pub struct Node {
    framework: Framework,
    port: u16,
    env: Vec<(&'static str, String)>,
    // Fields drop in order: the process must end before its folder goes.
    process: Option<Process>,
    folder: Folder,
}

impl Node {
    /// Starts a server with these environment variables and waits until it is ready.
    pub async fn start(framework: Framework, env: Vec<(&'static str, String)>) -> Self {
        let mut node = Self {
            framework,
            port: free_port().unwrap(),
            env,
            process: None,
            folder: Folder::new("node").unwrap(),
        };
        node.restart().await;
        node
    }

    /// Restarts the server on the same port and waits until it is ready.
    pub async fn restart(&mut self) {
        self.process = None;
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .unwrap();
        let mut command = Command::new(binary(self.framework));
        command
            .env_clear()
            .envs(self.env.iter().cloned())
            .env("CHAT_LISTEN", self.address().to_string())
            .env("NO_COLOR", "1")
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        let process = Process::start("the chat server", &mut command, self.folder.path());
        self.process = Some(process.unwrap());
        eventually("a node starts", async || {
            let ended = self.process.as_mut().is_none_or(Process::has_ended);
            assert!(!ended, "the node exited: {}", self.tail());
            match http::get(self.address(), "/readyz", "").await {
                Ok((200, _)) => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
        .await;
    }

    /// The address of the server, which restarts keep.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Kills the server with `SIGKILL`.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Stops the server with `SIGTERM` and waits until it exits.
    pub async fn terminate(&mut self) {
        let mut process = self.process.take().expect("the node runs");
        let ended = tokio::task::spawn_blocking(move || {
            process.signal("TERM")?;
            process.wait(PATIENCE)
        });
        let status = ended.await.unwrap().unwrap();
        assert!(
            status.success(),
            "the node exited with {status}: {}",
            self.tail()
        );
    }

    /// Pauses the server with `SIGSTOP`: connections stay open, but it does not respond.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Resumes the server after [`pause`](Self::pause).
    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let process = self.process.as_ref().expect("the node runs");
        process.signal(name).unwrap();
    }

    fn log(&self) -> std::path::PathBuf {
        self.folder.path().join("log")
    }

    /// Returns the last lines of the log.
    #[must_use]
    pub fn tail(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    /// Returns the lines of the log that report a panic.
    #[must_use]
    pub fn panics(&self) -> Vec<String> {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let panics = log.lines().filter(|line| line.contains("panicked"));
        panics.map(str::to_owned).collect()
    }
}

impl Drop for Node {
    #[allow(clippy::print_stderr, reason = "a test has failed")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "{:?} at {}:\n{}\n",
                self.framework,
                self.address(),
                self.tail()
            );
        }
    }
}
