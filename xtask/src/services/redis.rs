//! Redis: the one of `REDIS_URL`, or else the program `redis-server`, which tests start themselves.

use std::path::Path;
use std::process::Command;

use crate::apt::{self, Root};
use crate::run::{Outcome, run, succeeds};

const PACKAGE: &str = "redis-server";
/// What packages ask, when they are installed, whether they may start their service; 101 says no.
const POLICY: &str = "/usr/sbin/policy-rc.d";
const POLICY_SAYS_NO: &str = "printf '#!/bin/sh\\nexit 101\\n' >\"$0\" && chmod 755 \"$0\"";

pub(crate) fn provide() -> Outcome {
    if is_installed() {
        return Ok(());
    }
    let missing = match install() {
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

fn is_installed() -> bool {
    succeeds(Command::new("redis-server").arg("--version"))
}

/// Installs the package without starting its service.
fn install() -> Outcome {
    let root = Root::find()?;
    // A policy that is there, as in containers, is somebody's, and stays.
    let ours = !Path::new(POLICY).exists();
    if ours {
        run(root.command("sh").args(["-c", POLICY_SAYS_NO, POLICY]))?;
    }
    let installed = apt::install(&[PACKAGE]);
    if ours {
        run(root.command("rm").args(["-f", POLICY]))?;
    }
    installed
}
