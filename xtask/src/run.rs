//! Runs other programs and prints their command lines.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The result of a task, with the reason of a failure for the user.
pub(crate) type Outcome = Result<(), String>;

/// Returns the root of the workspace in which `cargo run` was called. The path at compile time is
/// only a fallback: worktrees that share a target directory also share this program.
pub(crate) fn root() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest
        .parent()
        .map_or_else(|| manifest.clone(), Path::to_path_buf)
}

pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Returns a `cargo` command in the root, using the cargo that started this task.
pub(crate) fn cargo<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = in_root(cargo);
    command.args(args);
    command
}

/// Returns a command in the root, without the variables that cargo sets for this package.
///
/// With them, build scripts that read them run again, and much of what `cargo test` has just compiled
/// is compiled again.
pub(crate) fn in_root(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Prints a command and runs it. Fails if the command does.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let line = describe(command);
    println!("\n\x1b[1m$ {line}\x1b[0m");
    let start = Instant::now();
    let status = command
        .status()
        .map_err(|e| format!("cannot start `{line}`: {e}"))?;
    let seconds = start.elapsed().as_secs_f64();
    if status.success() {
        println!("  ({seconds:.1} s)");
        Ok(())
    } else {
        Err(format!("`{line}` failed after {seconds:.1} s ({status})"))
    }
}

/// Returns `true` if a command starts and succeeds. Hides its output.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Formats a command as it would be typed.
fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_stem().unwrap_or(program.as_os_str());
    let envs = command
        .get_envs()
        .filter_map(|(key, value)| Some((key.to_string_lossy(), value?.to_string_lossy())))
        .map(|(key, value)| format!("{key}={value:?} "));
    let args = command.get_args().map(|arg| {
        let arg = arg.to_string_lossy();
        format!(" {arg}")
    });
    envs.chain([name.to_string_lossy().into_owned()])
        .chain(args)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_described_as_typed() {
        let mut command = Command::new("/some/where/cargo");
        command
            .args(["doc", "--workspace"])
            .env("FLAGS", "-D warnings");
        assert_eq!(
            describe(&command),
            "FLAGS=\"-D warnings\" cargo doc --workspace"
        );
    }

    #[test]
    fn a_failing_command_fails() {
        assert!(!succeeds(&mut cargo(["no-such-subcommand"])));
        assert!(succeeds(&mut cargo(["--version"])));
    }
}
