use serde::{Deserialize, Serialize};

use super::reply::{Outcome, Reply};
use super::request::{NextPage, Request, present};
use crate::engine::{CreateRoom, CreationKey, RoomEntry};
use crate::model::{Message, Metadata, Role, RoomKind, RoomPatch, RoomSettingsPatch};
use crate::protocol::RoomView;
use crate::{Error, RoomId, UserId};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewRoom {
    id: Option<RoomId>,
    kind: RoomKind,
    name: Option<String>,
    #[serde(default)]
    members: Vec<UserId>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Patch {
    #[serde(default, deserialize_with = "present")]
    owner_id: Option<UserId>,
    #[serde(default, deserialize_with = "present")]
    name: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    metadata: Option<Metadata>,
    #[serde(default, deserialize_with = "present")]
    slow_mode_seconds: Option<u32>,
    #[serde(default, deserialize_with = "present")]
    retention_seconds: Option<Option<u64>>,
    #[serde(default, deserialize_with = "present")]
    announce_membership: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    join_on_demand: Option<bool>,
}

#[derive(Serialize)]
struct List<'a> {
    rooms: Vec<Entry<'a>>,
    page: NextPage,
}

/// A room in its user's list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(flatten)]
    room: RoomView<'a>,
    role: Role,
    head: u64,
    read_seq: u64,
    unread: u64,
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
        },
    };
    let (engine, actor) = (&request.engine, request.actor());
    let updated = match owner {
        None => engine.update_room(&actor, room, &patch).await?,
        // Alone, so that the call is done in whole or not at all.
        Some(_) if patch != RoomPatch::default() => {
            return Err(Error::invalid("`ownerId` comes alone").into());
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
