//! Redis: the one of `REDIS_URL`, or else the program `redis-server`, which tests start themselves.

use std::path::Path;
use std::process::Command;

use crate::run::{Outcome, run, succeeds};

const PACKAGE: &str = "redis-server";
/// What packages ask, when they are installed, whether they may start their service; 101 says no.
const POLICY: &str = "/usr/sbin/policy-rc.d";
const POLICY_SAYS_NO: &str = "printf '#!/bin/sh\\nexit 101\\n' >\"$0\" && chmod 755 \"$0\"";

pub(crate) fn provide() -> Outcome {
    if is_installed() {
        return Ok(());
    }
    let missing = match try_install() {
        Ok(()) if is_installed() => return Ok(()),
        Ok(()) => "it does not run after its installation".to_owned(),
        Err(reason) => reason,
    };
    let told = format!(
        "{PACKAGE} is not installed: {missing}; on Debian, `apt-get install {PACKAGE}` as root"
    );
    if std::env::var_os("REDIS_URL").is_some() {
        // Most tests can do with it.
        println!("{told}. REDIS_URL is used; tests that break servers will fail");
        return Ok(());
    }
    Err(told)
}

fn try_install() -> Outcome {
    if !succeeds(Command::new("apt-get").arg("--version")) {
        return Err("there is no apt-get".to_owned());
    }
    match Root::find() {
        Some(root) => install(root),
        None => Err("there are neither root's rights nor sudo's".to_owned()),
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
