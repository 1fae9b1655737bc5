use std::collections::BTreeSet;
use std::sync::Arc;

use futures::StreamExt;
use uuid::Uuid;

use super::super::access::no_such_member;
use super::super::room::Room as ActiveRoom;
use super::super::{Actor, Engine, Inner};
use super::moderation::Target;
use crate::model::{
    Action, Anchor, AuditAction, HistoryQuery, LogHead, Member, Membership, Message, Metadata,
    NewMessage, NewRoom, Role, Room, RoomCreated, RoomKind, RoomPatch, RoomSettings, SystemEvent,
};
use crate::protocol::{Event, RoomView, validate_metadata, validate_room_name, validate_settings};
use crate::{Error, ErrorKind, Result, RoomId, UserId};

/// A room to be created.
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
    id: Option<RoomId>,
    kind: RoomKind,
    name: Option<String>,
    members: Vec<UserId>,
    metadata: Metadata,
    settings: RoomSettings,
    creation_key: Option<String>,
}

impl CreateRoom {
    /// A room of this kind with an id of the engine's making.
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

    /// An id of the app's.
    pub fn id(mut self, id: RoomId) -> Self {
        self.id = Some(id);
        self
    }

    /// A name, for people.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The first members, beside the one who creates it.
    pub fn members(mut self, members: impl IntoIterator<Item = UserId>) -> Self {
        self.members = members.into_iter().collect();
        self
    }

    /// What the app keeps with it.
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// The same request again, by this user, finds the room that it made.
    pub(crate) fn once(mut self, key: CreationKey) -> Result<Self> {
        self.creation_key = Some(key.with(&self)?);
        // Every attempt names one room, so that the store lets one of them create it.
        self.id = match self.id {
            Some(id) => Some(id),
            None => Some(RoomId::new(key.0.to_string())?),
        };
        Ok(self)
    }

    /// Settings other than the kind's defaults.
    pub fn settings(mut self, settings: RoomSettings) -> Self {
        self.settings = settings;
        self
    }
}

/// A request to create a room that may come more than once: by the user and their name for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CreationKey(Uuid);

impl CreationKey {
    /// What names are told apart by from those of other things.
    const NAMESPACE: Uuid = Uuid::from_u128(0x8d7e_51a0_94c2_4f0b_a1f3_6f0e_2d35_b7c4);

    /// `key` has no control characters, and neither has a user id.
    pub(crate) fn new(user: &UserId, key: &str) -> Self {
        let name = format!("{user}\n{key}");
        Self(Uuid::new_v5(&Self::NAMESPACE, name.as_bytes()))
    }

    /// Of the key a hash, and one of what is asked for.
    fn with(self, room: &CreateRoom) -> Result<String> {
        let members: BTreeSet<_> = room.members.iter().collect();
        let CreateRoom { id, kind, name, .. } = room;
        let asked = serde_json::to_vec(&(id, kind, name, members, &room.metadata));
        let asked = Uuid::new_v5(&self.0, &asked.map_err(Error::internal)?);
        Ok(format!("{}/{asked}", self.0))
    }
}

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
    /// The user's read marker; 0 when nothing was read.
    pub read_seq: u64,
    /// Messages of others after the marker, counted up to [`Unread::MAX`](crate::model::Unread::MAX).
    pub unread: u64,
    /// Those of them that mention the user.
    pub mentions: u64,
    /// The newest message that the user may see.
    pub last_message: Option<Message>,
}

/// The stores are asked for this many rooms at once.
const ROOMS_PAGE: usize = 200;
const LAST_MESSAGES_AT_ONCE: usize = 8;
/// How far back the newest message is looked for that a user may see.
const LAST_MESSAGES: usize = 50;

impl Engine {
    /// Creates a room. A user who creates one becomes its owner (in a direct room a member); two
    /// users have one direct room, which is returned when it exists; who of the two had left it is in
    /// it again.
    ///
    /// # Errors
    /// `Conflict` when the id is taken, `Invalid` or `TooLarge` for what breaks a rule.
    pub async fn create_room(&self, actor: &Actor, room: CreateRoom) -> Result<Room> {
        Ok(self.create_or_get_room(actor, room).await?.room)
    }

