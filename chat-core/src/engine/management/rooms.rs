use std::sync::Arc;

use super::members::no_such_member;
use super::{CreateRoom, Management};
use crate::engine::actor::Actor;
use crate::engine::audit::Target;
use crate::engine::rooms::ActiveRoom;
use crate::engine::tasks::write_settled;
use crate::model::{
    AuditAction, Member, Membership, NewMessage, NewRoom, Role, Room, RoomCreated, RoomKind,
    RoomPatch, SystemEvent,
};
use crate::protocol::{Event, RoomView, validate_metadata, validate_room_name, validate_settings};
use crate::{Error, ErrorKind, Result, RoomId, UserId};

impl Management {
    pub(crate) async fn create_or_get(
        self: &Arc<Self>,
        actor: &Actor,
        new: NewRoom,
        members: Vec<UserId>,
    ) -> Result<RoomCreated> {
        let (id, key) = (new.id.clone(), new.creation_key.clone());
        self.discard_log_of_deleted(&id).await?;
        let create = || self.store.create_room(new.clone());
        let mut created = match (write_settled(create).await, key) {
            ((Err(error), repeated), key) if error.kind() == ErrorKind::Conflict => {
                let made = self.store.room(&id).await?;
                let made = made.filter(|made| repeated && made.created_at == new.created_at);
                match (made, key) {
                    // An earlier attempt succeeded, but its answer was lost.
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
        // Caches may hold an earlier room with this id.
        self.fanout.room_changed(&id);
        let others = members.into_iter().filter(|m| Some(m) != actor.user());
        self.tell_created(&created.room, others.collect()).await;
        Ok(created)
    }

    /// Removes a log that an interrupted deletion left under a new room's id. The log is read
    /// before the room, so that the log of a concurrently created room survives.
    async fn discard_log_of_deleted(&self, id: &RoomId) -> Result<()> {
        let found = self.log.heads(std::slice::from_ref(id)).await?;
        let Some(log) = found.into_iter().next() else {
            return Ok(());
        };
        if self.store.room(id).await?.is_some() {
            return Ok(());
        }
        self.log.delete_log(id, Some(log.epoch)).await
    }

    async fn tell_created(self: &Arc<Self>, room: &Room, users: Vec<UserId>) {
        let (management, id) = (Arc::clone(self), room.id.clone());
        let tell = move || {
            let (management, id, users) = (Arc::clone(&management), id.clone(), users.clone());
            async move {
                let active = management.rooms.open(&id).await?;
                management.tell_added(&active, users).await;
                Ok(())
            }
        };
        self.tasks.follow_up("room_added", tell).await;
    }

    pub(crate) async fn update_room(
        self: &Arc<Self>,
        active: &Arc<ActiveRoom>,
        actor: &Actor,
        patch: &RoomPatch,
    ) -> Result<Room> {
        let before = self.rooms.info(active).await?;
        let update = || self.store.update_room(&active.id, patch);
        let updated = write_settled(update).await.0?;
        self.fanout.room_changed(&active.id);
        if *before == updated {
            return Ok(updated);
        }
        if let Some(Some(keep)) = patch.settings.retention_messages {
            self.rooms.trim(active, keep);
        }
        if before.name == updated.name {
            self.tell_updated(active, &updated);
        } else {
            self.announce_rename(active, actor, updated.name.clone())
                .await;
        }
        let (action, target) = (AuditAction::UpdateRoom, Target::default());
        self.audit.record(&active.id, actor, action, target).await;
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
        let (management, active) = (Arc::clone(self), Arc::clone(active));
        let announce = move || {
            let (management, active) = (Arc::clone(&management), Arc::clone(&active));
            let message = message.clone();
            async move { management.messages.append_system(&active, message).await }
        };
        self.tasks.follow_up("announce_rename", announce).await;
    }

    pub(crate) async fn transfer(
        self: &Arc<Self>,
        active: &Arc<ActiveRoom>,
        actor: &Actor,
        before: &Room,
        to: &UserId,
    ) -> Result<Room> {
        let from = before.owner_id.as_ref();
        let transfer = || self.store.transfer_room(&active.id, from, to);
        let after = match write_settled(transfer).await {
            // An earlier attempt succeeded, but its answer was lost.
            (Err(error), true) if error.kind() == ErrorKind::Conflict => {
                let room = self.store.room(&active.id).await?;
                room.filter(|room| room.owner_id.as_ref() == Some(to))
                    .ok_or(error)?
            }
            (after, _) => after.map_err(no_such_member)?,
        };
        if from == Some(to) {
            return Ok(after);
        }
        self.fanout.room_changed(&active.id);
        let mut roles = vec![(to, Role::Owner)];
        // If the previous owner's membership cannot be read, announce their new role anyway.
        if let Some(from) = from
            && !self
                .rooms
                .member(active, from)
                .await
                .is_err_and(|e| !e.is_temporary())
        {
            roles.push((from, Role::Admin));
        }
        self.announce_roles(active, &roles).await;
        self.tell_updated(active, &after);
        let (action, target) = (AuditAction::TransferOwnership, Target::user(to));
        self.audit.record(&active.id, actor, action, target).await;
        Ok(after)
    }

    /// Deletes the log before the room, so that the owner can repeat an interrupted deletion and no
    /// room can be created over a remaining log.
    pub(crate) async fn delete_room(self: &Arc<Self>, room: &RoomId) -> Result<()> {
        let most = self.config.per_user_fanout_max;
        let members = self.store.members(room, None, most).await?;
        self.log.delete_log(room, None).await?;
        self.moderation.forget_room(room).await?;
        let delete = || self.store.delete_room(room);
        write_settled(delete).await.0?;
        let members: Vec<_> = members.into_iter().map(|m| m.user_id).collect();
        let event = Event::RoomRemoved {
            room_id: room,
            reason: "deleted",
        };
        // Notify the listed members first, then the other joined connections. Each gets one event.
        self.fanout.send_gone(room, &members, &event);
        self.fanout.room_deleted(room);
        // Sweep again: a member may have written between the first two steps.
        let (management, room) = (Arc::clone(self), room.clone());
        let sweep = move || {
            let (management, room) = (Arc::clone(&management), room.clone());
            async move { management.discard_log_of_deleted(&room).await }
        };
        self.tasks.follow_up("delete_log", sweep).await;
        Ok(())
    }

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
        self.fanout.broadcast(active, &event, None, true);
    }

    /// Validates a request and turns it into a room to be stored.
    pub(crate) fn new_room(&self, actor: &Actor, room: CreateRoom) -> Result<NewRoom> {
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

    /// Resolves a conflict with an earlier attempt by returning its room, if the user is in it.
    async fn created_before(
        &self,
        actor: &Actor,
        id: &RoomId,
        key: &str,
        conflict: Error,
    ) -> Result<RoomCreated> {
        let Some(room) = self.store.room(id).await? else {
            return Err(conflict);
        };
        let made = room.creation_key.as_deref();
        if made == Some(key) {
            if let Actor::User(user) = actor {
                let standing = self
                    .store
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

    /// Adds back members who left a direct room: it is not created anew, and has no invitations.
    async fn reopen(self: &Arc<Self>, room: Room, members: &[UserId]) -> Result<Room> {
        let standing = self.store.memberships(&room.id, members).await?;
        if standing.iter().all(Option::is_some) {
            return Ok(room);
        }
        let active = self.rooms.open(&room.id).await?;
        for (user, standing) in members.iter().zip(standing) {
            if standing.is_none() {
                self.add_member(&active, user, Role::Member).await?;
            }
        }
        let stored = self.store.room(&room.id).await?;
        stored.ok_or_else(Error::room_not_found)
    }
}
