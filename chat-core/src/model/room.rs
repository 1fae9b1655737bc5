use serde::{Deserialize, Serialize};

use super::{Member, Metadata};
use crate::{RoomId, Timestamp, UserId};

/// The kind of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum RoomKind {
    /// A room of exactly two users. Two users have at most one.
    Direct,
    /// A room that users join by invitation.
    Group,
    /// A room that any user may join unless banned.
    Public,
}

/// The settings of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct RoomSettings {
    /// `true` if joins and leaves are recorded in the log as system messages. Default: `true` for
    /// direct and group rooms, `false` for public rooms.
    pub announce_membership: bool,
    /// `true` if `JOIN_ROOM` makes a non-member of a public room a member. Default: `true`.
    pub join_on_demand: bool,
    /// The minimum time between two messages of a member, in seconds; 0 turns slow mode off.
    /// Moderators and higher roles are exempt.
    #[serde(skip_serializing_if = "is_zero")]
    pub slow_mode_seconds: u32,
    /// The time for which messages are kept, in seconds; `None` keeps them forever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_seconds: Option<u64>,
    /// The number of newest messages that are kept; `None` keeps all. Up to a sixteenth more may be
    /// stored.
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
    /// Returns the default settings of a kind of room.
    #[must_use]
    pub fn for_kind(kind: RoomKind) -> Self {
        Self {
            announce_membership: kind != RoomKind::Public,
            ..Self::default()
        }
    }
}

/// A change of settings. `None` leaves a setting unchanged, so that concurrent patches of different
/// settings all take effect.
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
    /// See [`RoomSettings::retention_seconds`]; `Some(None)` keeps messages forever.
    pub retention_seconds: Option<Option<u64>>,
    /// See [`RoomSettings::retention_messages`]; `Some(None)` keeps all messages.
    pub retention_messages: Option<Option<u64>>,
}

impl RoomSettingsPatch {
    /// Applies the patch to settings.
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
    /// Creates a patch that sets every setting.
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
    /// The room id.
    pub id: RoomId,
    /// The kind.
    pub kind: RoomKind,
    /// The display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The owner; `None` for the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<UserId>,
    /// The time of creation.
    pub created_at: Timestamp,
    /// The number of members.
    pub member_count: u64,
    /// The app's data.
    #[serde(default)]
    pub metadata: Metadata,
    /// The settings.
    #[serde(flatten)]
    pub settings: RoomSettings,
    /// The value of [`NewRoom::creation_key`]. Not sent to clients.
    #[serde(skip)]
    pub creation_key: Option<String>,
}

/// A room to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRoom {
    /// The room id.
    pub id: RoomId,
    /// The kind.
    pub kind: RoomKind,
    /// The display name.
    pub name: Option<String>,
    /// The owner, or `None` for the app.
    pub owner_id: Option<UserId>,
    /// The initial members, each user once. Exactly two for a direct room.
    pub members: Vec<Member>,
    /// The app's data.
    pub metadata: Metadata,
    /// The settings.
    pub settings: RoomSettings,
    /// The idempotency key of the request that creates the room: at most 80 ASCII characters. A
    /// store keeps it with the room, so that a retried creation finds its room.
    pub creation_key: Option<String>,
    /// The current time.
    pub created_at: Timestamp,
}

impl NewRoom {
    /// Creates a room without members, owned by the app, with the default settings of its kind.
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

/// The result of creating a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomCreated {
    /// The room.
    pub room: Room,
    /// `true` if the two users already had this direct room.
    pub existed: bool,
}

/// A change of a room. `None` leaves a field unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomPatch {
    /// The new name; `Some(None)` removes it.
    pub name: Option<Option<String>>,
    /// The new metadata. Replaces the whole object.
    pub metadata: Option<Metadata>,
    /// The new settings.
    pub settings: RoomSettingsPatch,
}
