use crate::{RedisServer, Result};

/// The environment variable with the URL of an existing Redis.
pub const REDIS_URL: &str = "REDIS_URL";

/// A Redis for tests without faults: the server at [`REDIS_URL`], which others may share, or a new one.
#[derive(Debug)]
pub struct Redis {
    url: String,
    prefix: String,
    _server: Option<RedisServer>,
}

impl Redis {
    /// Uses the server at [`REDIS_URL`], or starts one.
    ///
    /// # Errors
    /// Fails if [`REDIS_URL`] is not set and no server can be started.
    pub fn get() -> Result<Self> {
        let prefix = format!("test-{:016x}:", fastrand::u64(..));
        if let Ok(url) = std::env::var(REDIS_URL) {
            return Ok(Self {
                url,
                prefix,
                _server: None,
            });
        }
        let server = RedisServer::start()?;
        Ok(Self {
            url: server.url(),
            prefix,
            _server: Some(server),
        })
    }

    /// The URL of the server.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The host and port of the server, for a proxy. `None` if the URL contains more, such as a
    /// password.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        let address = self.url.strip_prefix("redis://")?.trim_end_matches('/');
        (!address.contains(['/', '@', ','])).then(|| address.to_owned())
    }

    /// A unique prefix for keys and channels.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}
