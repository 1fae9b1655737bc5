//! Installs programs from PyPI, each in its own virtual environment under the target directory.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{run, succeeds};

/// Returns the `bin` folder of `package` at `version`, after installing it if needed.
///
/// # Errors
/// Fails without python3, or if the installation fails.
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
