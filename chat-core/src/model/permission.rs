//! The permission table: actions and the roles they require.

use super::Role;

/// An action of a member in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Join, read the history, list the members, mark as read.
    Read,
    /// Send messages and typing notifications.
    Send,
    /// Add and remove own reactions.
    React,
    /// Edit an own message.
    EditOwn,
    /// Delete an own message.
    DeleteOwn,
    /// Delete another member's message.
    DeleteAny,
    /// Pin and unpin a message.
    Pin,
    /// Add members to a group.
    Invite,
    /// Remove a member.
    Remove,
    /// Ban and unban a user, list the bans.
    Ban,
    /// Mute and unmute a member.
    Mute,
    /// List and resolve reports.
    Moderate,
    /// Read the audit log.
    Audit,
    /// Change the room's name, metadata and settings.
    UpdateRoom,
    /// Change another member's role.
    ChangeRole,
    /// Delete the room.
    DeleteRoom,
    /// Transfer ownership to another member.
    Transfer,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 17] = [
        Self::Read,
        Self::Send,
        Self::React,
        Self::EditOwn,
        Self::DeleteOwn,
        Self::DeleteAny,
        Self::Pin,
        Self::Invite,
        Self::Remove,
        Self::Ban,
        Self::Mute,
        Self::Moderate,
        Self::Audit,
        Self::UpdateRoom,
        Self::ChangeRole,
        Self::DeleteRoom,
        Self::Transfer,
    ];

    /// Returns the lowest role that may perform the action. This match is the table.
    #[must_use]
    pub const fn least_role(self) -> Role {
        match self {
            Self::Read => Role::Guest,
            Self::Send | Self::React | Self::EditOwn | Self::DeleteOwn | Self::Invite => {
                Role::Member
            }
            Self::DeleteAny
            | Self::Pin
            | Self::Remove
            | Self::Ban
            | Self::Mute
            | Self::Moderate => Role::Moderator,
            Self::UpdateRoom | Self::ChangeRole | Self::Audit => Role::Admin,
            Self::DeleteRoom | Self::Transfer => Role::Owner,
        }
    }
}

/// Returns `true` if a member with this role may perform the action.
///
/// ```
/// use chat_core::model::{Action, Role, allows};
/// assert!(allows(Role::Guest, Action::Read));
/// assert!(!allows(Role::Guest, Action::Send));
/// assert!(allows(Role::Moderator, Action::DeleteAny));
/// ```
#[must_use]
pub fn allows(role: Role, action: Action) -> bool {
    role >= action.least_role()
}

/// Returns `true` if a member with the role `actor` may perform the action *on* a member with the
/// role `target`, which must be lower.
#[must_use]
pub fn may_act_on(actor: Role, target: Role, action: Action) -> bool {
    allows(actor, action) && actor > target
}
