use std::sync::Arc;

use futures::StreamExt;

use crate::engine::{Actor, CreateRoom, Engine};
use crate::model::{
    Action, Anchor, HistoryQuery, LogHead, Member, Message, Role, Room, RoomCreated, RoomKind,
    RoomPatch, RoomSettings,
};
use crate::protocol::{validate_metadata, validate_room_name, validate_settings};
use crate::{Error, ErrorKind, Result, RoomId, UserId};

/// A room in a user's list.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RoomEntry {
    /// The room.
    pub room: Room,
    /// The head of its log.
    pub log: LogHead,
    /// The user's role.
    pub role: Role,
    /// The user's read marker; 0 if nothing is read.
    pub read_seq: u64,
    /// Unread messages of others, counted up to [`Unread::MAX`](crate::model::Unread::MAX).
    pub unread: u64,
    /// Unread messages that mention the user.
    pub mentions: u64,
    /// The newest message that the user may see.
    pub last_message: Option<Message>,
}

const ROOMS_PAGE: usize = 200;
const LAST_MESSAGES_AT_ONCE: usize = 8;
const LAST_MESSAGES: usize = 50;

impl Engine {
    /// Creates a room. A user who creates one becomes its owner, or a member of a direct room. An
    /// existing direct room is returned, and a member who left is added back.
    ///
    /// # Errors
    /// `Conflict` if the id is taken, `Invalid` or `TooLarge` for an invalid request.
    pub async fn create_room(&self, actor: &Actor, room: CreateRoom) -> Result<Room> {
        Ok(self.create_or_get_room(actor, room).await?.room)
    }

    /// Like [`create_room`](Self::create_room), but also reports whether the room existed.
    ///
    /// # Errors
    /// As [`create_room`](Self::create_room).
    pub async fn create_or_get_room(&self, actor: &Actor, room: CreateRoom) -> Result<RoomCreated> {
        let parts = &self.parts;
        let new = parts.management.new_room(actor, room)?;
        let members: Vec<_> = new.members.iter().map(|m| m.user_id.clone()).collect();
        match (actor, new.kind) {
            (Actor::User(user), RoomKind::Direct) => {
                for other in members.iter().filter(|m| *m != user) {
                    parts.access.refuse_between(user, other).await?;
                }
            }
            _ => parts.access.refuse_invitation(actor, &members).await?,
        }
        let (parts, actor) = (Arc::clone(parts), actor.clone());
        self.parts
            .tasks
            .to_the_end(async move { parts.management.create_or_get(&actor, new, members).await })
            .await
    }

    /// Returns a room.
    ///
    /// # Errors
    /// `RoomNotFound`, which also hides a room that is not public from non-members.
    pub async fn room(&self, actor: &Actor, room: &RoomId) -> Result<Arc<Room>> {
        let active = self.parts.rooms.open_for(actor, room).await?;
        let info = self.parts.rooms.info(&active).await?;
        if let Actor::User(user) = actor
            && info.kind != RoomKind::Public
        {
            self.parts.rooms.member(&active, user).await?;
        }
        Ok(info)
    }

    /// Changes a room's name, metadata or settings.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`, `Forbidden`, `Invalid` or `TooLarge`.
    pub async fn update_room(
        &self,
        actor: &Actor,
        room: &RoomId,
        patch: &RoomPatch,
    ) -> Result<Room> {
        let parts = &self.parts;
        let active = parts
            .access
            .room_for(actor, room, Action::UpdateRoom)
            .await?;
        let limits = &parts.config.limits;
        if let Some(Some(name)) = &patch.name {
            validate_room_name(name, limits)?;
        }
        if let Some(metadata) = &patch.metadata {
            validate_metadata(metadata, limits)?;
        }
        let mut settings = RoomSettings::default();
        patch.settings.apply(&mut settings);
        validate_settings(&settings)?;
        let (parts, actor, patch) = (Arc::clone(parts), actor.clone(), patch.clone());
        self.parts
            .tasks
            .to_the_end(async move { parts.management.update_room(&active, &actor, &patch).await })
            .await
    }

