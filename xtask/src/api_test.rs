//! Sends generated requests to a server and checks the responses against its OpenAPI document.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::python;
use crate::run::{Outcome, cargo, root, run, target_dir};

/// The version that the settings in `xtask/api-test` are written for.
const SCHEMATHESIS: &str = "4.32.5";

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    seconds: u32,
    /// `true` if the task fails on a machine without the tools, instead of skipping.
    required: bool,
}

impl Default for Options {
    /// The options for CI, where Python can be missing.
    fn default() -> Self {
        Self {
            seconds: 60,
            required: false,
        }
    }
}

impl Options {
    pub(crate) fn parse(args: &[String]) -> Result<Self, String> {
        let mut options = Self {
            required: true,
            ..Self::default()
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            if arg != "--seconds" {
                return Err(format!("unknown option {arg}"));
            }
            let seconds = args.next().and_then(|value| value.parse().ok());
            options.seconds = seconds
                .filter(|seconds| *seconds > 0)
                .ok_or("--seconds must be a positive integer")?;
        }
        Ok(options)
    }
}

pub(crate) fn api_test(options: &Options) -> Outcome {
    let folder = target_dir().join("api-test");
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let bin = match python::programs(&folder, "schemathesis", SCHEMATHESIS) {
        Ok(bin) => bin,
        Err(missing) if options.required => return Err(missing),
        Err(missing) => {
            println!("\n{missing}: skipping the generated API requests");
            return Ok(());
        }
    };
    run(&mut cargo(["build", "-p", "axum-server"]))?;
    let server = Server::start(&folder)?;
    let url = format!("http://{}/chat", server.address);
    let settings = root().join("xtask/api-test");
    let outcome = run(Command::new(bin.join("schemathesis"))
        .arg("--config-file")
        .arg(settings.join("schemathesis.toml"))
        .args(["run", "--max-time", &options.seconds.to_string()])
        .args(["--url", &url, &format!("{url}/openapi.json")])
        // It writes its findings into the working directory.
        .current_dir(&folder)
        .env("PYTHONPATH", &settings)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("CHAT_URL", &url));
    let log = server.stop()?;
    outcome?;
    if log.contains("panicked") {
        return Err(format!("the server panicked:\n{log}"));
    }
    Ok(())
}

/// The example server, without rate limits. Dropping it stops it.
struct Server {
    child: Child,
    address: String,
    log: Option<thread::JoinHandle<String>>,
}

impl Server {
    /// Starts the server on a free port and waits until it listens.
    fn start(folder: &Path) -> Result<Self, String> {
        let config = folder.join("config.json");
        fs::write(&config, unlimited()).map_err(|e| format!("{}: {e}", config.display()))?;
        let program = target_dir().join("debug/axum-server");
        let mut child = Command::new(&program)
            .env("CHAT_LISTEN", "127.0.0.1:0")
            .env("CHAT_JWT_SECRET", "a secret for generated requests only")
            .env("CHAT_DEV_TOKENS", "1")
            .env("CHAT_CONFIG", &config)
            .env("RUST_LOG", "warn,axum_server=info,example_server=info")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| format!("cannot start {}: {e}", program.display()))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let mut server = Self {
            child,
            address: String::new(),
            log: None,
        };
        let mut lines = BufReader::new(stdout.ok_or("the server has no output")?).lines();
        for line in lines.by_ref().map_while(Result::ok) {
            if let Some((_, address)) = line.split_once("listening on http://") {
                server.address = address.trim().to_owned();
                break;
            }
        }
        if server.address.is_empty() {
            return Err("the server did not start".to_owned());
        }
        // Panics go to stderr, log lines to stdout.
        let rest =
            thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>().join("\n"));
        server.log = Some(thread::spawn(move || {
            let mut log = String::new();
            if let Some(mut stderr) = stderr {
                // Invalid UTF-8 ends the log early.
                let _ = stderr.read_to_string(&mut log);
            }
            log + &rest.join().unwrap_or_default()
        }));
        Ok(server)
    }

    /// Stops the server and returns its log.
    fn stop(mut self) -> Result<String, String> {
        if let Ok(Some(status)) = self.child.try_wait() {
            return Err(format!("the server exited early ({status})"));
        }
        self.end();
        let log = self.log.take().map(thread::JoinHandle::join);
        Ok(log.and_then(Result::ok).unwrap_or_default())
    }

    fn end(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// Returns settings with rate limits too high to reach.
fn unlimited() -> String {
    let classes = [
        "send",
        "change",
        "join",
        "read",
        "typing",
        "query",
        "search",
        "create",
        "manage",
        "session",
        "violation",
    ];
    let quota = r#"{"burst":1000000,"per_second":1000000}"#;
    let rates = classes.map(|class| format!(r#""{class}":{quota}"#));
    format!(r#"{{"rates":{{{}}}}}"#, rates.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options() {
        let parse = |args: &[&str]| {
            let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
            Options::parse(&args)
        };
        assert_eq!(parse(&[]).map(|o| o.seconds), Ok(60));
        assert_eq!(parse(&["--seconds", "600"]).map(|o| o.seconds), Ok(600));
        for bad in [&["--seconds"][..], &["--seconds", "0"], &["--fast"]] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
