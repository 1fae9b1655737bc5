use serde::{Deserialize, Serialize};

use super::reply::{Outcome, Reply};
use super::request::{NextPage, Request, present};
#[cfg(feature = "schema")]
use super::shape;
use crate::engine::{CreateRoom, CreationKey, RoomEntry};
use crate::model::{
    JsonBound, Message, Metadata, Role, RoomKind, RoomPatch, RoomSettingsPatch, json_bytes,
    str_bound,
};
use crate::protocol::RoomView;
use crate::{Error, ErrorKind, RoomId, UserId};

/// A room to be created.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewRoom {
    /// The room id, if the app lets users choose ids. By default, the server generates one.
    id: Option<RoomId>,
    /// The kind.
    kind: RoomKind,
    /// The display name.
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::RoomName>"))]
    name: Option<String>,
    /// The initial members besides the user. Exactly one for a direct room.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "shape::FirstMembers"))]
    members: Vec<UserId>,
    /// The app's data.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "shape::Metadata"))]
    metadata: Metadata,
}

/// A change of a room. Absent fields stay unchanged.
#[derive(Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "RoomChange")
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Patch {
    /// The new owner, who must be a member. No other field may be given.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "UserId"))]
    owner_id: Option<UserId>,
    /// The new name; null removes it.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::RoomName>"))]
    name: Option<Option<String>>,
    /// The new metadata. Replaces the whole object.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "shape::Metadata"))]
    metadata: Option<Metadata>,
    /// The minimum time between two messages of a member, in seconds; 0 turns slow mode off.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "shape::SlowMode"))]
    slow_mode_seconds: Option<u32>,
    /// The time for which messages are kept, in seconds; null keeps them forever.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<shape::Retention>"))]
    retention_seconds: Option<Option<u64>>,
    /// The number of newest messages that are kept; null keeps all.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<shape::RetentionMessages>")
    )]
    retention_messages: Option<Option<u64>>,
    /// `true` to record joins and leaves in the log.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "bool"))]
    announce_membership: Option<bool>,
    /// `true` if `JOIN_ROOM` makes a non-member of a public room a member.
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
    /// The rooms, by latest activity.
    rooms: Vec<Entry<'a>>,
    /// The next page.
    page: NextPage,
}

/// An entry of the user's list of rooms.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "RoomEntry")
)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(skip)]
    entry: &'a RoomEntry,
    #[serde(flatten)]
    room: RoomView<'a>,
    /// The user's role.
    role: Role,
    /// The highest position taken in the log, or 0.
    head: u64,
    /// The user's read marker, or 0.
    read_seq: u64,
    /// The number of unread messages of others, counted up to 1000.
    unread: u64,
    /// The number of unread messages that mention the user.
    mentions: u64,
    /// The newest message.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_message: Option<&'a Message>,
}

impl<'a> From<&'a RoomEntry> for Entry<'a> {
    fn from(entry: &'a RoomEntry) -> Self {
        Self {
            entry,
            room: RoomView {
                room: &entry.room,
                epoch: entry.log.epoch,
            },
            role: entry.role,
            head: entry.log.head,
            read_seq: entry.read_seq,
            unread: entry.unread,
            mentions: entry.mentions,
            last_message: entry.last_message.as_ref(),
        }
    }
}

impl JsonBound for Entry<'_> {
    fn json_bound(&self) -> usize {
        /// An upper bound of the names, punctuation and fixed-size fields.
        const FIXED: usize = 1_024;
        let room = self.room.room;
        let owner = room
            .owner_id
            .as_ref()
            .map_or(0, |id| str_bound(id.as_str()));
        let metadata = json_bytes(&room.metadata);
        let last = self.last_message.map_or(0, JsonBound::json_bound);
        FIXED
            + str_bound(room.id.as_str())
            + room.name.as_deref().map_or(0, str_bound)
            + owner
            + metadata
            + last
    }
}

pub(super) async fn list(request: &Request) -> Outcome {
    let bounds = request.page_bounds()?;
    let after = request.query.place("cursor")?;
    let entries = request
        .engine
        .rooms_of(&request.user, after.as_ref(), bounds.0 + 1)
        .await?;
    let mut rooms: Vec<_> = entries.iter().map(Entry::from).collect();
    let page = NextPage::cut(&mut rooms, bounds, |last| last.entry.position());
    Reply::ok(&List { rooms, page })
}

pub(super) async fn create(request: &Request) -> Outcome {
    let new: NewRoom = request.body.json()?;
    let mut room = CreateRoom::new(new.kind)
        .members(new.members)
        .metadata(new.metadata);
    if let Some(id) = new.id {
        if !request.engine.config().client_room_ids {
            let why = "`id` may only be chosen by the app";
            return Err(Error::new(ErrorKind::Forbidden, why).into());
        }
        room = room.id(id);
    }
    if let Some(name) = new.name {
        room = room.name(name);
    }
    if let Some(key) = request.idempotency_key()? {
        room = room.once(CreationKey::new(&request.user, key))?;
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
    let owner = patch.owner_id;
    let patch = RoomPatch {
        name: patch.name,
        metadata: patch.metadata,
        settings: RoomSettingsPatch {
            announce_membership: patch.announce_membership,
            join_on_demand: patch.join_on_demand,
            slow_mode_seconds: patch.slow_mode_seconds,
            retention_seconds: patch.retention_seconds,
            retention_messages: patch.retention_messages,
        },
    };
    let (engine, actor) = (&request.engine, request.actor());
    let updated = match owner {
        None => engine.update_room(&actor, room, &patch).await?,
        // A transfer and a patch together would not be atomic.
        Some(_) if patch != RoomPatch::default() => {
            return Err(Error::invalid("`ownerId` must be the only field").into());
        }
        Some(owner) => engine.transfer_room(&actor, room, &owner).await?,
    };
    Reply::ok(&RoomView {
        room: &updated,
        epoch: request.engine.epoch(room).await?,
    })
}

pub(super) async fn delete(request: &Request, room: &RoomId) -> Outcome {
    request.engine.delete_room(&request.actor(), room).await?;
    Reply::done()
}
