use crate::{MongoServer, Result};

/// The environment variable with the URI of an existing MongoDB.
pub const MONGODB_URI: &str = "MONGODB_URI";

/// A MongoDB for tests without faults: the server at [`MONGODB_URI`], which others may share, or a new
/// one. All tests of a program can share one value.
#[derive(Debug)]
pub struct Mongo {
    uri: String,
    _server: Option<MongoServer>,
}

impl Mongo {
    /// Uses the server at [`MONGODB_URI`], or starts one.
    ///
    /// # Errors
    /// Fails if [`MONGODB_URI`] is not set and no server can be started.
    pub fn get() -> Result<Self> {
        if let Ok(uri) = std::env::var(MONGODB_URI) {
            return Ok(Self { uri, _server: None });
        }
        let server = MongoServer::start()?;
        Ok(Self {
            uri: server.uri(),
            _server: Some(server),
        })
    }

    /// The URI of the server.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Returns a unique name for a database.
    #[must_use]
    pub fn database(&self) -> String {
        format!("test_{:016x}", fastrand::u64(..))
    }
}
