use serde::{Deserialize, Serialize};

use crate::{MessageId, Timestamp};

/// What was answered in a thread. Replies that were deleted or have expired do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ThreadSummary {
    /// How many replies there are.
    pub reply_count: u64,
    /// The newest reply.
    pub last_reply_id: MessageId,
    /// The `seq` of the newest reply.
    pub last_reply_seq: u64,
    /// When the newest reply was sent.
    pub last_reply_at: Timestamp,
}

/// How far a user has read a thread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ThreadRead {
    /// The `seq` of the last reply read; 0 when none was.
    pub read_seq: u64,
    /// Replies after it that others sent and nobody deleted, counted up to
    /// [`Unread::MAX`](super::Unread::MAX).
    pub unread: u64,
}
