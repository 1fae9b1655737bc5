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
    /// The least time between two messages of one member, in seconds; 0 is off. Moderators and whoever
    /// stands above them are exempt.
    #[serde(skip_serializing_if = "is_zero")]
    pub slow_mode_seconds: u32,
    /// How long messages are kept, in seconds; `None` is for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_seconds: Option<u64>,
    /// How many messages are kept, the newest; `None` is all. Up to a sixteenth more may be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_messages: Option<u64>,
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
            retention_messages: None,
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

/// A change of settings; `None` leaves a setting as it is, so that two changes at once lose nothing.
///
/// ```
/// use chat_core::model::{RoomSettings, RoomSettingsPatch};
/// let mut settings = RoomSettings::default();
/// let patch = RoomSettingsPatch { slow_mode_seconds: Some(10), ..Default::default() };
/// patch.apply(&mut settings);
/// assert_eq!(settings.slow_mode_seconds, 10);
/// assert!(settings.join_on_demand);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomSettingsPatch {
    /// See [`RoomSettings::announce_membership`].
    pub announce_membership: Option<bool>,
    /// See [`RoomSettings::join_on_demand`].
    pub join_on_demand: Option<bool>,
    /// See [`RoomSettings::slow_mode_seconds`].
    pub slow_mode_seconds: Option<u32>,
    /// See [`RoomSettings::retention_seconds`]; `Some(None)` is for good.
    pub retention_seconds: Option<Option<u64>>,
    /// See [`RoomSettings::retention_messages`]; `Some(None)` is all.
    pub retention_messages: Option<Option<u64>>,
}

impl RoomSettingsPatch {
    /// Makes the change.
    pub fn apply(&self, settings: &mut RoomSettings) {
        let Self {
            announce_membership,
            join_on_demand,
            slow_mode_seconds,
            retention_seconds,
            retention_messages,
        } = self;
        let set = settings;
        set.announce_membership = announce_membership.unwrap_or(set.announce_membership);
        set.join_on_demand = join_on_demand.unwrap_or(set.join_on_demand);
        set.slow_mode_seconds = slow_mode_seconds.unwrap_or(set.slow_mode_seconds);
        set.retention_seconds = retention_seconds.unwrap_or(set.retention_seconds);
        set.retention_messages = retention_messages.unwrap_or(set.retention_messages);
    }
}

impl From<RoomSettings> for RoomSettingsPatch {
    /// Sets them all.
    fn from(settings: RoomSettings) -> Self {
        Self {
            announce_membership: Some(settings.announce_membership),
            join_on_demand: Some(settings.join_on_demand),
            slow_mode_seconds: Some(settings.slow_mode_seconds),
            retention_seconds: Some(settings.retention_seconds),
            retention_messages: Some(settings.retention_messages),
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
    /// What [`NewRoom::creation_key`] was. Not for clients, so it is not in the JSON.
    #[serde(skip)]
    pub creation_key: Option<String>,
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
    /// The request that creates it, as the engine tells requests apart: at most 80 ASCII characters.
    /// A store keeps it with the room, so that a creation that is tried again finds its room.
    pub creation_key: Option<String>,
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
            creation_key: None,
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
    /// The new settings, each by itself.
    pub settings: RoomSettingsPatch,
}
