use crate::{RedisServer, Result};

/// The environment variable that names a Redis to use.
pub const REDIS_URL: &str = "REDIS_URL";

/// A Redis for tests that break nothing: the one of [`REDIS_URL`], which others use too, or else a
/// server of its own.
#[derive(Debug)]
pub struct Redis {
    url: String,
    prefix: String,
    _server: Option<RedisServer>,
}

impl Redis {
    /// Finds or starts it.
    ///
    /// # Errors
    /// When there is no [`REDIS_URL`] and no server can be started.
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

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its host and port, for a proxy in front of it; `None` for a URL that names more than that,
    /// such as a password.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        let address = self.url.strip_prefix("redis://")?.trim_end_matches('/');
        (!address.contains(['/', '@', ','])).then(|| address.to_owned())
    }

    /// A prefix for keys and channels that no other test has.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}
