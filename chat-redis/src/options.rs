use std::fmt;
use std::time::Duration;

/// How Redis is used; where it is and who we are is in the URL.
///
/// ```
/// use chat_redis::Options;
///
/// let options = Options {
///     prefix: "staging:chat:".to_owned(),
///     ..Options::default()
/// };
/// ```
#[derive(Clone)]
pub struct Options {
    /// What all keys and channels begin with. Apps that share a Redis need different ones; all nodes
    /// of one app need the same. Default: `chat:`.
    pub prefix: String,
    /// How long a connection may take, from the first packet to the end of the login. Default: 2
    /// seconds.
    pub connect_timeout: Duration,
    /// How long an answer may take, after which the connection counts as lost. Default: 2 seconds.
    pub response_timeout: Duration,
    /// How often the broker sends itself something through each connection that it listens on, to
    /// notice one that is open but deaf. Default: 5 seconds.
    pub probe_interval: Duration,
    /// How many publications the broker holds for an engine that does not keep up; more are lost,
    /// and the engine is told. Default: 65,536.
    pub max_arrivals: usize,
    /// How many bytes of payload it holds so. Default: 64 MiB.
    pub max_arrival_bytes: usize,
    /// How many `PUBLISH` commands wait for Redis at most; a batch beyond that is refused. A batch
    /// that meets an empty queue is taken whatever its size. Default: 262,144.
    pub max_queued_publishes: usize,
    /// How many bytes of payload wait so, counted once per topic. Default: 256 MiB.
    pub max_queued_bytes: usize,
    /// How long it is remembered when a user was last seen. Default: 30 days.
    pub last_seen_retention: Duration,
    /// The user for the sentinels, which is not the one in the URL. Default: none.
    pub sentinel_username: Option<String>,
    /// The password for the sentinels. Default: none.
    pub sentinel_password: Option<String>,
    /// The certificates to trust in place of the system's, in PEM. Default: the system's.
    #[cfg(feature = "tls")]
    pub root_certificates: Option<Vec<u8>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            prefix: "chat:".to_owned(),
            connect_timeout: Duration::from_secs(2),
            response_timeout: Duration::from_secs(2),
            probe_interval: Duration::from_secs(5),
            max_arrivals: 65_536,
            max_arrival_bytes: 64 << 20,
            max_queued_publishes: 262_144,
            max_queued_bytes: 256 << 20,
            last_seen_retention: Duration::from_secs(30 * 24 * 60 * 60),
            sentinel_username: None,
            sentinel_password: None,
            #[cfg(feature = "tls")]
            root_certificates: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("prefix", &self.prefix)
            .field("connect_timeout", &self.connect_timeout)
            .field("response_timeout", &self.response_timeout)
            .field("probe_interval", &self.probe_interval)
            .field("last_seen_retention", &self.last_seen_retention)
            .finish_non_exhaustive()
    }
}
