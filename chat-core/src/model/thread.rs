use serde::{Deserialize, Serialize};

use crate::{MessageId, Timestamp};

/// A summary of a thread. Deleted and expired replies do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ThreadSummary {
    /// The number of replies.
    pub reply_count: u64,
    /// The newest reply.
    pub last_reply_id: MessageId,
    /// The `seq` of the newest reply.
    pub last_reply_seq: u64,
    /// The creation time of the newest reply.
    pub last_reply_at: Timestamp,
}

/// A user's read marker and unread count in a thread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ThreadRead {
    /// The `seq` of the last reply read, or 0.
    pub read_seq: u64,
    /// The number of replies after the marker that others sent and that are not deleted. Counted up
    /// to 1000.
    pub unread: u64,
}
