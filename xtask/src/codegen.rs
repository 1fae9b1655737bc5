//! What is made from the types and checked in.

use crate::run::{Outcome, cargo, root, run};

/// The documents of the wire. A test of chat-core fails where they are stale.
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
    run(cargo(example).arg(root().join("docs")))
}
