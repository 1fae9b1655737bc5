use serde::{Deserialize, Serialize};

use super::{Member, Metadata};
use crate::{RoomId, Timestamp, UserId};

/// What kind of room it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum RoomKind {
    /// Between two users, who have exactly one such room.
    Direct,
    /// By invitation.
    Group,
    /// Anyone may join who is not banned.
    Public,
}

/// What can be set per room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct RoomSettings {
    /// Whether joins and leaves are announced in the log (`kind: "system"`). Default: on for direct
    /// and group rooms, off for public ones.
    pub announce_membership: bool,
    /// Whether `JOIN_ROOM` makes a non-member of a public room a member. Default: on.
    pub join_on_demand: bool,
    /// The least time between two messages of one member, in seconds; 0 is off.
    #[serde(skip_serializing_if = "is_zero")]
    pub slow_mode_seconds: u32,
    /// How long messages are kept, in seconds; `None` is for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_seconds: Option<u64>,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
const fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Default for RoomSettings {
    fn default() -> Self {
        Self {
            announce_membership: true,
            join_on_demand: true,
            slow_mode_seconds: 0,
            retention_seconds: None,
        }
    }
}

impl RoomSettings {
    /// The defaults for a kind of room.
    #[must_use]
    pub fn for_kind(kind: RoomKind) -> Self {
        Self {
            announce_membership: kind != RoomKind::Public,
            ..Self::default()
        }
    }
}

/// A room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Room {
    /// Its id.
    pub id: RoomId,
    /// Its kind.
    pub kind: RoomKind,
    /// Its name, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Who owns it; `None` is the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<UserId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// How many members it has.
    pub member_count: u64,
    /// What the app keeps with it.
    #[serde(default)]
    pub metadata: Metadata,
    /// Its settings.
    #[serde(flatten)]
    pub settings: RoomSettings,
}

/// A room to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRoom {
    /// Its id.
    pub id: RoomId,
    /// Its kind.
    pub kind: RoomKind,
    /// Its name, for people.
    pub name: Option<String>,
    /// Who owns it; `None` is the app.
    pub owner_id: Option<UserId>,
    /// Its first members, each user once; exactly two for a direct room.
    pub members: Vec<Member>,
    /// What the app keeps with it.
    pub metadata: Metadata,
    /// Its settings.
    pub settings: RoomSettings,
    /// Now.
    pub created_at: Timestamp,
}

impl NewRoom {
    /// A room of this kind without members, owned by the app, with the kind's default settings.
    ///
    /// ```
    /// use chat_core::model::{NewRoom, RoomKind};
    /// use chat_core::{RoomId, Timestamp};
    /// let room = NewRoom::new(RoomId::new("general")?, RoomKind::Public, Timestamp::from_millis(0));
    /// assert!(!room.settings.announce_membership);
    /// # Ok::<(), chat_core::InvalidId>(())
    /// ```
    #[must_use]
    pub fn new(id: RoomId, kind: RoomKind, created_at: Timestamp) -> Self {
        Self {
            id,
            kind,
            name: None,
            owner_id: None,
            members: Vec::new(),
            metadata: Metadata::new(),
            settings: RoomSettings::for_kind(kind),
            created_at,
        }
    }
}

/// What became of a creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomCreated {
    /// The room.
    pub room: Room,
    /// Whether it was there before: the one direct room of these two users.
    pub existed: bool,
}

/// A change of a room; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomPatch {
    /// The new name; `Some(None)` removes it.
    pub name: Option<Option<String>>,
    /// The new metadata, in whole.
    pub metadata: Option<Metadata>,
    /// The new settings, in whole.
    pub settings: Option<RoomSettings>,
    /// The new owner.
    pub owner_id: Option<UserId>,
}
