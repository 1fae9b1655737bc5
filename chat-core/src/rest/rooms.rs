use serde::{Deserialize, Serialize};

use super::reply::{Outcome, Reply};
use super::request::{NextPage, Request, present};
use crate::engine::{CreateRoom, RoomEntry};
use crate::model::{Message, Metadata, Role, RoomKind, RoomPatch, RoomSettings};
use crate::protocol::RoomView;
#[cfg(feature = "schema")]
use crate::schema::shape;
use crate::{RoomId, UserId};

/// A room to be created.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewRoom {
    /// Its id; without one the server makes one.
    id: Option<RoomId>,
    /// Its kind.
    kind: RoomKind,
    /// Its name, for people.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::RoomName>"))]
    name: Option<String>,
    /// The first members, beside the user; one for a direct room.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "shape::FirstMembers"))]
    members: Vec<UserId>,
    /// What the app keeps with it.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "shape::Metadata"))]
    metadata: Metadata,
}

/// A change of a room; what is absent stays as it is.
#[derive(Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "RoomChange")
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Patch {
    /// The new name; null removes it.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::RoomName>"))]
    name: Option<Option<String>>,
    /// The new metadata, in whole.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "shape::Metadata"))]
    metadata: Option<Metadata>,
    /// The least time between two messages of one member, in seconds; 0 is off.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "shape::SlowMode"))]
    slow_mode_seconds: Option<u32>,
    /// How long messages are kept, in seconds; null is for good.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Retention>"))]
    retention_seconds: Option<Option<u64>>,
    /// Whether joins and leaves are announced in the log.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "bool"))]
    announce_membership: Option<bool>,
    /// Whether `JOIN_ROOM` makes a non-member of a public room a member.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "bool"))]
    join_on_demand: Option<bool>,
}

/// A page of the user's rooms.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "RoomList")
)]
pub(super) struct List<'a> {
    /// By latest activity, the newest first.
    rooms: Vec<Entry<'a>>,
    /// Where it goes on.
    page: NextPage,
}

/// A room in its user's list.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "RoomEntry")
)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(flatten)]
    room: RoomView<'a>,
    /// What the user is in it.
    role: Role,
    /// The highest position taken in its log; 0 when none is.
    head: u64,
    /// The user's read marker; 0 when they have read nothing.
    read_seq: u64,
    /// Messages of others after the marker, counted up to 1000.
    unread: u64,
    /// The newest message.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_message: Option<&'a Message>,
}

impl<'a> From<&'a RoomEntry> for Entry<'a> {
    fn from(entry: &'a RoomEntry) -> Self {
        Self {
            room: RoomView {
                room: &entry.room,
                epoch: entry.log.epoch,
            },
            role: entry.role,
            head: entry.log.head,
            read_seq: entry.read_seq,
            unread: entry.unread,
            last_message: entry.last_message.as_ref(),
        }
    }
}

pub(super) async fn list(request: &Request) -> Outcome {
    let limit = request.query.limit()?;
    let after = request.query.place("cursor")?;
    let mut entries = request
        .engine
        .rooms_of(&request.user, after.as_ref(), limit + 1)
        .await?;
    let page = NextPage::cut(&mut entries, limit, RoomEntry::position);
    let rooms = entries.iter().map(Entry::from).collect();
    Reply::ok(&List { rooms, page })
}

pub(super) async fn create(request: &Request) -> Outcome {
    let new: NewRoom = request.body.json()?;
    let mut room = CreateRoom::new(new.kind)
        .members(new.members)
        .metadata(new.metadata);
    if let Some(id) = new.id {
        room = room.id(id);
    }
    if let Some(name) = new.name {
        room = room.name(name);
    }
    let created = request
        .engine
        .create_or_get_room(&request.actor(), room)
        .await?;
    let room = &created.room;
    let view = RoomView {
        room,
        epoch: request.engine.epoch(&room.id).await?,
    };
    if created.existed {
        return Reply::ok(&view);
    }
    Ok(Reply::created(&view)?.at(Some("rooms"), room.id.as_str()))
}

pub(super) async fn get(request: &Request, room: &RoomId) -> Outcome {
    let info = request.engine.room(&request.actor(), room).await?;
    Reply::ok(&RoomView {
        room: &info,
        epoch: request.engine.epoch(room).await?,
    })
}

pub(super) async fn update(request: &Request, room: &RoomId) -> Outcome {
    let patch: Patch = request.body.json()?;
    let settings = if patch.has_settings() {
        let stored = request.engine.stored_room(room).await?;
        Some(patch.settings(stored.settings))
    } else {
        None
    };
    let patch = RoomPatch {
        name: patch.name,
        metadata: patch.metadata,
        settings,
        owner_id: None,
    };
    let updated = request
        .engine
        .update_room(&request.actor(), room, &patch)
        .await?;
    Reply::ok(&RoomView {
        room: &updated,
        epoch: request.engine.epoch(room).await?,
    })
}

pub(super) async fn delete(request: &Request, room: &RoomId) -> Outcome {
    request.engine.delete_room(&request.actor(), room).await?;
    Reply::done()
}

impl Patch {
    const fn has_settings(&self) -> bool {
        self.slow_mode_seconds.is_some()
            || self.retention_seconds.is_some()
            || self.announce_membership.is_some()
            || self.join_on_demand.is_some()
    }

    /// The settings after it.
    const fn settings(&self, mut settings: RoomSettings) -> RoomSettings {
        if let Some(seconds) = self.slow_mode_seconds {
            settings.slow_mode_seconds = seconds;
        }
        if let Some(seconds) = self.retention_seconds {
            settings.retention_seconds = seconds;
        }
        if let Some(on) = self.announce_membership {
            settings.announce_membership = on;
        }
        if let Some(on) = self.join_on_demand {
            settings.join_on_demand = on;
        }
        settings
    }
}
