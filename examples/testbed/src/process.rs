use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::{Error, Result};

/// A child process that ends when it is dropped, and also when the process that started it ends in
/// whatever way: a test that is killed leaves no server behind, and no folder of its.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// Waits for the end of its standard input, which comes with the end of this process.
    watchdog: Child,
}

impl Process {
    /// Starts a program that works in this folder.
    pub(crate) fn start(
        program: &'static str,
        command: &mut Command,
        folder: &Path,
    ) -> Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
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

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends a signal by its name, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) -> Result<()> {
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