    /// As [`create_room`](Self::create_room), and says whether the room existed.
    ///
    /// # Errors
    /// The same.
    pub async fn create_or_get_room(&self, actor: &Actor, room: CreateRoom) -> Result<RoomCreated> {
        let inner = &self.inner;
        let new = inner.new_room(actor, room)?;
        let members: Vec<_> = new.members.iter().map(|m| m.user_id.clone()).collect();
        match (actor, new.kind) {
            (Actor::User(user), RoomKind::Direct) => {
                for other in members.iter().filter(|m| *m != user) {
                    inner.refuse_between(user, other).await?;
                }
            }
            _ => inner.refuse_invitation(actor, &members).await?,
        }
        let (engine, actor) = (Arc::clone(inner), actor.clone());
        inner
            .to_the_end(async move { engine.create_or_get(&actor, new, members).await })
            .await
    }

    /// A room.
    ///
    /// # Errors
    /// `RoomNotFound`, also for a user outside, unless the room is public.
    pub async fn room(&self, actor: &Actor, room: &RoomId) -> Result<Arc<Room>> {
        let active = self.inner.room_for(actor, room).await?;
        let info = self.inner.room_info(&active).await?;
        if let Actor::User(user) = actor
            && info.kind != RoomKind::Public
        {
            self.inner.member(&active, user).await?;
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
        let inner = &self.inner;
        let active = inner.room_for(actor, room).await?;
        inner.authorize(&active, actor, Action::UpdateRoom).await?;
        let limits = &inner.config.limits;
        if let Some(Some(name)) = &patch.name {
            validate_room_name(name, limits)?;
        }
        if let Some(metadata) = &patch.metadata {
            validate_metadata(metadata, limits)?;
        }
        let mut settings = RoomSettings::default();
        patch.settings.apply(&mut settings);
        validate_settings(&settings)?;
        let (engine, actor, patch) = (Arc::clone(inner), actor.clone(), patch.clone());
        inner
            .to_the_end(async move { engine.update_room(&active, &actor, &patch).await })
            .await
    }

    /// Makes a member the owner of a room. The one before becomes an admin.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`, `Forbidden` for whoever is not the owner and for a direct room,
    /// `MemberNotFound`, `Conflict` when somebody else became the owner just now.
    pub async fn transfer_room(&self, actor: &Actor, room: &RoomId, to: &UserId) -> Result<Room> {
        let inner = &self.inner;
        let active = inner.room_for(actor, room).await?;
        inner.authorize(&active, actor, Action::Transfer).await?;
        let before = inner.rooms.room(room).await?;
        let before = before.ok_or_else(Error::room_not_found)?;
        let from = before.owner_id.as_ref();
        if before.kind == RoomKind::Direct || actor.user().is_some_and(|user| from != Some(user)) {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "only the owner may transfer a room, and a direct room has no owner",
            ));
        }
        let (engine, actor, to) = (Arc::clone(inner), actor.clone(), to.clone());
        inner
            .to_the_end(async move { engine.transfer(&active, &actor, &before, &to).await })
            .await
    }

    /// Deletes a room with its log, its members and their read markers. A deletion that fails half-way
    /// leaves a room without messages, and may be repeated. Connections that have joined the room are
    /// told, and in rooms of up to [`Config::per_user_fanout_max`](crate::Config::per_user_fanout_max)
    /// members the others, too.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`, `Forbidden`.
    pub async fn delete_room(&self, actor: &Actor, room: &RoomId) -> Result<()> {
        let inner = &self.inner;
        let active = inner.room_for(actor, room).await?;
        inner.authorize(&active, actor, Action::DeleteRoom).await?;
        let (engine, room) = (Arc::clone(inner), room.clone());
        inner
            .to_the_end(async move { engine.delete_room(&room).await })
            .await
    }

    /// A user's rooms by latest activity, those after this one. Looks at up to
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
        let inner = &self.inner;
        let mut rooms = inner.all_rooms_of(user).await?;
        let ids: Vec<_> = rooms.iter().map(|(room, _)| room.id.clone()).collect();
        let mut heads = crate::random::HashMap::default();
        for page in ids.chunks(ROOMS_PAGE) {
            for head in inner.log.heads(page).await? {
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
        let settings = inner.settings(user).await?;
        let unread = inner.reads.unread(user, &ids, &settings.blocked).await?;
        let entries = rooms
            .into_iter()
            .zip(unread)
            .map(|((room, member), unread)| {
                let log = heads.get(&room.id).cloned();
                async move {
                    let log = match log {
                        Some(log) => log,
                        None => inner.log.open(&room.id).await?,
                    };
                    let last_message = inner.last_message(&room.id, user).await?;
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

/// A place in a user's list of rooms: latest activity first, then by room id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomPosition {
    /// When the room's newest message was created, or the room where there is none.
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
    /// Where the room stands in the list: the start of the next page.
    #[must_use]
    pub fn position(&self) -> RoomPosition {
        RoomPosition {
            at: self.log.last_activity.unwrap_or(self.room.created_at),
            room: self.room.id.clone(),
        }
    }
}

impl Inner {
    async fn create_or_get(
        self: &Arc<Self>,
        actor: &Actor,
        new: NewRoom,
        members: Vec<UserId>,
    ) -> Result<RoomCreated> {
        let (id, key) = (new.id.clone(), new.creation_key.clone());
        self.discard_log_of_deleted(&id).await?;
        let create = || self.rooms.create_room(new.clone());
        let mut created = match (self.write_settled(create).await, key) {
            ((Err(error), repeated), key) if error.kind() == ErrorKind::Conflict => {
                let made = self.rooms.room(&id).await?;
                let made = made.filter(|made| repeated && made.created_at == new.created_at);
                match (made, key) {
                    // The answer of an earlier attempt was lost.
                    (Some(room), _) => RoomCreated {
                        room,
                        existed: false,
                    },
                    (None, Some(key)) => self.created_before(actor, &id, &key, error).await?,
                    (None, None) => return Err(error),
                }
            }
            ((created, repeated), _) => {
                let created = created?;
                let is_own = repeated && created.room.id == id;
                RoomCreated {
                    existed: created.existed && !is_own,
                    ..created
                }
            }
        };
        if created.existed {
            if created.room.kind == RoomKind::Direct {
                created.room = self.reopen(created.room, &members).await?;
            }
            return Ok(created);
        }
        // A room of this id may have been here before.
        self.room_changed(&id);
        let others = members.into_iter().filter(|m| Some(m) != actor.user());
        self.tell_created(&created.room, others.collect()).await;
        Ok(created)
    }

    /// Removes a log that a deletion which broke off may have left under the id of a room to be
    /// created: its messages are not for the members of the new room. The log is looked at before the
    /// room, so that the log of a room which another call creates meanwhile is not taken for it.
    async fn discard_log_of_deleted(&self, id: &RoomId) -> Result<()> {
        let found = self.log.heads(std::slice::from_ref(id)).await?;
        let Some(log) = found.into_iter().next() else {
            return Ok(());
        };
        if self.rooms.room(id).await?.is_some() {
            return Ok(());
        }
        self.log.delete_log(id, Some(log.epoch)).await
    }

    /// Tells the first members of a room that they are in it.
    async fn tell_created(self: &Arc<Self>, room: &Room, users: Vec<UserId>) {
        let (engine, id) = (Arc::clone(self), room.id.clone());
        let tell = move || {
            let (engine, id, users) = (Arc::clone(&engine), id.clone(), users.clone());
            async move {
                let active = engine.room(&id).await?;
                engine.tell_added(&active, users).await;
                Ok(())
            }
        };
        self.follow_up("room_added", tell).await;
    }

    async fn update_room(
        self: &Arc<Self>,
        active: &Arc<ActiveRoom>,
        actor: &Actor,
        patch: &RoomPatch,
    ) -> Result<Room> {
        let before = self.room_info(active).await?;
        let update = || self.rooms.update_room(&active.id, patch);
        let updated = self.write_settled(update).await.0?;
        self.room_changed(&active.id);
        if *before == updated {
            return Ok(updated);
        }
        if let Some(Some(keep)) = patch.settings.retention_messages {
            self.trim(active, keep);
        }
        if before.name == updated.name {
            self.tell_updated(active, &updated);
        } else {
            self.announce_rename(active, actor, updated.name.clone())
                .await;
        }
        let (action, target) = (AuditAction::UpdateRoom, Target::default());
        self.record(&active.id, actor, action, target).await;
        Ok(updated)
    }

    async fn announce_rename(
        self: &Arc<Self>,
        active: &Arc<ActiveRoom>,
        actor: &Actor,
        name: Option<String>,
    ) {
        let event = SystemEvent::RoomRenamed { name };
        let mut message = NewMessage::system(event, "", self.clock.now());
        message.sender_id = actor.user().cloned();
        let (engine, active) = (Arc::clone(self), Arc::clone(active));
        let announce = move || {
            let (engine, active) = (Arc::clone(&engine), Arc::clone(&active));
            let message = message.clone();
            async move { engine.append_system(&active, message).await }
        };
        self.follow_up("announce_rename", announce).await;
    }

    async fn transfer(
        self: &Arc<Self>,
        active: &Arc<ActiveRoom>,
        actor: &Actor,
        before: &Room,
        to: &UserId,
    ) -> Result<Room> {
        let from = before.owner_id.as_ref();
        let transfer = || self.rooms.transfer_room(&active.id, from, to);
        let after = match self.write_settled(transfer).await {
            // The answer of an earlier attempt was lost.
            (Err(error), true) if error.kind() == ErrorKind::Conflict => {
                let room = self.rooms.room(&active.id).await?;
                room.filter(|room| room.owner_id.as_ref() == Some(to))
                    .ok_or(error)?
            }
            (after, _) => after.map_err(no_such_member)?,
        };
        if from == Some(to) {
            return Ok(after);
        }
        self.room_changed(&active.id);
        let mut roles = vec![(to, Role::Owner)];
        // Where it is not known whether the owner before is still a member, the room hears that they are.
        if let Some(from) = from
            && !self
                .member(active, from)
                .await
                .is_err_and(|e| !e.is_temporary())
        {
            roles.push((from, Role::Admin));
        }
        self.announce_roles(active, &roles).await;
        self.tell_updated(active, &after);
        let (action, target) = (AuditAction::TransferOwnership, Target::user(to));
        self.record(&active.id, actor, action, target).await;
        Ok(after)
    }

    /// The room goes last, so that its owner can repeat a deletion that broke off, and nobody can
    /// create a room over a log that is still there.
    async fn delete_room(self: &Arc<Self>, room: &RoomId) -> Result<()> {
        let most = self.config.per_user_fanout_max;
        let members = self.rooms.members(room, None, most).await?;
        self.log.delete_log(room, None).await?;
        self.moderation.forget_room(room).await?;
        let delete = || self.rooms.delete_room(room);
        self.write_settled(delete).await.0?;
        let members: Vec<_> = members.into_iter().map(|m| m.user_id).collect();
        let event = Event::RoomRemoved {
            room_id: room,
            reason: "deleted",
        };
        // First the members who are listed; then whoever else has joined. Each connection is told once.
        self.send_gone(room, &members, &event);
        self.room_deleted(room);
        // A member may have written between the first two steps.
        let (engine, room) = (Arc::clone(self), room.clone());
        let sweep = move || {
            let (engine, room) = (Arc::clone(&engine), room.clone());
            async move { engine.discard_log_of_deleted(&room).await }
        };
        self.follow_up("delete_log", sweep).await;
        Ok(())
    }

    /// Tells whoever hears a room that it changed.
    fn tell_updated(&self, active: &Arc<ActiveRoom>, room: &Room) {
        let event = Event::RoomUpdated {
            room_id: &active.id,
            rev: None,
            room: Some(RoomView {
                room,
                epoch: active.epoch,
            }),
            message: None,
        };
        self.broadcast(active, &event, None, true);
    }

    fn new_room(&self, actor: &Actor, room: CreateRoom) -> Result<NewRoom> {
        let limits = &self.config.limits;
        if let Some(name) = &room.name {
            validate_room_name(name, limits)?;
        }
        validate_metadata(&room.metadata, limits)?;
        validate_settings(&room.settings)?;
        let most = limits.max_initial_members;
        if room.members.len() > most {
            let rule = format!("`members` must have at most {most} entries");
            return Err(Error::new(ErrorKind::TooLarge, rule));
        }
        let now = self.clock.now();
        let direct = room.kind == RoomKind::Direct;
        let mut members: Vec<Member> = Vec::with_capacity(room.members.len() + 1);
        if let Actor::User(user) = actor {
            let role = if direct { Role::Member } else { Role::Owner };
            members.push(Member::new(user.clone(), role, now));
        }
        for user in room.members {
            if !members.iter().any(|m| m.user_id == user) {
                members.push(Member::new(user, Role::Member, now));
            }
        }
        if direct && members.len() != 2 {
            return Err(Error::invalid(
                "`members` of a direct room must name one other user",
            ));
        }
        Ok(NewRoom {
            id: room.id.unwrap_or_else(RoomId::random),
            kind: room.kind,
            name: room.name,
            owner_id: actor.user().filter(|_| !direct).cloned(),
            members,
            metadata: room.metadata,
            settings: room.settings,
            creation_key: room.creation_key,
            created_at: now,
        })
    }

    /// The room that the same request made when it came before, while its user is in it; else the
    /// conflict stands.
    async fn created_before(
        &self,
        actor: &Actor,
        id: &RoomId,
        key: &str,
        conflict: Error,
    ) -> Result<RoomCreated> {
        let Some(room) = self.rooms.room(id).await? else {
            return Err(conflict);
        };
        let made = room.creation_key.as_deref();
        if made == Some(key) {
            if let Actor::User(user) = actor {
                let standing = self
                    .rooms
                    .memberships(id, std::slice::from_ref(user))
                    .await?;
                if !matches!(standing[..], [Some(Membership::Member(_))]) {
                    return Err(conflict);
                }
            }
            return Ok(RoomCreated {
                room,
                existed: true,
            });
        }
        let name = |key: &str| key.split_once('/').map(|(name, _)| name.to_owned());
        if made.and_then(name) == name(key) {
            return Err(Error::new(
                ErrorKind::Conflict,
                "`Idempotency-Key` was used for a different room",
            ));
        }
        Err(conflict)
    }

    /// Brings those of the two back who had left their direct room. Without this they could not: the
    /// room is found instead of created, and nobody is invited to a direct room.
    async fn reopen(self: &Arc<Self>, room: Room, members: &[UserId]) -> Result<Room> {
        let standing = self.rooms.memberships(&room.id, members).await?;
        if standing.iter().all(Option::is_some) {
            return Ok(room);
        }
        let active = self.room(&room.id).await?;
        for (user, standing) in members.iter().zip(standing) {
            if standing.is_none() {
                self.add_member(&active, user, Role::Member).await?;
            }
        }
        let stored = self.rooms.room(&room.id).await?;
        stored.ok_or_else(Error::room_not_found)
    }

    /// The newest message that a user may see, if it is among the newest ones at all.
    async fn last_message(&self, room: &RoomId, user: &UserId) -> Result<Option<Message>> {
        let view = self.view_of(room, user).await?;
        for limit in [1, LAST_MESSAGES] {
            let query = HistoryQuery::new(Anchor::Newest, limit);
            let page = self.log.history(room, &query).await?;
            let seen = page.messages.into_iter().rev().find(|m| view.sees(m));
            if seen.is_some() || !page.has_before {
                return Ok(seen);
            }
        }
        Ok(None)
    }

    pub(super) async fn all_rooms_of(&self, user: &UserId) -> Result<Vec<(Room, Member)>> {
        let most = self.config.limits.max_rooms_per_user;
        let mut rooms: Vec<(Room, Member)> = Vec::new();
        while rooms.len() < most {
            let after = rooms.last().map(|(room, _)| room.id.clone());
            let limit = ROOMS_PAGE.min(most - rooms.len());
            let page = self.rooms.rooms_of(user, after.as_ref(), limit).await?;
            let last = page.len() < limit;
            rooms.extend(page);
            if last {
                break;
            }
        }
        Ok(rooms)
    }
}
