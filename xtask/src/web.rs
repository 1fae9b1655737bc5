//! Builds and tests the TypeScript client and the web app. Needs Node 20 and npm.

use std::process::Command;

use crate::apt;
use crate::run::{Outcome, cargo, root, run, succeeds, target_dir};
use crate::services;

/// The browser for the tests, and its fonts for text and emoji.
const BROWSER: &str = "chromium";
const FONTS: [&str; 2] = ["fonts-dejavu-core", "fonts-noto-color-emoji"];

/// Installs the locked dependencies, and builds the client and then the app into `examples/web/out`,
/// which the example servers serve.
pub(crate) fn build() -> Outcome {
    if !succeeds(Command::new("npm").arg("--version")) {
        return Err("npm was not found: install Node 20 or newer, https://nodejs.org".to_owned());
    }
    run(npm(["ci"]).arg("--no-audit"))?;
    // In the order of `package.json`: the app uses the build output of the client.
    run(&mut npm(["run", "build", "--workspaces"]))
}

/// Builds, checks types, runs the unit tests, then the browser tests against both example servers.
pub(crate) fn test() -> Outcome {
    services::services()?;
    browser()?;
    build()?;
    run(&mut cargo([
        "build",
        "-p",
        "axum-server",
        "-p",
        "actix-web-server",
    ]))?;
    let mongo = ["build", "-p", "chat-testbed", "--example", "mongo"];
    run(&mut cargo(mongo))?;
    run(&mut npm(["run", "typecheck", "--workspaces"]))?;
    run(&mut npm(["test", "--workspaces"]))?;
    let servers = target_dir().join("debug");
    run(npm(["run", "test:e2e", "--workspace", "chat-web"])
        .env("CHAT_SERVERS", &servers)
        .env("CHAT_ARTEFACTS", target_dir().join("web")))
}

fn browser() -> Outcome {
    let is_installed = || succeeds(Command::new(BROWSER).arg("--version"));
    if is_installed() {
        return Ok(());
    }
    let told = |reason: String| {
        let fonts = FONTS.join(" ");
        format!(
            "cannot use {BROWSER}: {reason}; on Debian, run `apt-get install {BROWSER} {fonts}` as root"
        )
    };
    let packages = [BROWSER, FONTS[0], FONTS[1]];
    apt::install(&packages).map_err(told)?;
    if is_installed() {
        Ok(())
    } else {
        Err(told("it was installed but does not run".to_owned()))
    }
}

fn npm<const N: usize>(args: [&str; N]) -> Command {
    let mut command = Command::new("npm");
    command
        .args(args)
        .current_dir(root())
        .env("NEXT_TELEMETRY_DISABLED", "1");
    command
}
