//! The one error type: what kind of thing went wrong, whether trying again can help, what was being
//! done, and the source.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// The result of an engine or backend operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The source of an [`Error`].
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What kind of thing went wrong. [`crate::protocol::ErrorCode`] maps each kind to the wire and to
/// an HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input breaks a rule of the protocol or of the model.
    Invalid,
    /// No credentials, or not valid ones.
    Unauthenticated,
    /// The token was valid once.
    TokenExpired,
    /// The user may not do this.
    Forbidden,
    /// The user is no member of the room. The engine says so of public rooms alone.
    NotAMember,
    /// The connection has not joined the room.
    NotJoined,
    /// The user that something is about is no member of the room.
    MemberNotFound,
    /// There is no such room, or the user may not know of it.
    RoomNotFound,
    /// There is no such message in this room.
    MessageNotFound,
    /// Something is larger than its limit.
    TooLarge,
    /// The user does this too often; see [`Error::retry_after`].
    RateLimited,
    /// A hook said no.
    Rejected,
    /// It conflicts with what is there already.
    Conflict,
    /// A backend cannot be reached or is overloaded; the operation may be tried again.
    Unavailable,
    /// Our fault.
    Internal,
}

impl ErrorKind {
    /// Whether the same operation may succeed later without a change.
    #[must_use]
    pub const fn is_temporary(self) -> bool {
        matches!(self, Self::Unavailable | Self::RateLimited)
    }
}

/// What went wrong. The message is meant for whoever made the request and never names a backend's
/// internals; those are in the [source](std::error::Error::source), for the log.
///
/// ```
/// use chat_core::{Error, ErrorKind};
/// let e = Error::new(ErrorKind::Conflict, "the room already exists").during("create room");
/// assert_eq!(e.kind(), ErrorKind::Conflict);
/// assert!(!e.is_temporary());
/// assert_eq!(e.to_string(), "create room: the room already exists");
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    operation: Option<&'static str>,
    retry_after: Option<Duration>,
    source: Option<BoxError>,
}

impl Error {
    /// An error of this kind, with a message for whoever asked.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            retry_after: None,
            source: None,
        }))
    }

    /// Shorthand for [`ErrorKind::Invalid`].
    pub fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// Shorthand for [`ErrorKind::Unavailable`] with a source: a backend did not answer.
    pub fn unavailable(source: impl Into<BoxError>) -> Self {
        Self::new(
            ErrorKind::Unavailable,
            "temporarily unavailable, try again later",
        )
        .with_source(source)
    }

    /// Shorthand for [`ErrorKind::Internal`] with a source: something that should not happen.
    pub fn internal(source: impl Into<BoxError>) -> Self {
        Self::new(ErrorKind::Internal, "internal error").with_source(source)
    }

    /// Shorthand for [`ErrorKind::RoomNotFound`].
    #[must_use]
    pub fn room_not_found() -> Self {
        Self::new(ErrorKind::RoomNotFound, "no such room")
    }

    /// Shorthand for [`ErrorKind::MessageNotFound`].
    #[must_use]
    pub fn message_not_found() -> Self {
        Self::new(ErrorKind::MessageNotFound, "no such message")
    }

    /// The error of a write to a log that was replaced: its epoch is not that of the room's log. Of
    /// kind [`ErrorKind::Unavailable`].
    #[must_use]
    pub fn log_replaced() -> Self {
        Self::unavailable(LogReplaced)
    }

    /// Says what was being done.
    #[must_use]
    pub fn during(mut self, operation: &'static str) -> Self {
        self.0.operation = Some(operation);
        self
    }

    /// Says when trying again makes sense.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.0.retry_after = Some(after);
        self
    }

    /// Says what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message for whoever asked.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// When trying again makes sense, where that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the same operation may succeed later without a change.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.0.kind.is_temporary()
    }

    /// Whether it is [`Error::log_replaced`].
    #[must_use]
    pub fn is_log_replaced(&self) -> bool {
        self.0
            .source
            .as_ref()
            .is_some_and(|s| s.is::<LogReplaced>())
    }

    /// The same error once more, for each of several operations that failed together. The source
    /// is kept as text.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(Box::new(Inner {
            kind: self.0.kind,
            message: self.0.message.clone(),
            operation: self.0.operation,
            retry_after: self.0.retry_after,
            source: self.0.source.as_ref().map(|s| s.to_string().into()),
        }))
    }
}

/// The source of [`Error::log_replaced`].
#[derive(Debug, thiserror::Error)]
#[error("the log was replaced")]
struct LogReplaced;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.0.operation {
            write!(f, "{operation}: ")?;
        }
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("operation", &self.0.operation)
            .field("retry_after", &self.0.retry_after)
            .field("source", &self.0.source)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|s| s as _)
    }
}
