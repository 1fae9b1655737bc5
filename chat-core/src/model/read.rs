use serde::{Deserialize, Serialize};

use crate::{RoomId, Timestamp, UserId};

/// A user's read marker in a room. It never moves back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReadMarker {
    /// The user.
    pub user_id: UserId,
    /// The `seq` of the last message read, or 0.
    pub seq: u64,
    /// The time of the last move.
    pub at: Timestamp,
}

/// A user's unread counts in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The room.
    pub room_id: RoomId,
    /// The user's read marker, or 0 if the user has read nothing.
    pub read_seq: u64,
    /// The number of messages after the marker that others sent, that are not deleted and that the
    /// user may see. Counted up to [`Unread::MAX`].
    pub count: u64,
    /// The number of those messages that mention the user. Counted up to [`Unread::MAX`].
    pub mentions: u64,
}

impl Unread {
    /// The number at which counting stops, to bound its cost. Badges rarely show more.
    pub const MAX: u64 = 1000;
}

/// The readers of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readers {
    /// The number of readers.
    pub count: u64,
    /// Some of the readers, by user id.
    pub users: Vec<UserId>,
}
