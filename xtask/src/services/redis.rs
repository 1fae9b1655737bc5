//! Redis: the one of `REDIS_URL`, or else the program `redis-server`, which tests start themselves.

use std::path::Path;
use std::process::Command;

use crate::run::{Outcome, run, succeeds};

const PACKAGE: &str = "redis-server";
/// What packages ask, when they are installed, whether they may start their service; 101 says no.
const POLICY: &str = "/usr/sbin/policy-rc.d";
const POLICY_SAYS_NO: &str = "printf '#!/bin/sh\\nexit 101\\n' >\"$0\" && chmod 755 \"$0\"";

pub(crate) fn provide() -> Outcome {
    if std::env::var_os("REDIS_URL").is_some() {
        println!("redis: REDIS_URL is used; fault tests start servers of their own");
    }
    if is_installed() {
        return Ok(());
    }
    let manual = format!("install it, on Debian by `apt-get install {PACKAGE}`");
    if !succeeds(Command::new("apt-get").arg("--version")) {
        return Err(format!("{PACKAGE} is not installed: {manual}"));
    }
    let Some(root) = Root::find() else {
        return Err(format!("no right to install {PACKAGE}: {manual} as root"));
    };
    install(root).map_err(|e| format!("{e}; {manual}"))?;
    if is_installed() {
        Ok(())
    } else {
        Err(format!("{PACKAGE} does not run after its installation"))
    }
}

fn is_installed() -> bool {
    succeeds(Command::new("redis-server").arg("--version"))
}

/// Installs the package without starting its service.
fn install(root: Root) -> Outcome {
    // The packages known may be too old to be had; without a network, installing tells.
    let _ = run(root.command("apt-get").args(["update", "-q"]));
    // A policy that is there, as in containers, is somebody's, and stays.
    let ours = !Path::new(POLICY).exists();
    if ours {
        run(root.command("sh").args(["-c", POLICY_SAYS_NO, POLICY]))?;
    }
    let mut apt = root.command("env");
    apt.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "install"]);
    let installed = run(apt.args(["-y", "-q", "--no-install-recommends", PACKAGE]));
    if ours {
        run(root.command("rm").args(["-f", POLICY]))?;
    }
    installed
}

/// How to do what only root may.
#[derive(Debug, Clone, Copy)]
enum Root {
    Already,
    Sudo,
}

impl Root {
    fn find() -> Option<Self> {
        let is_root = Command::new("id")
            .arg("-u")
            .output()
            .is_ok_and(|id| id.stdout.trim_ascii() == b"0");
        if is_root {
            return Some(Self::Already);
        }
        // Without a password, or not at all: nobody may be there to type one.
        succeeds(Command::new("sudo").args(["-n", "true"])).then_some(Self::Sudo)
    }

    fn command(self, program: &str) -> Command {
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
