//! Writes the documents of the wire, with the default limits, into a folder: what
//! `cargo xtask codegen` runs.

use std::error::Error;
use std::path::PathBuf;

use chat_core::protocol::Limits;
use chat_core::schema::{asyncapi, openapi, socket};

fn main() -> Result<(), Box<dyn Error>> {
    let folder: PathBuf = std::env::args_os().nth(1).ok_or("say which folder")?.into();
    let limits = Limits::default();
    for (name, document) in [
        ("openapi.json", openapi(&limits)),
        ("schema.json", socket(&limits)),
        ("asyncapi.json", asyncapi(&limits)),
    ] {
        let text = serde_json::to_string_pretty(&document)?;
        std::fs::write(folder.join(name), text + "\n")?;
    }
    Ok(())
}
