//! Programs from PyPI, each in an environment of its own below the folder for build output.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{run, succeeds};

/// The folder with the programs of `package` in this version, installed if it is not there. The
/// version is part of the environment's name.
///
/// # Errors
/// Without python3, or where the installation fails.
pub(crate) fn programs(folder: &Path, package: &str, version: &str) -> Result<PathBuf, String> {
    let environment = folder.join(format!("{package}-{version}"));
    let bin = environment.join("bin");
    let python = bin.join("python");
    let is_installed = format!("import importlib.metadata as m; m.version('{package}')");
    if succeeds(Command::new(&python).args(["-c", &is_installed])) {
        return Ok(bin);
    }
    if !succeeds(Command::new("python3").arg("--version")) {
        return Err("python3 is not installed".to_owned());
    }
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&environment))?;
    let package = format!("{package}=={version}");
    run(Command::new(bin.join("pip")).args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        &package,
    ]))?;
    Ok(bin)
}
