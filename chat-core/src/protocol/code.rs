use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::ErrorKind;

/// The code of an `ERROR` event and of a REST problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum ErrorCode {
    /// Not a command, or one that breaks a rule.
    InvalidCommand,
    /// No token, or no valid one.
    Unauthenticated,
    /// The token ran out.
    TokenExpired,
    /// The user may not do this.
    Forbidden,
    /// The user is no member of the room, which is public; of any other they are told
    /// [`RoomNotFound`](Self::RoomNotFound).
    NotAMember,
    /// The connection has not joined the room.
    NotJoined,
    /// No such room, or none the user may know of.
    RoomNotFound,
    /// No such message in this room.
    MessageNotFound,
    /// The user that it is about is no member of this room.
    MemberNotFound,
    /// Above a limit.
    TooLarge,
    /// Too often; `retryAfterMs` says when again.
    RateLimited,
    /// A hook of the app said no; the message says why.
    Rejected,
    /// It conflicts with what is there.
    Conflict,
    /// A backend does not answer; try again.
    Unavailable,
    /// Our fault.
    Internal,
}

impl ErrorCode {
    /// The HTTP status of a problem with this code.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::InvalidCommand => StatusCode::BAD_REQUEST,
            Self::Unauthenticated | Self::TokenExpired => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::NotAMember | Self::NotJoined => StatusCode::FORBIDDEN,
            Self::RoomNotFound | Self::MessageNotFound | Self::MemberNotFound => {
                StatusCode::NOT_FOUND
            }
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::Rejected => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict => StatusCode::CONFLICT,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<ErrorKind> for ErrorCode {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Invalid => Self::InvalidCommand,
            ErrorKind::Unauthenticated => Self::Unauthenticated,
            ErrorKind::TokenExpired => Self::TokenExpired,
            ErrorKind::Forbidden => Self::Forbidden,
            ErrorKind::NotAMember => Self::NotAMember,
            ErrorKind::NotJoined => Self::NotJoined,
            ErrorKind::RoomNotFound => Self::RoomNotFound,
            ErrorKind::MessageNotFound => Self::MessageNotFound,
            ErrorKind::MemberNotFound => Self::MemberNotFound,
            ErrorKind::TooLarge => Self::TooLarge,
            ErrorKind::RateLimited => Self::RateLimited,
            ErrorKind::Rejected => Self::Rejected,
            ErrorKind::Conflict => Self::Conflict,
            ErrorKind::Unavailable => Self::Unavailable,
            ErrorKind::Internal => Self::Internal,
        }
    }
}

/// Why the server closes a connection, and so whether its client should come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseCode {
    /// 1000: the client closed.
    Normal,
    /// 1002: the client broke the WebSocket protocol. Come back: yes.
    ProtocolError,
    /// 1007: a text frame was not UTF-8. Come back: yes.
    NotUtf8,
    /// 1008: no valid token, or too many violations. Come back: not without a new token.
    Policy,
    /// 1009: a frame was too large. Come back: yes.
    TooLarge,
    /// 1011: our fault. Come back: yes, with backoff.
    Internal,
    /// 1012: the server restarts. Come back: yes, after the advised time, and resume.
    Restart,
    /// 1013: too slow, or the server is overloaded. Come back: yes, with backoff, and resume.
    TryAgain,
    /// 4001: the token ran out. Come back: yes, with a new token.
    TokenExpired,
    /// 4003: ended by the app. Come back: no.
    Ended,
    /// 4029: too many connections of this user or address. Come back: after a while.
    TooManyConnections,
}

impl CloseCode {
    /// The number on the wire.
    #[must_use]
    pub const fn as_u16(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::ProtocolError => 1002,
            Self::NotUtf8 => 1007,
            Self::Policy => 1008,
            Self::TooLarge => 1009,
            Self::Internal => 1011,
            Self::Restart => 1012,
            Self::TryAgain => 1013,
            Self::TokenExpired => 4001,
            Self::Ended => 4003,
            Self::TooManyConnections => 4029,
        }
    }
}
