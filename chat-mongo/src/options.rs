use std::sync::Arc;
use std::time::Duration;

use chat_core::{Clock, SystemClock};

/// The maximum operation timeout. It must be much shorter than [`KEPT`]: a write relies on state
/// that stays valid for that long after it was read.
const MAX_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a position stays in the indexes after its message expired or a change superseded it. A
/// write in flight that still considers it free is rejected.
pub(crate) const KEPT: Duration = Duration::from_secs(600);

/// The options of a [`MongoStore`](crate::MongoStore).
///
/// ```
/// use std::time::Duration;
/// let options = chat_mongo::MongoOptions::new()
///     .with_prefix("support_")
///     .with_timeout(Duration::from_secs(5));
/// ```
#[derive(Debug, Clone)]
pub struct MongoOptions {
    pub(crate) prefix: String,
    pub(crate) timeout: Duration,
    pub(crate) settle: Duration,
    pub(crate) sweep_every: Option<Duration>,
    pub(crate) text_index: bool,
    pub(crate) validators: bool,
    pub(crate) clock: Arc<dyn Clock>,
}

impl MongoOptions {
    /// Creates the default options: prefix `chat_`, a timeout of 10 seconds, a settle timeout of 60
    /// seconds, a sweep every 30 seconds, no text index and no validators.
    #[must_use]
    pub fn new() -> Self {
        Self {
            prefix: "chat_".to_owned(),
            timeout: Duration::from_secs(10),
            settle: Duration::from_secs(60),
            sweep_every: Some(Duration::from_secs(30)),
            text_index: false,
            validators: false,
            clock: Arc::new(SystemClock),
        }
    }

    /// Sets the prefix of the collection names.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets the timeout of one operation, from 100 milliseconds to a minute. Queries pass it to the
    /// server too.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.clamp(Duration::from_millis(100), MAX_TIMEOUT);
        self
    }

    /// Sets how long an append with a broken connection tries to learn its outcome.
    ///
    /// If the database is unavailable for longer, the append fails although it may have been
    /// stored. A retry with the same client message id finds the stored message.
    #[must_use]
    pub const fn with_settle_timeout(mut self, timeout: Duration) -> Self {
        self.settle = timeout;
        self
    }

    /// Sets the interval at which this handle removes expired messages, or `None` to leave that to
    /// other handles. Handles of one database take turns.
    #[must_use]
    pub const fn with_sweep(mut self, every: Option<Duration>) -> Self {
        self.sweep_every = every;
        self
    }

    /// Sets whether searches use a text index, which each append then maintains. Default: `false`.
    ///
    /// Without it, a search scans the newest messages of a room. Connecting fails if the server
    /// does not support text indexes.
    #[must_use]
    pub const fn with_text_index(mut self, text_index: bool) -> Self {
        self.text_index = text_index;
        self
    }

    /// Sets whether the store installs `$jsonSchema` validators at every start, so that the server
    /// rejects malformed documents. Default: `false`.
    ///
    /// They guard against writes by other programs, need the `collMod` privilege and slow down
    /// every write. See [`MongoStore::validator_commands`](crate::MongoStore::validator_commands).
    #[must_use]
    pub const fn with_validators(mut self, validators: bool) -> Self {
        self.validators = validators;
        self
    }

    /// Sets the clock by which messages expire. Default: [`SystemClock`].
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}

impl Default for MongoOptions {
    fn default() -> Self {
        Self::new()
    }
}
