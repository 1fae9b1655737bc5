use std::fs;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// A temporary folder. Dropping it deletes it.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Creates a folder in the system's temporary folder. `name` becomes part of its name.
    ///
    /// # Errors
    /// Fails if the folder cannot be created.
    pub fn new(name: &str) -> Result<Self> {
        let unique = format!(
            "chat-{name}-{}-{:016x}",
            std::process::id(),
            fastrand::u64(..)
        );
        let path = std::env::temp_dir().join(unique);
        fs::create_dir(&path).map_err(Error::io(format!("cannot create {}", path.display())))?;
        Ok(Self(path))
    }

    /// The path of the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A leftover temporary folder does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}
