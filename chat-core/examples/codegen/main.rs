//! Generates the files that are derived from the types: the documents of the wire with the default
//! limits, the guide's page of costs, and the types, schemas and samples of the TypeScript client.
//! `cargo xtask codegen` runs it with the root of the workspace as its argument.

mod costs;
mod generated;
#[path = "../../tests/documents/samples.rs"]
mod samples;
mod shape;
mod typescript;
mod zod;

use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let root: PathBuf = std::env::args_os().nth(1).ok_or("say which folder")?.into();
    for (path, text) in generated::files()? {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().ok_or("a file is in a folder")?)?;
        std::fs::write(path, text)?;
    }
    Ok(())
}
