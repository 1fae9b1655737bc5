use std::fmt;
use std::time::Duration;

/// The options of a [`Redis`](crate::Redis). The address and credentials are in its URL.
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
    /// The prefix of all keys and channels. It must be the same on all nodes of an app, and differ
    /// between apps that share a Redis. Default: `chat:`.
    pub prefix: String,
    /// The timeout for connecting, including the login. Default: 2 seconds.
    pub connect_timeout: Duration,
    /// The timeout for a response, after which the connection counts as lost. Default: 2 seconds.
    pub response_timeout: Duration,
    /// The interval at which the broker publishes a probe through each subscribed connection, to
    /// detect one that is open but delivers nothing. Default: 5 seconds.
    pub probe_interval: Duration,
    /// The maximum number of publications queued for the engine. After an overflow, publications
    /// are lost and the engine receives `Interrupted`. Default: 65,536.
    pub max_arrivals: usize,
    /// The maximum bytes of payload queued for the engine. Default: 64 MiB.
    pub max_arrival_bytes: usize,
    /// The maximum number of `PUBLISH` commands queued for Redis. A batch that exceeds it is
    /// rejected, unless the queue is empty. Default: 262,144.
    pub max_queued_publishes: usize,
    /// The maximum bytes of payload queued for Redis, counted once per topic. Default: 256 MiB.
    pub max_queued_bytes: usize,
    /// How long `last_seen_at` is kept for offline users. Default: 30 days.
    pub last_seen_retention: Duration,
    /// The user name for the sentinels; the URL has the one for the master. Default: none.
    pub sentinel_username: Option<String>,
    /// The password for the sentinels. Default: none.
    pub sentinel_password: Option<String>,
    /// The trusted root certificates in PEM, instead of the system's. Default: the system's.
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
