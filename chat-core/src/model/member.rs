use serde::{Deserialize, Serialize};

use super::{Action, allows};
use crate::{Timestamp, UserId};

/// The role of a member in a room, in ascending order of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads only.
    Guest,
    /// Reads and writes.
    Member,
    /// Also deletes messages, and removes, mutes and bans members.
    Moderator,
    /// Also changes the room and the roles of members.
    Admin,
    /// Also deletes the room and transfers ownership.
    Owner,
}

impl Role {
    /// Returns the name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Member => "member",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

/// The messages of a room for which a member wants notifications. The engine stores the level; the
/// app sends the notifications.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum NotificationLevel {
    /// All messages.
    #[default]
    All,
    /// Messages that mention the member.
    Mentions,
    /// No messages.
    None,
}

impl NotificationLevel {
    /// Returns `true` if the member wants a notification of a message. `mentioned` is `true` if the
    /// message mentions the member.
    #[must_use]
    pub const fn wants(self, mentioned: bool) -> bool {
        match self {
            Self::All => true,
            Self::Mentions => mentioned,
            Self::None => false,
        }
    }

    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde asks for a reference"
    )]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A member of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The user.
    pub user_id: UserId,
    /// The role in the room.
    pub role: Role,
    /// The time of joining.
    pub joined_at: Timestamp,
    /// The time until which the member may not write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Timestamp>,
    /// The notification level. Only the member sees it.
    #[serde(default, skip_serializing_if = "NotificationLevel::is_default")]
    pub notifications: NotificationLevel,
    /// `true` if others do not see the member's messages. Only other members with the role of a
    /// moderator or above see this field.
    #[serde(default, skip_serializing_if = "is_false")]
    pub shadow_muted: bool,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
const fn is_false(on: &bool) -> bool {
    !*on
}

impl Member {
    /// Creates a member with this role.
    #[must_use]
    pub const fn new(user_id: UserId, role: Role, joined_at: Timestamp) -> Self {
        Self {
            user_id,
            role,
            joined_at,
            muted_until: None,
            notifications: NotificationLevel::All,
            shadow_muted: false,
        }
    }

    /// Returns the member with the fields that a viewer of this role may see.
    ///
    /// ```
    /// use chat_core::model::{Member, Role};
    /// use chat_core::{Timestamp, UserId};
    /// let (bob, eve) = (UserId::new("bob")?, UserId::new("eve")?);
    /// let mut member = Member::new(eve.clone(), Role::Member, Timestamp::from_millis(0));
    /// member.shadow_muted = true;
    /// assert!(member.clone().seen_by(&bob, Role::Moderator).shadow_muted);
    /// assert!(!member.clone().seen_by(&bob, Role::Member).shadow_muted);
    /// assert!(!member.seen_by(&eve, Role::Moderator).shadow_muted);
    /// # Ok::<(), chat_core::InvalidId>(())
    /// ```
    #[must_use]
    pub fn seen_by(mut self, viewer: &UserId, role: Role) -> Self {
        let own = self.user_id == *viewer;
        if !own {
            self.notifications = NotificationLevel::default();
        }
        self.shadow_muted &= !own && allows(role, Action::Mute);
        self
    }

    /// Returns `true` if the member is muted at this time.
    #[must_use]
    pub fn is_muted(&self, now: Timestamp) -> bool {
        self.muted_until.is_some_and(|until| now < until)
    }
}

/// A change of a member. `None` leaves a field unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberPatch {
    /// The new role.
    pub role: Option<Role>,
    /// The new end of the mute; `Some(None)` ends it.
    pub muted_until: Option<Option<Timestamp>>,
    /// The new notification level.
    pub notifications: Option<NotificationLevel>,
    /// The new value of [`Member::shadow_muted`].
    pub shadow_muted: Option<bool>,
}

/// A ban of a user from a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Ban {
    /// The banned user.
    pub user_id: UserId,
    /// The user who imposed the ban; `None` for the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<UserId>,
    /// The start of the ban.
    pub at: Timestamp,
    /// The end of the ban; `None` for a permanent ban.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The reason, shown to the banned user and the moderators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Ban {
    /// Returns `true` if the ban is in force at this time.
    #[must_use]
    pub fn in_force(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// A user's relation to a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// The user is a member.
    Member(Member),
    /// The user is banned. The ban may have ended.
    Banned(Ban),
}

impl Membership {
    /// Converts into the member, or `None` for a ban.
    #[must_use]
    pub fn into_member(self) -> Option<Member> {
        match self {
            Self::Member(m) => Some(m),
            Self::Banned(_) => None,
        }
    }

    /// Returns the member, or `None` for a ban.
    #[must_use]
    pub const fn member(&self) -> Option<&Member> {
        match self {
            Self::Member(m) => Some(m),
            Self::Banned(_) => None,
        }
    }
}
