use serde::{Deserialize, Serialize};

use crate::{RoomId, Timestamp, UserId};

/// How far a user has read a room. It never moves back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReadMarker {
    /// Who.
    pub user_id: UserId,
    /// The `seq` of the last message read; 0 when none was.
    pub seq: u64,
    /// When it was last moved.
    pub at: Timestamp,
}

/// How much of a room a user has not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Which room.
    pub room_id: RoomId,
    /// The user's read marker; 0 when they have read nothing.
    pub read_seq: u64,
    /// Messages after the marker that others sent, nobody deleted and the user may see, counted up
    /// to [`Unread::MAX`].
    pub count: u64,
    /// Those of them that mention the user, counted up to [`Unread::MAX`].
    pub mentions: u64,
}

impl Unread {
    /// Counting stops here: a badge shows no more, and a count must not cost more.
    pub const MAX: u64 = 1000;
}

/// Who has read a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readers {
    /// How many users have.
    pub count: u64,
    /// Some of them, by user id.
    pub users: Vec<UserId>,
}
