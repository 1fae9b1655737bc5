use std::collections::BTreeSet;

use uuid::Uuid;

use crate::model::{Metadata, RoomKind, RoomSettings};
use crate::{Error, Result, RoomId, UserId};

/// A request to create a room.
///
/// ```
/// use chat_core::engine::CreateRoom;
/// use chat_core::model::RoomKind;
/// let room = CreateRoom::new(RoomKind::Public).id("general".parse()?).name("General");
/// # Ok::<(), chat_core::InvalidId>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct CreateRoom {
    pub(super) id: Option<RoomId>,
    pub(super) kind: RoomKind,
    pub(super) name: Option<String>,
    pub(super) members: Vec<UserId>,
    pub(super) metadata: Metadata,
    pub(super) settings: RoomSettings,
    pub(super) creation_key: Option<String>,
}

impl CreateRoom {
    /// Creates a request for a room of this kind with a generated id.
    pub fn new(kind: RoomKind) -> Self {
        Self {
            id: None,
            kind,
            name: None,
            members: Vec::new(),
            metadata: Metadata::new(),
            settings: RoomSettings::for_kind(kind),
            creation_key: None,
        }
    }

    /// Sets the room's id.
    pub fn id(mut self, id: RoomId) -> Self {
        self.id = Some(id);
        self
    }

    /// Sets the room's display name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the first members besides the creator.
    pub fn members(mut self, members: impl IntoIterator<Item = UserId>) -> Self {
        self.members = members.into_iter().collect();
        self
    }

    /// Sets the app's metadata.
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Makes the request idempotent: a repeat by the same user returns the existing room.
    pub(crate) fn once(mut self, key: CreationKey) -> Result<Self> {
        self.creation_key = Some(key.with(&self)?);
        // Every attempt uses one id, so the store lets only one of them create the room.
        self.id = match self.id {
            Some(id) => Some(id),
            None => Some(RoomId::new(key.0.to_string())?),
        };
        Ok(self)
    }

    /// Replaces the default settings of the room's kind.
    pub fn settings(mut self, settings: RoomSettings) -> Self {
        self.settings = settings;
        self
    }
}

/// The idempotency key of a room's creation, derived from the user and their key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CreationKey(Uuid);

impl CreationKey {
    const NAMESPACE: Uuid = Uuid::from_u128(0x8d7e_51a0_94c2_4f0b_a1f3_6f0e_2d35_b7c4);

    /// Unambiguous because neither `key` nor a user id contains control characters.
    pub(crate) fn new(user: &UserId, key: &str) -> Self {
        let name = format!("{user}\n{key}");
        Self(Uuid::new_v5(&Self::NAMESPACE, name.as_bytes()))
    }

    /// Combines the key with a hash of the request, so that a changed request is detected.
    fn with(self, room: &CreateRoom) -> Result<String> {
        let members: BTreeSet<_> = room.members.iter().collect();
        let CreateRoom { id, kind, name, .. } = room;
        let asked = serde_json::to_vec(&(id, kind, name, members, &room.metadata));
        let asked = Uuid::new_v5(&self.0, &asked.map_err(Error::internal)?);
        Ok(format!("{}/{asked}", self.0))
    }
}
