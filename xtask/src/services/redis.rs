//! Redis: the server at `REDIS_URL`, or the program `redis-server`, which tests start themselves.

use std::path::Path;
use std::process::Command;

use crate::apt::{self, Root};
use crate::run::{Outcome, run, succeeds};

const PACKAGE: &str = "redis-server";
/// The script that Debian packages run to ask if they may start their service. Exit code 101 means no.
const POLICY: &str = "/usr/sbin/policy-rc.d";
const POLICY_SAYS_NO: &str = "printf '#!/bin/sh\\nexit 101\\n' >\"$0\" && chmod 755 \"$0\"";

pub(crate) fn provide() -> Outcome {
    if is_installed() {
        return Ok(());
    }
    let missing = match install() {
        Ok(()) if is_installed() => return Ok(()),
        Ok(()) => "it was installed but does not run".to_owned(),
        Err(reason) => reason,
    };
    let told = format!(
        "cannot use {PACKAGE}: {missing}; on Debian, run `apt-get install {PACKAGE}` as root"
    );
    if std::env::var_os("REDIS_URL").is_some() {
        // Enough for most tests.
        println!("{told}. Using REDIS_URL; tests that stop servers will fail");
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
    // Keep an existing policy, as containers have.
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
