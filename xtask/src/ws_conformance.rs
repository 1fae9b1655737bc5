//! Runs the Autobahn test suite (with kosoku) against the WebSockets of the adapters.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::python;
use crate::run::{Outcome, cargo, root, run, target_dir};

const KOSOKU: &str = "0.1.0";
/// The number of cases in that version. A run with fewer fails.
const CASES: usize = 517;

/// Runs all cases against each server of `tests/ws-conformance`. Unless `required`, it skips them on
/// a machine without the tools.
pub(crate) fn ws_conformance(required: bool) -> Outcome {
    let folder = target_dir().join("ws-conformance");
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let bin = match python::programs(&folder, "kosoku", KOSOKU) {
        Ok(bin) => bin,
        Err(missing) if required => return Err(missing),
        Err(missing) => {
            println!("\n{missing}: skipping the Autobahn cases");
            return Ok(());
        }
    };
    run(&mut cargo(["build", "-p", "ws-conformance"]))?;
    let servers = Servers::start()?;
    println!("\nrunning {CASES} cases against each server");
    let output = Command::new(bin.join("python"))
        .arg(root().join("xtask/ws-conformance/run.py"))
        .args(&servers.addresses)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("cannot start python: {e}"))?;
    if !output.status.success() {
        return Err(format!("the suite failed ({})", output.status));
    }
    report(
        &String::from_utf8_lossy(&output.stdout),
        servers.addresses.len(),
    )
}

/// The echo servers. They exit when their standard input closes.
struct Servers {
    child: Child,
    /// Each server as `name=address`.
    addresses: Vec<String>,
}

impl Servers {
    fn start() -> Result<Self, String> {
        let program = target_dir().join("debug/ws-conformance");
        let mut child = Command::new(&program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("cannot start {}: {e}", program.display()))?;
        let stdout = child.stdout.take().ok_or("the servers have no output")?;
        let addresses = BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .take_while(|line| !line.is_empty())
            .map(|line| line.replace(' ', "="))
            .collect();
        Ok(Self { child, addresses })
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It may have exited already.
        let _ = self.child.wait();
    }
}

#[derive(Debug, Default)]
struct Tally {
    cases: usize,
    /// The number of cases for each verdict on the exchange.
    verdicts: BTreeMap<String, usize>,
    /// The results that are not allowed.
    failures: Vec<String>,
}

/// Prints a table of the results. Fails if a verdict is not allowed or a case is missing.
fn report(results: &str, servers: usize) -> Outcome {
    let tallies = tally(results)?;
    println!(
        "\n{:<14}{:>6}{:>6}{:>15}{:>15}{:>8}",
        "server", "cases", "ok", "informational", "unimplemented", "failed"
    );
    for (server, tally) in &tallies {
        let count = |verdict| tally.verdicts.get(verdict).copied().unwrap_or_default();
        println!(
            "{server:<14}{:>6}{:>6}{:>15}{:>15}{:>8}",
            tally.cases,
            count("OK"),
            count("INFORMATIONAL"),
            count("UNIMPLEMENTED"),
            tally.failures.len()
        );
    }
    let failures: Vec<&str> = tallies
        .values()
        .flat_map(|tally| tally.failures.iter().map(String::as_str))
        .collect();
    if !failures.is_empty() {
        return Err(format!("not conformant:\n{}", failures.join("\n")));
    }
    if tallies.len() != servers || tallies.values().any(|tally| tally.cases != CASES) {
        return Err(format!(
            "the suite did not run {CASES} cases on each server"
        ));
    }
    Ok(())
}

fn tally(results: &str) -> Result<BTreeMap<String, Tally>, String> {
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for line in results.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [server, case, exchange, close, _] = fields[..] else {
            return Err(format!("cannot read a result: {line}"));
        };
        let tally = tallies.entry(server.to_owned()).or_default();
        tally.cases += 1;
        *tally.verdicts.entry(exchange.to_owned()).or_default() += 1;
        if !is_allowed(case, exchange, close) {
            tally.failures.push(line.replace('\t', "  "));
        }
    }
    Ok(tallies)
}

/// Returns `true` if a case may end with these verdicts. All must be `OK` with a clean close, except:
///
/// - 7.1.6 sends a message of 256 KiB, a close and a ping at once. The standard does not say how much
///   of it needs a reply.
/// - 7.13.1 and 7.13.2 close with codes that the standard leaves undefined.
/// - 12 and 13 test compression, which the codec never negotiates: the size of a compressed frame
///   does not limit the size of its message, and each connection's context costs 300 KB.
fn is_allowed(case: &str, exchange: &str, close: &str) -> bool {
    let expected = match case {
        "7.1.6" | "7.13.1" | "7.13.2" => ["INFORMATIONAL", "INFORMATIONAL"],
        _ if case.starts_with("12.") || case.starts_with("13.") => ["UNIMPLEMENTED", "OK"],
        _ => ["OK", "OK"],
    };
    [exchange, close] == expected
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(case: &str, exchange: &str, close: &str) -> String {
        format!("axum\t{case}\t{exchange}\t{close}\tReasons.\n")
    }

    #[test]
    fn only_listed_cases_may_be_less_than_ok() {
        assert!(is_allowed("1.1.1", "OK", "OK"));
        assert!(is_allowed("7.1.6", "INFORMATIONAL", "INFORMATIONAL"));
        assert!(is_allowed("12.1.1", "UNIMPLEMENTED", "OK"));
        for (case, exchange, close) in [
            ("1.1.1", "UNIMPLEMENTED", "OK"),
            ("6.4.1", "NON-STRICT", "OK"),
            ("7.1.6", "FAILED", "INFORMATIONAL"),
            ("9.1.1", "OK", "UNCLEAN"),
            ("12.1.1", "FAILED", "OK"),
        ] {
            assert!(!is_allowed(case, exchange, close), "{case}");
        }
    }

    #[test]
    fn a_failure_and_a_missing_case_fail() {
        let mut results: String = (0..CASES).map(|_| line("1.1.1", "OK", "OK")).collect();
        assert_eq!(report(&results, 1), Ok(()));
        assert!(report(&results, 2).is_err());
        results.push_str(&line("1.1.2", "OK", "OK"));
        assert!(report(&results, 1).is_err());
        let failed = report(&line("5.1", "FAILED", "OK"), 1);
        assert!(failed.is_err_and(|reason| reason.contains("5.1  FAILED")));
        assert!(report("nonsense", 1).is_err());
    }
}
