use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use crate::Framework;

/// Returns the path of a server binary, after building it if needed.
///
/// Cargo gives a test only the binaries of its own package, so this builds the servers with cargo. It
/// uses the features of `cargo xtask test`, so that they are usually up to date.
pub(crate) fn binary(framework: Framework) -> &'static Path {
    static BUILT: OnceLock<[PathBuf; 2]> = OnceLock::new();
    let [axum, actix] = BUILT.get_or_init(build);
    match framework {
        Framework::Axum => axum,
        Framework::Actix => actix,
    }
}

fn build() -> [PathBuf; 2] {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .args(["test", "--no-run", "--workspace", "--all-features"])
        // The tests named `binary` depend on the server binaries and little else.
        .args(["--test", "binary"])
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit());
    // With the variables that cargo sets for this package, build scripts that read them would run again.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let built = command.output().expect("cargo starts");
    assert!(built.status.success(), "the servers failed to build");
    let told = String::from_utf8(built.stdout).expect("cargo prints UTF-8");
    ["axum-server", "actix-web-server"].map(|name| {
        let found = told.lines().find_map(|line| executable(line, name));
        found.unwrap_or_else(|| panic!("cargo did not build {name}"))
    })
}

/// Returns the path of the named binary, if this line of cargo's output reports it.
fn executable(line: &str, name: &str) -> Option<PathBuf> {
    let told: Value = serde_json::from_str(line).ok()?;
    let target = &told["target"];
    (target["name"] == name && target["kind"][0] == "bin")
        .then(|| told["executable"].as_str().map(PathBuf::from))?
}
