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
