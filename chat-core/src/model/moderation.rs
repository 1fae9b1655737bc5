use serde::{Deserialize, Serialize};

use crate::{AuditId, MessageId, ReportId, RoomId, Timestamp, UserId};

/// The status of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ReportStatus {
    /// Not decided yet.
    Open,
    /// A moderator acted on the report.
    Resolved,
    /// A moderator found no reason to act.
    Dismissed,
}

/// A user's report of a message, as moderators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The report id, which sorts by time.
    pub id: ReportId,
    /// The room.
    pub room_id: RoomId,
    /// The reported message.
    pub message_id: MessageId,
    /// The sender of the message; `None` for the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_id: Option<UserId>,
    /// The text of the message at the time of the report.
    pub text: String,
    /// The user who reported the message.
    pub reporter_id: UserId,
    /// The reason for the report.
    pub reason: String,
    /// The time of the report.
    pub created_at: Timestamp,
    /// The status.
    pub status: ReportStatus,
    /// The moderator who decided; `None` if the report is open or the app decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_by: Option<UserId>,
    /// The time of the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
}

/// A moderator's action in the audit log.
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
    /// Transferred ownership of the room.
    TransferOwnership,
    /// Banned a user.
    Ban,
    /// Lifted a ban.
    Unban,
    /// Muted a member.
    Mute,
    /// Lifted a mute.
    Unmute,
    /// Shadow-muted a member.
    ShadowMute,
    /// Lifted a shadow mute.
    ShadowUnmute,
    /// Pinned a message.
    Pin,
    /// Unpinned a message.
    Unpin,
    /// Changed the room's name, metadata or settings.
    UpdateRoom,
    /// Resolved or dismissed a report.
    ResolveReport,
}

/// An entry of a room's audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// The entry id, which sorts by time.
    pub id: AuditId,
    /// The room.
    pub room_id: RoomId,
    /// The time of the action.
    pub at: Timestamp,
    /// The user who acted; `None` for the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<UserId>,
    /// The action.
    pub action: AuditAction,
    /// The affected user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// The affected message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// Details, for example the reason for a ban or the new role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}
