//! The fuzz targets of `chat-core/fuzz`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::{Outcome, root, run, succeeds, target_dir};

/// What to fuzz, and for how long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// How long each target runs.
    seconds: u32,
    /// Whether to install cargo-fuzz if it is missing.
    install: bool,
    /// Which targets; empty means all.
    targets: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seconds: 20,
            install: false,
            targets: Vec::new(),
        }
    }
}

impl Options {
    pub(crate) fn parse(args: &[String]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--install" => options.install = true,
                "--seconds" => {
                    let seconds = args.next().and_then(|value| value.parse().ok());
                    // libFuzzer takes 0 for "without end".
                    options.seconds = seconds
                        .filter(|seconds| *seconds > 0)
                        .ok_or("--seconds wants a whole number above 0")?;
                }
                flag if flag.starts_with('-') => return Err(format!("unknown option {flag}")),
                target => options.targets.push(target.to_owned()),
            }
        }
        Ok(options)
    }
}

/// Runs the targets for a while each, or says why it cannot and what is done instead.
pub(crate) fn fuzz(options: &Options) -> Outcome {
    let present = targets()?;
    if let Some(unknown) = options.targets.iter().find(|t| !present.contains(t)) {
        return Err(format!(
            "no fuzz target {unknown}; there are: {}",
            present.join(", ")
        ));
    }
    if let Some(missing) = missing_tool(options.install)? {
        println!("\n{missing}: not fuzzing; the tests replay the corpus in chat-core/fuzz/corpus");
        return Ok(());
    }
    for target in &present {
        if options.targets.is_empty() || options.targets.contains(target) {
            run_target(target, options.seconds)?;
        }
    }
    Ok(())
}

/// The names of the targets, sorted.
fn targets() -> Result<Vec<String>, String> {
    let folder = root().join("chat-core/fuzz/fuzz_targets");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let is_rust = path.extension()? == "rs";
            is_rust.then(|| path.file_stem().map(|s| s.to_string_lossy().into_owned()))?
        })
        .collect();
    names.sort();
    Ok(names)
}

/// What is missing to fuzz here; installs cargo-fuzz if asked to.
fn missing_tool(install: bool) -> Result<Option<&'static str>, String> {
    if !succeeds(&mut nightly(["--version"])) {
        return Ok(Some("no nightly toolchain"));
    }
    if !succeeds(Command::new("c++").arg("--version")) {
        return Ok(Some("no C++ compiler for libFuzzer"));
    }
    if !succeeds(&mut nightly(["fuzz", "--version"])) {
        if !install {
            return Ok(Some(
                "cargo-fuzz is not installed (cargo xtask fuzz --install does it)",
            ));
        }
        run(&mut nightly(["install", "cargo-fuzz", "--locked"]))?;
    }
    Ok(None)
}

fn run_target(target: &str, seconds: u32) -> Outcome {
    // libFuzzer writes what it finds into the first folder: the committed corpus stays hand-made.
    let found = target_dir().join("fuzz-corpus").join(target);
    fs::create_dir_all(&found).map_err(|e| format!("{}: {e}", found.display()))?;
    let corpus = Path::new("chat-core/fuzz/corpus").join(target);
    let mut command = nightly(["fuzz", "run", "--fuzz-dir", "chat-core/fuzz"]);
    // Our code is safe Rust; without the address sanitizer the same time tries more inputs.
    command.args(["--sanitizer", "none", target]);
    command.arg(&found).arg(&corpus).arg("--");
    command.arg(format!("-max_total_time={seconds}"));
    command.args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"]);
    run(&mut command)
}

/// Cargo of the nightly toolchain. Through rustup, because the `CARGO` of this process is the one of
/// the toolchain that started it.
fn nightly<const N: usize>(args: [&str; N]) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", "cargo"]).args(args);
    command.current_dir(root()).env_remove("CARGO");
    command
}

#[cfg(test)]
mod tests {
    use super::Options;

    fn parse(args: &[&str]) -> Result<Options, String> {
        let args: Vec<String> = args.iter().map(|&a| a.to_owned()).collect();
        Options::parse(&args)
    }

    #[test]
    fn options_are_read() {
        assert_eq!(parse(&[]), Ok(Options::default()));
        let options = parse(&["--seconds", "5", "ws", "--install"]);
        assert_eq!(
            options,
            Ok(Options {
                seconds: 5,
                install: true,
                targets: vec!["ws".to_owned()]
            })
        );
        assert!(parse(&["--seconds"]).is_err());
        assert!(parse(&["--seconds", "0"]).is_err());
        assert!(parse(&["--second", "5"]).is_err());
    }
}
