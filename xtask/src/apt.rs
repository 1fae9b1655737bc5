//! Installs Debian packages, if that is possible without a password.

use std::process::Command;

use crate::run::{Outcome, run, succeeds};

/// Installs packages, or returns the reason why it cannot.
pub(crate) fn install(packages: &[&str]) -> Outcome {
    let root = Root::find()?;
    update(root);
    let mut apt = root.command("env");
    apt.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "install"]);
    run(apt
        .args(["-y", "-q", "--no-install-recommends"])
        .args(packages))
}

/// Updates the package list, as old package versions may be gone from the mirror. Ignores errors:
/// without a network, the installation fails and reports it.
fn update(root: Root) {
    let _ = run(root.command("apt-get").args(["update", "-q"]));
}

/// A way to run commands as root.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Root {
    Already,
    Sudo,
}

impl Root {
    /// Finds a way to run `apt-get` as root.
    pub(crate) fn find() -> Result<Self, String> {
        if !succeeds(Command::new("apt-get").arg("--version")) {
            return Err("apt-get was not found".to_owned());
        }
        let is_root = Command::new("id")
            .arg("-u")
            .output()
            .is_ok_and(|id| id.stdout.trim_ascii() == b"0");
        if is_root {
            return Ok(Self::Already);
        }
        // `-n`: never prompt for a password, as the task may run unattended.
        if succeeds(Command::new("sudo").args(["-n", "true"])) {
            return Ok(Self::Sudo);
        }
        Err("root or passwordless sudo is required".to_owned())
    }

    pub(crate) fn command(self, program: &str) -> Command {
        match self {
            Self::Already => Command::new(program),
            Self::Sudo => {
                let mut command = Command::new("sudo");
                command.args(["-n", program]);
                command
            }
        }
    }
}
