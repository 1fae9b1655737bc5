use std::fmt;
use std::time::Duration;

use chat_core::{Error, ErrorKind};
use mongodb::error::ErrorKind as Driver;
use mongodb::error::{WriteError, WriteFailure};

/// A failed operation on the database.
#[derive(Debug)]
pub(crate) enum Failure {
    Driver(mongodb::error::Error),
    /// The server did not answer in time.
    TimedOut(Duration),
    /// A document does not match the schema.
    Malformed(&'static str),
    /// The schema of the database is newer than this crate's.
    Newer(i32),
}

/// The unique index that rejected a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    Position,
    /// The id of the document.
    Id,
    /// The sender and client message id.
    ClientId,
    /// Another index, or one the server did not name.
    Other,
}

const DUPLICATE_KEY: i32 = 11000;
/// Codes of a server that is shutting down, not the primary or out of time. A retry can succeed.
const TEMPORARY: [i32; 20] = [
    6, 7, 24, 50, 64, 89, 91, 112, 133, 134, 189, 202, 262, 317, 9001, 10107, 11600, 11602, 13435,
    13436,
];
const TOO_LARGE: i32 = 10334;

impl Failure {
    pub(crate) fn taken(&self) -> Option<Taken> {
        match self {
            Self::Driver(e) => match e.kind.as_ref() {
                Driver::Write(WriteFailure::WriteError(e)) => taken_by(e),
                Driver::Command(e) if e.code == DUPLICATE_KEY => Some(named(&e.message)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns `true` if the failed write may have been applied, or may still be.
    pub(crate) fn is_unknown(&self) -> bool {
        match self {
            Self::Driver(e) => match e.kind.as_ref() {
                // The driver returns these only if it sent nothing.
                Driver::ServerSelection { .. } | Driver::Authentication { .. } => false,
                Driver::InvalidArgument { .. } | Driver::Bson(_) => false,
                Driver::Command(e) => TEMPORARY.contains(&e.code),
                Driver::Write(WriteFailure::WriteConcernError(_)) => true,
                Driver::Write(_) => false,
                Driver::InsertMany(e) => e.write_concern_error.is_some(),
                _ => true,
            },
            Self::TimedOut(_) => true,
            Self::Malformed(_) | Self::Newer(_) => false,
        }
    }

    fn kind(&self) -> ErrorKind {
        let Self::Driver(e) = self else {
            return match self {
                Self::TimedOut(_) => ErrorKind::Unavailable,
                _ => ErrorKind::Internal,
            };
        };
        let by_code = |code: i32| match code {
            TOO_LARGE => ErrorKind::TooLarge,
            DUPLICATE_KEY => ErrorKind::Conflict,
            code if TEMPORARY.contains(&code) => ErrorKind::Unavailable,
            _ => ErrorKind::Internal,
        };
        match e.kind.as_ref() {
            Driver::ServerSelection { .. }
            | Driver::Io(_)
            | Driver::ConnectionPoolCleared { .. }
            | Driver::DnsResolve { .. }
            | Driver::Shutdown
            | Driver::Write(WriteFailure::WriteConcernError(_)) => ErrorKind::Unavailable,
            Driver::Command(e) => by_code(e.code),
            Driver::Write(WriteFailure::WriteError(e)) => by_code(e.code),
            Driver::InsertMany(e) => match e.write_errors.iter().flatten().next() {
                Some(e) => by_code(e.code),
                None => ErrorKind::Unavailable,
            },
            _ => ErrorKind::Internal,
        }
    }

    /// Converts to an [`Error`], once per affected entry of a batch: an [`Error`] cannot be cloned.
    pub(crate) fn to_error(&self) -> Error {
        let source: chat_core::BoxError = match self {
            Self::Driver(e) => Box::new(e.clone()),
            other => other.to_string().into(),
        };
        match self.kind() {
            ErrorKind::Unavailable => Error::unavailable(source),
            ErrorKind::TooLarge => {
                Error::new(ErrorKind::TooLarge, "the document is too large to store")
                    .with_source(source)
            }
            ErrorKind::Conflict => {
                Error::new(ErrorKind::Conflict, "the document already exists").with_source(source)
            }
            _ => Error::internal(source),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Driver(e) => e.fmt(f),
            Self::TimedOut(after) => write!(f, "MongoDB did not answer within {after:?}"),
            Self::Malformed(what) => write!(f, "malformed document in MongoDB: {what}"),
            Self::Newer(version) => write!(
                f,
                "the schema version {version} of the database is newer than the supported version {}",
                crate::schema::VERSION
            ),
        }
    }
}

impl From<mongodb::error::Error> for Failure {
    fn from(e: mongodb::error::Error) -> Self {
        Self::Driver(e)
    }
}

impl From<Failure> for Error {
    fn from(e: Failure) -> Self {
        e.to_error()
    }
}

fn taken_by(e: &WriteError) -> Option<Taken> {
    (e.code == DUPLICATE_KEY).then(|| named(&e.message))
}

/// Returns the index that a duplicate key error names.
///
/// The message is `E11000 duplicate key error collection: db.name index: NAME dup key: {…}`. User
/// input appears only after the name.
pub(crate) fn named(message: &str) -> Taken {
    let rest = message.split_once(" index: ").map(|(_, rest)| rest);
    match rest.and_then(|r| r.split_whitespace().next()) {
        Some("room_seq" | "room_rev" | "room_position") => Taken::Position,
        Some("_id_") => Taken::Id,
        Some("room_sender_client") => Taken::ClientId,
        _ => Taken::Other,
    }
}

pub(crate) const fn is_duplicate(code: i32) -> bool {
    code == DUPLICATE_KEY
}

pub(crate) fn entry_error(e: &mongodb::error::IndexedWriteError) -> Error {
    let source = format!("write error {}: {}", e.code, e.message);
    match e.code {
        TOO_LARGE => Error::new(ErrorKind::TooLarge, "the document is too large to store")
            .with_source(source),
        code if TEMPORARY.contains(&code) => Error::unavailable(source),
        _ => Error::internal(source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_read_from_the_message_and_not_from_its_keys() {
        let told = |index: &str| {
            named(&format!(
                "E11000 duplicate key error collection: a.b index: {index} dup key: {{ r: \" index: _id_ \" }}"
            ))
        };
        assert_eq!(told("room_rev"), Taken::Position);
        assert_eq!(told("room_position"), Taken::Position);
        assert_eq!(told("_id_"), Taken::Id);
        assert_eq!(told("room_sender_client"), Taken::ClientId);
        assert_eq!(told("another"), Taken::Other);
        assert_eq!(named("what?"), Taken::Other);
    }

    #[test]
    fn what_can_help_is_told() {
        let late: Error = Failure::TimedOut(Duration::from_secs(1)).into();
        assert!(late.is_temporary());
        let odd: Error = Failure::Malformed("no room").into();
        assert_eq!(odd.kind(), ErrorKind::Internal);
        assert!(std::error::Error::source(&odd).is_some());
        let io = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        let broken = Failure::from(mongodb::error::Error::from(io));
        assert!(broken.is_unknown());
        assert_eq!(broken.to_error().kind(), ErrorKind::Unavailable);
    }
}
