use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::ErrorKind;

/// The code of an `ERROR` event and of a REST problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum ErrorCode {
    /// The command or request is malformed or breaks a rule.
    InvalidCommand,
    /// The token is missing or invalid.
    Unauthenticated,
    /// The token has expired.
    TokenExpired,
    /// The user lacks the permission.
    Forbidden,
    /// The user is not a member of this public room. For other rooms, the code is `ROOM_NOT_FOUND`.
    NotAMember,
    /// The connection has not joined the room.
    NotJoined,
    /// The room does not exist or is not visible to the user.
    RoomNotFound,
    /// The message does not exist in this room.
    MessageNotFound,
    /// The target user is not a member of this room.
    MemberNotFound,
    /// The input exceeds a limit.
    TooLarge,
    /// The rate limit is exceeded. `retryAfterMs` has the time to wait.
    RateLimited,
    /// A hook of the app rejected the message and gave the reason.
    Rejected,
    /// The request conflicts with the current state.
    Conflict,
    /// A backend does not respond. Try again later.
    Unavailable,
    /// An internal error of the server.
    Internal,
}

impl ErrorCode {
    /// Returns the HTTP status of a problem with this code.
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

/// The close code of a connection. It tells the client whether to reconnect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseCode {
    /// 1000: the client closed the connection.
    Normal,
    /// 1002: the client violated the WebSocket protocol. Reconnect: yes.
    ProtocolError,
    /// 1007: a text frame was not UTF-8. Reconnect: yes.
    NotUtf8,
    /// 1008: no valid token, or too many violations. Reconnect: only with a new token.
    Policy,
    /// 1009: a frame was too large. Reconnect: yes.
    TooLarge,
    /// 1011: internal error. Reconnect: yes, with backoff.
    Internal,
    /// 1012: the server restarts. Reconnect: yes, after the advised time, and resume.
    Restart,
    /// 1013: the client is too slow or the server overloaded. Reconnect: yes, with backoff, and
    /// resume.
    TryAgain,
    /// 4001: the token expired. Reconnect: yes, with a new token.
    TokenExpired,
    /// 4003: ended by the app. Reconnect: no.
    Ended,
    /// 4029: too many connections of this user or address. Reconnect: later.
    TooManyConnections,
}

impl CloseCode {
    /// Returns the number on the wire.
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
