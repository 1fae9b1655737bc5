use serde::{Deserialize, Serialize};

use crate::{AuditId, MessageId, ReportId, RoomId, Timestamp, UserId};

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ReportStatus {
    /// Nobody has looked at it yet.
    Open,
    /// A moderator acted on it.
    Resolved,
    /// A moderator saw no reason to act.
    Dismissed,
}

/// A user's report of a message, as moderators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Its id, which sorts by time.
    pub id: ReportId,
    /// The room.
    pub room_id: RoomId,
    /// The message.
    pub message_id: MessageId,
    /// Who sent the message; `None` where the app did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_id: Option<UserId>,
    /// What the message said when it was reported.
    pub text: String,
    /// Who reports it.
    pub reporter_id: UserId,
    /// Why.
    pub reason: String,
    /// When.
    pub created_at: Timestamp,
    /// What became of it.
    pub status: ReportStatus,
    /// Who decided that; `None` while it is open, or where the app did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_by: Option<UserId>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
}

/// What a moderator did, for the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AuditAction {
    /// Deleted another user's message.
    DeleteMessage,
    /// Removed a member.
    RemoveMember,
    /// Changed a member's role.
    ChangeRole,
    /// Handed the room over.
    TransferOwnership,
    /// Banned a user.
    Ban,
    /// Ended a ban.
    Unban,
    /// Muted a member.
    Mute,
    /// Ended a mute.
    Unmute,
    /// Muted a member without their knowing.
    ShadowMute,
    /// Ended that.
    ShadowUnmute,
    /// Pinned a message.
    Pin,
    /// Unpinned a message.
    Unpin,
    /// Changed the room.
    UpdateRoom,
    /// Resolved or dismissed a report.
    ResolveReport,
}

/// An entry of a room's audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// Its id, which sorts by time.
    pub id: AuditId,
    /// The room.
    pub room_id: RoomId,
    /// When.
    pub at: Timestamp,
    /// Who did it; `None` where the app did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<UserId>,
    /// What was done.
    pub action: AuditAction,
    /// To whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// To which message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// More about it, such as the reason of a ban or the new role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}
