//! Regenerates the checked-in files that come from the Rust types.

use std::process::Command;

use crate::run::{Outcome, cargo, root, run};

/// Writes the API documents and the web client's generated files. If they are stale, a test of
/// chat-core fails, or, for the REST types, a test of the client.
pub(crate) fn codegen() -> Outcome {
    let example = [
        "run",
        "--quiet",
        "-p",
        "chat-core",
        "--example",
        "codegen",
        "--",
    ];
    run(cargo(example).arg(root()))?;
    let web = root().join("examples/web");
    if !web.join("node_modules").exists() {
        run(Command::new("npm").arg("ci").current_dir(&web))?;
    }
    let types = ["run", "codegen", "--workspace", "chat-core-client"];
    run(Command::new("npm").args(types).current_dir(&web))
}
