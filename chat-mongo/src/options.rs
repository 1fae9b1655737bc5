use std::sync::Arc;
use std::time::Duration;

use chat_core::{Clock, SystemClock};

/// The longest time one operation may be given. What a write relies on stays true for
/// [`KEPT`] after it was read, which has to be much longer.
const MAX_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a position stays taken in the indexes after the message that took it has expired, and
/// after a change has superseded it: a write on its way that still believes it to be free is refused.
pub(crate) const KEPT: Duration = Duration::from_secs(600);

/// How a [`MongoStore`](crate::MongoStore) works.
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
    /// The defaults: collections that start with `chat_`, 10 seconds for an operation, 60 to find
    /// out what became of an append, a sweep each 30 seconds, no text index, no validators.
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

    /// What the names of the collections start with.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long one operation may take, from 100 milliseconds to a minute. The server is told, too.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.clamp(Duration::from_millis(100), MAX_TIMEOUT);
        self
    }

    /// How long an append whose connection broke tries to find out what became of it. When the
    /// database is away for longer, it is reported as failed although it may have been stored; the
    /// sender's retry with the same client message id finds it.
    #[must_use]
    pub const fn with_settle_timeout(mut self, timeout: Duration) -> Self {
        self.settle = timeout;
        self
    }

    /// How often this handle looks for expired messages to remove; `None`: it leaves that to others.
    /// Of all handles of a database one at a time does it.
    #[must_use]
    pub const fn with_sweep(mut self, every: Option<Duration>) -> Self {
        self.sweep_every = every;
        self
    }

    /// Searches by a text index, which each append then maintains. Without it a search reads the
    /// newest messages of a room and compares. A server without text indexes refuses to start.
    #[must_use]
    pub const fn with_text_index(mut self, text_index: bool) -> Self {
        self.text_index = text_index;
        self
    }

    /// Has the server refuse documents that are none of this crate's, by `$jsonSchema` validators that
    /// are set at every start. It takes the right to `collMod`, and time of every write; what the store
    /// writes by itself needs it not. [`MongoStore::validator_commands`](crate::MongoStore::validator_commands)
    /// shows them.
    #[must_use]
    pub const fn with_validators(mut self, validators: bool) -> Self {
        self.validators = validators;
        self
    }

    /// Tells by `clock` what has expired. Default: [`SystemClock`].
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
