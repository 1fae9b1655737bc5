use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::{Error, Result};

/// A child process that ends when it is dropped, and also when the process that started it ends in
/// whatever way: a test that is killed leaves no server behind, and no folder of its.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// Waits for the end of its standard input, which comes with the end of this process.
    watchdog: Child,
}

impl Process {
    /// Starts a program that works in this folder, without input.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] when there is no such program.
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

    /// Its number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    /// When it has not after this time.
    pub fn wait(&mut self, patience: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            let ended = self.child.try_wait().map_err(Error::io("cannot wait"))?;
            if let Some(status) = ended {
                return Ok(status);
            }
            if Instant::now() > deadline {
                return Err(Error::Server(format!(
                    "it has not ended after {patience:?}"
                )));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends a signal by its name, such as `STOP`.
    ///
    /// # Errors
    /// When it has ended.
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
        // The watchdog first: it must not outlive the process whose number it knows.
        let _ = self.watchdog.kill();
        let _ = self.watchdog.wait();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
