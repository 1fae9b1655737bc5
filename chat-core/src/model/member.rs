use serde::{Deserialize, Serialize};

use super::{Action, allows};
use crate::{Timestamp, UserId};

/// What a member is in a room, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads, and no more.
    Guest,
    /// Reads and writes.
    Member,
    /// Also removes messages and members, mutes and bans.
    Moderator,
    /// Also changes the room and the roles of others.
    Admin,
    /// Also deletes the room and hands it over.
    Owner,
}

impl Role {
    /// Its name on the wire.
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

/// Of which messages of a room a member wants to be notified. The engine keeps it for the app, which
/// sends the notifications.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum NotificationLevel {
    /// Of all.
    #[default]
    All,
    /// Of those that name them.
    Mentions,
    /// Of none.
    None,
}

impl NotificationLevel {
    /// Whether a message is one of those, which mentions the member or not.
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
    /// Who.
    pub user_id: UserId,
    /// What they are in the room.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
    /// Until when they may not write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Timestamp>,
    /// Of what they want to be notified; nobody else's business.
    #[serde(default, skip_serializing_if = "NotificationLevel::is_default")]
    pub notifications: NotificationLevel,
    /// Whether others do not see what they write. Only moderators, and whoever stands above them,
    /// are to know.
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
    /// A member with this role.
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

    /// The member as a user with this role in the room may see them.
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

    /// Whether they may not write at this time.
    #[must_use]
    pub fn is_muted(&self, now: Timestamp) -> bool {
        self.muted_until.is_some_and(|until| now < until)
    }
}

/// A change of a member; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberPatch {
    /// The new role.
    pub role: Option<Role>,
    /// The new end of the mute; `Some(None)` ends it.
    pub muted_until: Option<Option<Timestamp>>,
    /// Of what they want to be notified from now on.
    pub notifications: Option<NotificationLevel>,
    /// Whether others do not see what they write from now on.
    pub shadow_muted: Option<bool>,
}

/// A user who may not be a member of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Ban {
    /// Who.
    pub user_id: UserId,
    /// Who said so; `None` is the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<UserId>,
    /// Since when.
    pub at: Timestamp,
    /// Until when; `None` is for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why, for the banned user and the moderators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Ban {
    /// Whether it is in force at this time.
    #[must_use]
    pub fn in_force(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// How a user stands to a room, where they stand to it at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// A member.
    Member(Member),
    /// Banned, perhaps no longer in force.
    Banned(Ban),
}

impl Membership {
    /// The member, if it is one.
    #[must_use]
    pub fn into_member(self) -> Option<Member> {
        match self {
            Self::Member(m) => Some(m),
            Self::Banned(_) => None,
        }
    }

    /// The member, if it is one.
    #[must_use]
    pub const fn member(&self) -> Option<&Member> {
        match self {
            Self::Member(m) => Some(m),
            Self::Banned(_) => None,
        }
    }
}
