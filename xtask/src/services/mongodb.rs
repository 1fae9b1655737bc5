//! MongoDB: the server at `MONGODB_URI`, or the program `mongod`, or a stand-in.
//!
//! The stand-in, SecantusDB, speaks MongoDB's protocol. It is licensed under the GPL, so it runs as a
//! separate program: nothing links to it, and the project does not distribute it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Outcome, run, succeeds, target_dir};

/// A version that includes the server for this platform. Not all versions do.
const STAND_IN: &str = "secantusdb==0.6.0b17";

pub(crate) fn provide() -> Outcome {
    if std::env::var_os("MONGODB_URI").is_some() {
        println!("mongodb: using MONGODB_URI; fault tests start their own servers");
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
        Err("the MongoDB stand-in was installed but does not run".to_owned())
    }
}

fn program(folder: &Path) -> PathBuf {
    folder.join("bin").join("secantusd-rs")
}

fn mark(folder: &Path) -> PathBuf {
    folder.join(STAND_IN)
}

fn is_installed(folder: &Path) -> bool {
    mark(folder).is_file() && succeeds(Command::new(program(folder)).arg("--help"))
}

fn install(folder: &Path) -> Outcome {
    run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    let pip = folder.join("bin").join("pip");
    // Without dependencies: only its Python API needs them.
    run(Command::new(pip).args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        STAND_IN,
    ]))?;
    std::fs::write(mark(folder), "").map_err(|e| format!("cannot write to {folder:?}: {e}"))
}
