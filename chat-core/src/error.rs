//! The error type of the crate: a kind, a message, the failed operation and the source.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// The result of an engine or backend operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The source of an [`Error`].
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The kind of an [`Error`]. [`crate::protocol::ErrorCode`] maps each kind to a code on the wire
/// and an HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input breaks a rule of the protocol or of the model.
    Invalid,
    /// The credentials are missing or invalid.
    Unauthenticated,
    /// The token has expired.
    TokenExpired,
    /// The user lacks the permission.
    Forbidden,
    /// The user is not a member of the room. The engine reports this only for public rooms.
    NotAMember,
    /// The connection has not joined the room.
    NotJoined,
    /// The target user is not a member of the room.
    MemberNotFound,
    /// The room does not exist or is not visible to the user.
    RoomNotFound,
    /// The message does not exist in this room.
    MessageNotFound,
    /// The input exceeds a limit.
    TooLarge,
    /// The rate limit is exceeded; see [`Error::retry_after`].
    RateLimited,
    /// A hook rejected the operation.
    Rejected,
    /// The operation conflicts with the current state.
    Conflict,
    /// A backend is unreachable or overloaded. The operation may be retried.
    Unavailable,
    /// An internal error.
    Internal,
}

impl ErrorKind {
    /// Returns `true` if a retry of the unchanged operation may succeed.
    #[must_use]
    pub const fn is_temporary(self) -> bool {
        matches!(self, Self::Unavailable | Self::RateLimited)
    }
}

/// An error of an engine or backend operation.
///
/// The message is meant for the client and never contains internals of a backend. Those are in the
/// [source](std::error::Error::source), for the log.
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
    /// Creates an error with a message for the client.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            retry_after: None,
            source: None,
        }))
    }

    /// Creates an error of kind [`ErrorKind::Invalid`].
    pub fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// Creates an error of kind [`ErrorKind::Unavailable`] with a source: a backend did not
    /// respond.
    pub fn unavailable(source: impl Into<BoxError>) -> Self {
        Self::new(
            ErrorKind::Unavailable,
            "temporarily unavailable, try again later",
        )
        .with_source(source)
    }

    /// Creates an error of kind [`ErrorKind::Internal`] with a source: a bug or corrupt data.
    pub fn internal(source: impl Into<BoxError>) -> Self {
        Self::new(ErrorKind::Internal, "internal error").with_source(source)
    }

    /// Creates an error of kind [`ErrorKind::RoomNotFound`].
    #[must_use]
    pub fn room_not_found() -> Self {
        Self::new(ErrorKind::RoomNotFound, "no such room")
    }

    /// Creates an error of kind [`ErrorKind::MessageNotFound`].
    #[must_use]
    pub fn message_not_found() -> Self {
        Self::new(ErrorKind::MessageNotFound, "no such message")
    }

    /// Creates the error of a write to a log that was replaced: the room's log has another epoch. It
    /// is of kind [`ErrorKind::Unavailable`].
    #[must_use]
    pub fn log_replaced() -> Self {
        Self::unavailable(LogReplaced)
    }

    /// Sets the operation that failed.
    #[must_use]
    pub fn during(mut self, operation: &'static str) -> Self {
        self.0.operation = Some(operation);
        self
    }

    /// Sets the time to wait before a retry.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.0.retry_after = Some(after);
        self
    }

    /// Sets the source.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the message for the client.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the time to wait before a retry, if known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns `true` if a retry of the unchanged operation may succeed.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.0.kind.is_temporary()
    }

    /// Returns `true` for [`Error::log_replaced`].
    #[must_use]
    pub fn is_log_replaced(&self) -> bool {
        let source = self.0.source.as_ref();
        source.is_some_and(|s| s.is::<LogReplaced>())
    }

    /// Copies the error for another operation that failed with it. The source is kept as text.
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
