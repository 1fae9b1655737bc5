//! Installing Debian's packages, where that can be done without asking.

use std::process::Command;

use crate::run::{Outcome, run, succeeds};

/// Installs packages; an error says why that cannot be done here.
pub(crate) fn install(packages: &[&str]) -> Outcome {
    let root = Root::find()?;
    update(root);
    let mut apt = root.command("env");
    apt.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "install"]);
    run(apt
        .args(["-y", "-q", "--no-install-recommends"])
        .args(packages))
}

/// The packages known may be too old to be had; without a network, installing tells.
fn update(root: Root) {
    let _ = run(root.command("apt-get").args(["update", "-q"]));
}

/// How to do what only root may.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Root {
    Already,
    Sudo,
}

impl Root {
    /// Where there is apt-get, and a right to use it.
    pub(crate) fn find() -> Result<Self, String> {
        if !succeeds(Command::new("apt-get").arg("--version")) {
            return Err("there is no apt-get".to_owned());
        }
        let is_root = Command::new("id")
            .arg("-u")
            .output()
            .is_ok_and(|id| id.stdout.trim_ascii() == b"0");
        if is_root {
            return Ok(Self::Already);
        }
        // Without a password, or not at all: nobody may be there to type one.
        if succeeds(Command::new("sudo").args(["-n", "true"])) {
            return Ok(Self::Sudo);
        }
        Err("there are neither root's rights nor sudo's".to_owned())
    }

    /// A program, run as root.
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
