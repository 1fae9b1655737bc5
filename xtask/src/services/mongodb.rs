//! MongoDB: the server of `MONGODB_URI`, or else the program `mongod`, or else what stands in for it.
//!
//! The stand-in, SecantusDB, speaks MongoDB's protocol. It is under the GPL: it is installed and run as
//! a program of its own, nothing is linked with it, and nothing of it is passed on.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Outcome, run, succeeds, target_dir};

/// A version that contains the server for this platform, which not all do.
const STAND_IN: &str = "secantusdb==0.6.0b17";

pub(crate) fn provide() -> Outcome {
    if std::env::var_os("MONGODB_URI").is_some() {
        println!("mongodb: MONGODB_URI is used; fault tests start servers of their own");
    }
    if succeeds(Command::new("mongod").arg("--version")) {
        return Ok(());
    }
    let folder = target_dir().join("services").join("secantus");
    if is_installed(&folder) {
        return Ok(());
    }
    install(&folder).map_err(|e| {
        format!("{e}; install MongoDB so that `mongod` is on the PATH, or Python 3.11 with venv")
    })?;
    if is_installed(&folder) {
        Ok(())
    } else {
        Err("MongoDB's stand-in does not run after its installation".to_owned())
    }
}

fn program(folder: &Path) -> PathBuf {
    folder.join("bin").join("secantusd-rs")
}

/// Another version has another mark.
fn mark(folder: &Path) -> PathBuf {
    folder.join(STAND_IN)
}

fn is_installed(folder: &Path) -> bool {
    mark(folder).is_file() && succeeds(Command::new(program(folder)).arg("--help"))
}

fn install(folder: &Path) -> Outcome {
    run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    let pip = folder.join("bin").join("pip");
    // Without what it depends on: that is for its Python side.
    run(Command::new(pip).args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        STAND_IN,
    ]))?;
    std::fs::write(mark(folder), "").map_err(|e| format!("cannot write to {folder:?}: {e}"))
}
