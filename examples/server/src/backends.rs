use std::fmt;
use std::time::Duration;

use chat_core::Config;
use chat_core::engine::EngineBuilder;
use chat_mongo::MongoStore;
use chat_redis::{Options, Redis};

use crate::Error;

const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// The addresses of the backends, from the environment.
#[derive(Clone)]
pub struct BackendSettings {
    /// `MONGODB_URI`: the store of rooms, messages, users and moderation. In memory if unset.
    pub mongodb_uri: Option<String>,
    /// `CHAT_MONGODB_DB`: the name of the database.
    pub mongodb_db: String,
    /// `REDIS_URL`: the store of hints, presence and rate limits. In memory if unset.
    pub redis_url: Option<String>,
    /// `CHAT_REDIS_PREFIX`: the prefix of keys and channels.
    pub redis_prefix: String,
}

impl Default for BackendSettings {
    fn default() -> Self {
        Self {
            mongodb_uri: None,
            mongodb_db: "chat".to_owned(),
            redis_url: None,
            redis_prefix: Options::default().prefix,
        }
    }
}

impl BackendSettings {
    /// Reads the settings from `variable`, which looks up a variable by name.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let default = Self::default();
        Self {
            mongodb_uri: variable("MONGODB_URI"),
            mongodb_db: variable("CHAT_MONGODB_DB").unwrap_or(default.mongodb_db),
            redis_url: variable("REDIS_URL"),
            redis_prefix: variable("CHAT_REDIS_PREFIX").unwrap_or(default.redis_prefix),
        }
    }
}

impl fmt::Debug for BackendSettings {
    /// Hides the addresses, as they may contain passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackendSettings")
            .field("mongodb", &self.mongodb_uri.is_some())
            .field("mongodb_db", &self.mongodb_db)
            .field("redis", &self.redis_url.is_some())
            .field("redis_prefix", &self.redis_prefix)
            .finish()
    }
}

/// The engine's backends: MongoDB and Redis, MongoDB alone, or memory.
#[derive(Debug)]
pub(crate) struct Backends {
    mongo: Option<MongoStore>,
    redis: Option<Redis>,
}

impl Backends {
    /// Connects to MongoDB, and fails if that fails. Redis may connect later, as rooms work without it.
    pub(crate) async fn open(settings: &BackendSettings) -> Result<Self, Error> {
        let redis = match (&settings.redis_url, &settings.mongodb_uri) {
            (Some(_), None) => {
                return Err(
                    "REDIS_URL requires MONGODB_URI: without it each node keeps its own rooms in \
                            memory; set both or neither"
                        .into(),
                );
            }
            (Some(url), Some(_)) => {
                let options = Options {
                    prefix: settings.redis_prefix.clone(),
                    ..Options::default()
                };
                let redis = Redis::open(url, options).map_err(|e| format!("REDIS_URL: {e}"))?;
                Some(redis)
            }
            (None, _) => None,
        };
        let mongo = match &settings.mongodb_uri {
            Some(uri) => Some(
                MongoStore::connect(uri, &settings.mongodb_db)
                    .await
                    .map_err(|e| format!("MONGODB_URI: {e}{}", source(&e)))?,
            ),
            None => None,
        };
        Ok(Self { mongo, redis })
    }

    pub(crate) fn plug_in(
        &self,
        mut builder: EngineBuilder,
        mut config: Config,
    ) -> Result<EngineBuilder, Error> {
        if let Some(mongo) = &self.mongo {
            builder = builder
                .rooms(mongo.clone())
                .messages(mongo.clone())
                .users(mongo.clone())
                .moderation(mongo.clone());
        }
        match &self.redis {
            Some(redis) => {
                builder = builder
                    .broker(redis.broker()?)
                    .presence(redis.presence())
                    .limiter(redis.limits());
            }
            None if self.mongo.is_some() => {
                // Without a broker, a node finds messages from other nodes by polling the log.
                config.anti_entropy_ms = config.anti_entropy_ms.min(config.degraded_poll_ms);
                tracing::warn!(
                    "REDIS_URL is not set: messages from other nodes on this database arrive by \
                     polling every {} ms; presence, typing and rate limits are per node",
                    config.anti_entropy_ms
                );
            }
            None => {}
        }
        Ok(builder.config(config))
    }

    /// Returns a line on the state of Redis, or `None` if no Redis is configured.
    pub(crate) async fn redis_state(&self) -> Option<&'static str> {
        let redis = self.redis.as_ref()?;
        let state = match tokio::time::timeout(PING_TIMEOUT, redis.ping()).await {
            Ok(Ok(())) => "redis: reachable",
            _ => "redis: unreachable, messages may be delayed",
        };
        Some(state)
    }
}

fn source(error: &chat_core::Error) -> String {
    std::error::Error::source(error).map_or_else(String::new, |source| format!(": {source}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chat_testbed::free_port;

    use super::*;

    #[tokio::test]
    async fn redis_alone_is_refused_and_the_error_says_what_to_do() {
        let settings = BackendSettings {
            redis_url: Some("redis://127.0.0.1".to_owned()),
            ..BackendSettings::default()
        };
        let error = Backends::open(&settings).await.unwrap_err();
        assert!(error.to_string().contains("MONGODB_URI"), "{error}");
    }

    #[tokio::test]
    async fn a_missing_database_is_named_without_its_password() {
        let port = free_port().unwrap();
        let uri = format!("mongodb://me:secret@127.0.0.1:{port}/?serverSelectionTimeoutMS=100");
        let settings = BackendSettings {
            mongodb_uri: Some(uri),
            ..BackendSettings::default()
        };
        assert!(!format!("{settings:?}").contains("secret"));
        let error = Backends::open(&settings).await.unwrap_err().to_string();
        assert!(error.starts_with("MONGODB_URI: "), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn the_variables_are_read_by_their_names() {
        let read = BackendSettings::read(|name| Some(format!("value of {name}")));
        assert_eq!(read.mongodb_uri.as_deref(), Some("value of MONGODB_URI"));
        assert_eq!(read.mongodb_db, "value of CHAT_MONGODB_DB");
        assert_eq!(read.redis_url.as_deref(), Some("value of REDIS_URL"));
        assert_eq!(read.redis_prefix, "value of CHAT_REDIS_PREFIX");
        let unset = BackendSettings::read(|_| None);
        assert_eq!((unset.mongodb_uri, unset.redis_url), (None, None));
        assert_eq!(
            (&*unset.mongodb_db, &*unset.redis_prefix),
            ("chat", "chat:")
        );
    }
}
