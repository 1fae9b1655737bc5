use serde::{Deserialize, Serialize};

use crate::{Timestamp, UserId};

/// Whether a user is online.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// Who.
    pub user_id: UserId,
    /// Whether any device of theirs is connected to any node.
    pub online: bool,
    /// When the last device went; `None` while online, and where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
}

/// Who of a room's members is online.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum RoomPresence {
    /// Of a room that broadcasts presence.
    Users {
        /// The members who are online, by user id.
        online: Vec<UserId>,
        /// How many members there are.
        members: u64,
    },
    /// Of a larger one.
    Count {
        /// How many hear the room, as `OCCUPANCY` counts them; `None` where it is turned off.
        #[serde(skip_serializing_if = "Option::is_none")]
        online_count: Option<u64>,
        /// How many members there are.
        members: u64,
    },
}
