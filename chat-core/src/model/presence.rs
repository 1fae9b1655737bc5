use serde::{Deserialize, Serialize};

use crate::{Timestamp, UserId};

/// The presence of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// The user.
    pub user_id: UserId,
    /// `true` if any device of the user is connected to any node.
    pub online: bool,
    /// The time at which the last device disconnected; `None` if the user is online or the time is
    /// unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
}

/// The presence of a room's members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum RoomPresence {
    /// The presence of a room that broadcasts it.
    Users {
        /// The members who are online, by user id.
        online: Vec<UserId>,
        /// The number of members.
        members: u64,
    },
    /// The occupancy of a larger room.
    Count {
        /// The number of subscribers, as in `OCCUPANCY`; `None` if occupancy is turned off.
        #[serde(skip_serializing_if = "Option::is_none")]
        online_count: Option<u64>,
        /// The number of members.
        members: u64,
    },
}
