use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::{Error, Result};

/// A child process that ends when it is dropped, or when its parent ends for any reason. Even a killed
/// test leaves no server or folder behind.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// Waits for its standard input to close, which happens when this process ends.
    watchdog: Child,
}

impl Process {
    /// Starts a program without input. Deletes `folder` if this process ends first.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] if the program does not exist.
    pub fn start(program: &'static str, command: &mut Command, folder: &Path) -> Result<Self> {
        let child = command.stdin(Stdio::null()).spawn();
        let mut child = child.map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => Error::NotInstalled(program),
            _ => Error::io(format!("cannot start {program}"))(e),
        })?;
        let watchdog = Command::new("sh")
            .args(["-c", "cat >/dev/null; kill -9 \"$0\"; rm -rf \"$1\""])
            .arg(child.id().to_string())
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match watchdog {
            Ok(watchdog) => Ok(Self { child, watchdog }),
            Err(e) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(Error::io("cannot start sh")(e))
            }
        }
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns `true` if the process has exited.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until the process exits.
    ///
    /// # Errors
    /// Fails if it is still running after `patience`.
    pub fn wait(&mut self, patience: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            let ended = self.child.try_wait().map_err(Error::io("cannot wait"))?;
            if let Some(status) = ended {
                return Ok(status);
            }
            if Instant::now() > deadline {
                return Err(Error::Server(format!(
                    "the process did not exit within {patience:?}"
                )));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends a signal by name, such as `STOP`.
    ///
    /// # Errors
    /// Fails if the process has exited.
    pub fn signal(&self, name: &str) -> Result<()> {
        let sent = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.child.id().to_string())
            .status()
            .map_err(Error::io("cannot start kill"))?;
        if sent.success() {
            return Ok(());
        }
        Err(Error::Server(format!("kill -{name} failed: {sent}")))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The watchdog first: it must not kill another process that reuses the id.
        let _ = self.watchdog.kill();
        let _ = self.watchdog.wait();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
