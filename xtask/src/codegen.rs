//! Regenerates the checked-in files that come from the Rust types.

use std::process::Command;

use crate::run::{Outcome, cargo, root, run};

/// Writes the API documents and the TypeScript client's generated files. If they are stale, a test of
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
    if !root().join("node_modules").exists() {
        run(Command::new("npm").arg("ci").current_dir(root()))?;
    }
    let types = ["run", "codegen", "--workspace", "chat-core-client"];
    run(Command::new("npm").args(types).current_dir(root()))
}