    /// Makes a member the owner of a room. The previous owner becomes an admin.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`, `Forbidden` unless the actor is the owner or the app, and in a
    /// direct room, `MemberNotFound`, `Conflict` after a concurrent transfer.
    pub async fn transfer_room(&self, actor: &Actor, room: &RoomId, to: &UserId) -> Result<Room> {
        let parts = &self.parts;
        let active = parts.access.room_for(actor, room, Action::Transfer).await?;
        let before = parts.store.room(room).await?;
        let before = before.ok_or_else(Error::room_not_found)?;
        let from = before.owner_id.as_ref();
        if before.kind == RoomKind::Direct || actor.user().is_some_and(|user| from != Some(user)) {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "only the owner may transfer a room, and a direct room has no owner",
            ));
        }
        let (parts, actor, to) = (Arc::clone(parts), actor.clone(), to.clone());
        self.parts
            .tasks
            .to_the_end(async move {
                parts
                    .management
                    .transfer(&active, &actor, &before, &to)
                    .await
            })
            .await
    }

    /// Deletes a room with its log, members and read markers. If a deletion fails half-way, the
    /// room is left without messages, and the deletion can be repeated. Joined connections are
    /// notified, and in rooms with up to
    /// [`Config::per_user_fanout_max`](crate::Config::per_user_fanout_max) members all others, too.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`, `Forbidden`.
    pub async fn delete_room(&self, actor: &Actor, room: &RoomId) -> Result<()> {
        let parts = &self.parts;
        parts
            .access
            .room_for(actor, room, Action::DeleteRoom)
            .await?;
        let (parts, room) = (Arc::clone(parts), room.clone());
        self.parts
            .tasks
            .to_the_end(async move { parts.management.delete_room(&room).await })
            .await
    }

    /// Returns a user's rooms by latest activity, starting after `after`. Considers up to
    /// [`Limits::max_rooms_per_user`](crate::protocol::Limits::max_rooms_per_user) rooms.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn rooms_of(
        &self,
        user: &UserId,
        after: Option<&RoomPosition>,
        limit: usize,
    ) -> Result<Vec<RoomEntry>> {
        let parts = &self.parts;
        let mut rooms = self.all_rooms_of(user).await?;
        let ids: Vec<_> = rooms.iter().map(|(room, _)| room.id.clone()).collect();
        let mut heads = crate::random::HashMap::default();
        for page in ids.chunks(ROOMS_PAGE) {
            for head in parts.log.heads(page).await? {
                heads.insert(head.room_id.clone(), head);
            }
        }
        let position = |room: &Room| RoomPosition {
            at: heads
                .get(&room.id)
                .and_then(|h| h.last_activity)
                .unwrap_or(room.created_at),
            room: room.id.clone(),
        };
        rooms.sort_by_cached_key(|(room, _)| position(room));
        rooms.retain(|(room, _)| after.is_none_or(|after| position(room) > *after));
        rooms.truncate(limit);

        let ids: Vec<_> = rooms.iter().map(|(room, _)| room.id.clone()).collect();
        let settings = parts.settings.of(user).await?;
        let unread = parts.reads.unread(user, &ids, &settings.blocked).await?;
        let entries = rooms
            .into_iter()
            .zip(unread)
            .map(|((room, member), unread)| {
                let log = heads.get(&room.id).cloned();
                async move {
                    let log = match log {
                        Some(log) => log,
                        None => parts.log.open(&room.id).await?,
                    };
                    let last_message = self.last_message(&room.id, user).await?;
                    Ok(RoomEntry {
                        room,
                        log,
                        role: member.role,
                        read_seq: unread.read_seq,
                        unread: unread.count,
                        mentions: unread.mentions,
                        last_message,
                    })
                }
            });
        let entries: Vec<Result<RoomEntry>> = futures::stream::iter(entries)
            .buffered(LAST_MESSAGES_AT_ONCE)
            .collect()
            .await;
        entries.into_iter().collect()
    }
}

/// A position in a user's list of rooms, which is sorted by latest activity, then by room id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomPosition {
    /// The creation time of the room's newest message, or of the room if it has none.
    pub at: crate::Timestamp,
    /// The room.
    pub room: RoomId,
}

impl Ord for RoomPosition {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other
            .at
            .cmp(&self.at)
            .then_with(|| self.room.cmp(&other.room))
    }
}

impl PartialOrd for RoomPosition {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl RoomEntry {
    /// Returns the position of this entry: the cursor of the next page.
    #[must_use]
    pub fn position(&self) -> RoomPosition {
        RoomPosition {
            at: self.log.last_activity.unwrap_or(self.room.created_at),
            room: self.room.id.clone(),
        }
    }
}

impl Engine {
    /// Returns the newest message visible to a user, if it is among the latest [`LAST_MESSAGES`].
    async fn last_message(&self, room: &RoomId, user: &UserId) -> Result<Option<Message>> {
        let view = self.parts.access.view_of(room, user).await?;
        for limit in [1, LAST_MESSAGES] {
            let query = HistoryQuery::new(Anchor::Newest, limit);
            let page = self.parts.log.history(room, &query).await?;
            let seen = page.messages.into_iter().rev().find(|m| view.sees(m));
            if seen.is_some() || !page.has_before {
                return Ok(seen);
            }
        }
        Ok(None)
    }

    pub(super) async fn all_rooms_of(&self, user: &UserId) -> Result<Vec<(Room, Member)>> {
        let most = self.parts.config.limits.max_rooms_per_user;
        let mut rooms: Vec<(Room, Member)> = Vec::new();
        while rooms.len() < most {
            let after = rooms.last().map(|(room, _)| room.id.clone());
            let limit = ROOMS_PAGE.min(most - rooms.len());
            let page = self
                .parts
                .store
                .rooms_of(user, after.as_ref(), limit)
                .await?;
            let last = page.len() < limit;
            rooms.extend(page);
            if last {
                break;
            }
        }
        Ok(rooms)
    }
}
