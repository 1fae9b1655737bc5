use crate::{MongoServer, Result};

/// The environment variable that names a MongoDB to use.
pub const MONGODB_URI: &str = "MONGODB_URI";

/// A MongoDB for tests that break nothing: the one of [`MONGODB_URI`], which others use too, or else
/// a server of its own. One is enough for all tests of a program.
#[derive(Debug)]
pub struct Mongo {
    uri: String,
    _server: Option<MongoServer>,
}

impl Mongo {
    /// Finds or starts it.
    ///
    /// # Errors
    /// When there is no [`MONGODB_URI`] and no server can be started.
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

    /// Its URI.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// A name for a database that no other test has.
    #[must_use]
    pub fn database(&self) -> String {
        format!("test_{:016x}", fastrand::u64(..))
    }
}
