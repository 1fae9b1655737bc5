use serde::{Deserialize, Serialize};

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
        }
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
    pub const fn member(&self) -> Option<&Member> {
        match self {
            Self::Member(m) => Some(m),
            Self::Banned(_) => None,
        }
    }
}
