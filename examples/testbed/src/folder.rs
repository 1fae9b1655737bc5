use std::fs;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// A folder that goes when it is dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A new one below the system's folder for temporary files; the name is to tell whose it is.
    ///
    /// # Errors
    /// When it cannot be created.
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

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left of a test in the folder for temporary files harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}
