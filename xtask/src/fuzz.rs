//! Runs the fuzz targets of `chat-core/fuzz` on any toolchain.
//!
//! Without a sanitizer cargo-fuzz needs no nightly flags, and a sanitizer would find nothing in code
//! without `unsafe`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Outcome, cargo, in_root, root, run, succeeds, target_dir};

const CARGO_FUZZ: &str = "0.13.2";
const FUZZ_DIR: &str = "chat-core/fuzz";

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    seconds: u32,
    /// `true` to merge found inputs into the committed corpus instead of fuzzing.
    merge: bool,
    /// The targets to run. Empty means all.
    targets: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seconds: 20,
            merge: false,
            targets: Vec::new(),
        }
    }
}

impl Options {
    /// A short run of all targets, about 20 seconds in total.
    pub(crate) fn brief() -> Self {
        Self {
            seconds: 3,
            ..Self::default()
        }
    }

    pub(crate) fn parse(args: &[String]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--merge" => options.merge = true,
                "--seconds" => {
                    let seconds = args.next().and_then(|value| value.parse().ok());
                    // To libFuzzer, 0 means no limit.
                    options.seconds = seconds
                        .filter(|seconds| *seconds > 0)
                        .ok_or("--seconds must be a positive integer")?;
                }
                flag if flag.starts_with('-') => return Err(format!("unknown option {flag}")),
                target => options.targets.push(target.to_owned()),
            }
        }
        Ok(options)
    }
}

/// Runs each selected target. Skips them with a message if there is no C++ compiler.
pub(crate) fn fuzz(options: &Options) -> Outcome {
    let present = targets()?;
    if let Some(unknown) = options.targets.iter().find(|t| !present.contains(t)) {
        return Err(format!(
            "unknown fuzz target {unknown}; the targets are: {}",
            present.join(", ")
        ));
    }
    if !succeeds(Command::new("c++").arg("--version")) {
        println!(
            "\nno C++ compiler for libFuzzer: skipping; the tests still replay {FUZZ_DIR}/corpus"
        );
        return Ok(());
    }
    let cargo_fuzz = cargo_fuzz()?;
    for target in &present {
        if options.targets.is_empty() || options.targets.contains(target) {
            run_target(&cargo_fuzz, target, options)?;
        }
    }
    Ok(())
}

fn targets() -> Result<Vec<String>, String> {
    let folder = root().join(FUZZ_DIR).join("fuzz_targets");
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

/// Returns the path of cargo-fuzz, after installing it under the target directory if needed.
fn cargo_fuzz() -> Result<PathBuf, String> {
    let folder = target_dir()
        .join("tools")
        .join(format!("cargo-fuzz-{CARGO_FUZZ}"));
    let program = folder.join("bin").join("cargo-fuzz");
    if !succeeds(Command::new(&program).arg("--version")) {
        run(cargo(["install", "cargo-fuzz", "--locked"])
            .args(["--version", CARGO_FUZZ, "--root"])
            .arg(&folder))?;
    }
    Ok(program)
}

fn run_target(cargo_fuzz: &Path, target: &str, options: &Options) -> Outcome {
    let found = target_dir().join("fuzz-corpus").join(target);
    fs::create_dir_all(&found).map_err(|e| format!("{}: {e}", found.display()))?;
    let corpus = Path::new(FUZZ_DIR).join("corpus").join(target);
    let mut command = in_root(cargo_fuzz);
    command.args(["run", "--fuzz-dir", FUZZ_DIR, "--sanitizer", "none"]);
    command.arg("--target-dir").arg(target_dir().join("fuzz"));
    command.arg(target);
    // libFuzzer writes into the first folder. Found inputs stay out of the committed corpus until a
    // merge, which adds only those that reach new code.
    if options.merge {
        command.args([&corpus, &found]);
        // Compares by code coverage alone. Counters and compared values would keep thousands of inputs.
        command.args(["--", "-set_cover_merge=1", "-max_len=1024"]);
        command.args(["-use_counters=0", "-use_cmp=0"]);
    } else {
        command.args([&found, &corpus]).arg("--");
        command.arg(format!("-max_total_time={}", options.seconds));
        command.arg("-print_final_stats=1");
    }
    command.args(["-timeout=20", "-rss_limit_mb=2048", "-verbosity=0"]);
    run(&mut command)
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
        let options = parse(&["--seconds", "5", "ws", "--merge"]);
        assert_eq!(
            options,
            Ok(Options {
                seconds: 5,
                merge: true,
                targets: vec!["ws".to_owned()]
            })
        );
        assert!(parse(&["--seconds"]).is_err());
        assert!(parse(&["--seconds", "0"]).is_err());
        assert!(parse(&["--second", "5"]).is_err());
    }
}
