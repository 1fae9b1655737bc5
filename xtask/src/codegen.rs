//! The files that are made from the types and checked in.

use std::process::Command;

use crate::run::{Outcome, cargo, root, run};

/// The documents of the wire, and what the web client has of them. Tests fail where they are stale:
/// one of chat-core, and, for the types of the calls, one of the client.
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
