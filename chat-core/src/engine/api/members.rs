use std::sync::Arc;

use super::super::access::no_such_member;
use super::super::room::Room;
use super::super::{Actor, Engine, Inner};
use super::moderation::Target;
use crate::model::{
    Action, AuditAction, Ban, Member, MemberPatch, Membership, NewMessage, NotificationLevel, Role,
    RoomKind, SystemEvent, allows, may_act_on,
};
use crate::protocol::{Event, RoomView, validate_reason};
use crate::{Error, ErrorKind, Result, RoomId, UserId};

impl Engine {
    /// Returns a user's membership or ban in a room.
    ///
    /// # Errors
    /// `RoomNotFound`, `Unavailable`.
    pub async fn membership(&self, room: &RoomId, user: &UserId) -> Result<Option<Membership>> {
        let room = self.inner.room(room).await?;
        self.inner.membership(&room, user).await
    }

    /// Reports that the app changed a membership directly in its
    /// [`RoomStore`](crate::backend::RoomStore). All nodes drop their cached copies, and a user who
    /// is no longer a member is cut off at once. Without this call it takes up to
    /// [`Config::membership_max_age_ms`](crate::Config::membership_max_age_ms).
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn membership_changed(&self, room: &RoomId, user: &UserId) -> Result<()> {
        let asked = std::slice::from_ref(user);
        let standing = self.inner.rooms.memberships(room, asked).await?.pop();
        match standing.flatten() {
            Some(Membership::Member(_)) => self.inner.member_changed(room, user),
            _ => self.inner.member_removed(room, user, "removed"),
        }
        Ok(())
    }

    /// Returns the members of a room by user id, starting after `after`, as the actor may see them:
    /// notification levels are visible only to oneself, shadow mutes only to moderators and above.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`.
    pub async fn members(
        &self,
        actor: &Actor,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<Member>> {
        let inner = &self.inner;
        let room = inner.room_for(actor, room).await?;
        let role = inner.authorize(&room, actor, Action::Read).await?;
        let members = inner.rooms.members(&room.id, after, limit).await?;
        Ok(match actor {
            Actor::App => members,
            Actor::User(viewer) => {
                let seen = members.into_iter().map(|m| m.seen_by(viewer, role));
                seen.collect()
            }
        })
    }

    /// Makes a user a member with this role. Returns `true` if they were not a member before.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`, `Forbidden` for a role at or above the actor's, for a user who
    /// is banned or has blocked the actor, and in a direct room.
    pub async fn add_member(
        &self,
        actor: &Actor,
        room: &RoomId,
        user: &UserId,
        role: Role,
    ) -> Result<bool> {
        let room = self.inner.room_for(actor, room).await?;
        let own = self.inner.authorize(&room, actor, Action::Invite).await?;
        let info = self.inner.room_info(&room).await?;
        if info.kind == RoomKind::Direct {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "members cannot be added to a direct room",
            ));
        }
        let plain = role <= Role::Member;
        if *actor != Actor::App && !plain && !may_act_on(own, role, Action::ChangeRole) {
            return Err(too_high());
        }
        let asked = std::slice::from_ref(user);
        self.inner.refuse_invitation(actor, asked).await?;
        self.inner.add_member(&room, user, role).await
    }

    /// Joins a public room as a user.
    ///
    /// # Errors
    /// `RoomNotFound`, also if the room is not public; `Forbidden` for a banned user.
    pub async fn join(&self, user: &UserId, room: &RoomId) -> Result<Member> {
        let room = self.inner.room_for(&user.into(), room).await?;
        let standing = self.inner.membership(&room, user).await?;
        if let Some(Membership::Member(member)) = standing {
            return Ok(member.seen_by(user, Role::Guest));
        }
        let info = self.inner.room_info(&room).await?;
        if standing.is_some() || info.kind != RoomKind::Public {
            return Err(self.inner.outside(&room, standing.as_ref()).await);
        }
        self.inner.become_member(&room, user).await
    }

    /// Leaves a room as a user. Has no effect for a non-member of a public room.
    ///
    /// # Errors
    /// `RoomNotFound`, also for a non-member of a room that is not public; `Conflict` for the owner
    /// of a group with other members, who must transfer it first.
    pub async fn leave(&self, user: &UserId, room: &RoomId) -> Result<()> {
        let room = self.inner.room_for(&user.into(), room).await?;
        let asked = std::slice::from_ref(user);
        let standing = self.inner.rooms.memberships(&room.id, asked).await?.pop();
        let info = self.inner.room_info(&room).await?;
        if !matches!(standing, Some(Some(Membership::Member(_)))) {
            return match info.kind {
                RoomKind::Public => Ok(()),
                _ => Err(Error::room_not_found()),
            };
        }
        if info.owner_id.as_ref() == Some(user) && info.member_count > 1 {
            return Err(Error::new(
                ErrorKind::Conflict,
                "the owner must transfer the room before leaving",
            ));
        }
        self.inner.remove_member(&room, user, "left").await?;
        Ok(())
    }

    /// Changes a member's role.
    ///
    /// # Errors
    /// As [`mute`](Self::mute), and `Forbidden` for a role at or above the actor's.
    pub async fn set_role(
        &self,
        actor: &Actor,
        room: &RoomId,
        user: &UserId,
        role: Role,
    ) -> Result<Member> {
        let room = self.inner.room_for(actor, room).await?;
        self.inner
            .authorize_over(&room, actor, user, Action::ChangeRole, Some(role))
            .await?;
        let patch = MemberPatch {
            role: Some(role),
            ..MemberPatch::default()
        };
        let (engine, actor, user) = (Arc::clone(&self.inner), actor.clone(), user.clone());
        let change = async move {
            let (member, changed) = engine.update_member(&room, &user, &patch).await?;
            if !changed {
                return engine.shown(&room, &actor, member).await;
            }
            engine.announce_roles(&room, &[(&user, role)]).await;
            let target = Target::user(&user).detail(role.as_str());
            let action = AuditAction::ChangeRole;
            engine.record(&room.id, &actor, action, target).await;
            engine.shown(&room, &actor, member).await
        };
        self.inner.to_the_end(change).await
    }

    /// Removes a member. Returns `true` if they were one.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`, `Forbidden` for a member at or above the actor's role.
    pub async fn remove_member(&self, actor: &Actor, room: &RoomId, user: &UserId) -> Result<bool> {
        let room = self.inner.room_for(actor, room).await?;
        self.inner
            .authorize_over(&room, actor, user, Action::Remove, None)
            .await?;
        let (engine, actor, user) = (Arc::clone(&self.inner), actor.clone(), user.clone());
        let remove = async move {
            let removed = engine.remove_member(&room, &user, "removed").await?;
            if removed {
                let (action, target) = (AuditAction::RemoveMember, Target::user(&user));
                engine.record(&room.id, &actor, action, target).await;
            }
            Ok(removed)
        };
        self.inner.to_the_end(remove).await
    }

    /// Bans a user and removes them if they are a member.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`, `Forbidden` for a member at or above the actor's role,
    /// `Invalid` for an end in the past, `TooLarge` or `Invalid` for the reason.
    pub async fn ban(
        &self,
        actor: &Actor,
        room: &RoomId,
        user: &UserId,
        until: Option<crate::Timestamp>,
        reason: Option<String>,
    ) -> Result<()> {
        let inner = &self.inner;
        let now = inner.clock.now();
        if let Some(reason) = &reason {
            validate_reason(reason, &inner.config.limits)?;
        }
        if until.is_some_and(|until| until <= now) {
            return Err(Error::invalid("`until` must be in the future"));
        }
        let room = inner.room_for(actor, room).await?;
        inner
            .authorize_over(&room, actor, user, Action::Ban, None)
            .await?;
        let ban = Ban {
            user_id: user.clone(),
            by: actor.user().cloned(),
            at: now,
            until,
            reason,
        };
        let (engine, actor) = (Arc::clone(inner), actor.clone());
        inner
            .to_the_end(async move { engine.ban(&room, &actor, ban).await })
            .await
    }

    /// Lifts a ban. Returns `true` if one existed.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`, `Forbidden`.
    pub async fn unban(&self, actor: &Actor, room: &RoomId, user: &UserId) -> Result<bool> {
        let room = self.inner.room_for(actor, room).await?;
        self.inner.authorize(&room, actor, Action::Ban).await?;
        let (engine, actor, user) = (Arc::clone(&self.inner), actor.clone(), user.clone());
        let unban = async move {
            let unban = || engine.rooms.unban(&room.id, &user);
            let (ended, repeated) = engine.write_settled(unban).await;
            let ended = ended? || repeated;
            engine.member_changed(&room.id, &user);
            if ended {
                let (action, target) = (AuditAction::Unban, Target::user(&user));
                engine.record(&room.id, &actor, action, target).await;
            }
            Ok(ended)
        };
        self.inner.to_the_end(unban).await
    }

    /// Returns the active bans of a room by user id, starting after `after`.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`, `Forbidden`.
    pub async fn bans(
        &self,
        actor: &Actor,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<Ban>> {
        let inner = &self.inner;
        let active = inner.room_for(actor, room).await?;
        inner.authorize(&active, actor, Action::Ban).await?;
        let now = inner.clock.now();
        let mut bans = Vec::new();
        let mut after = after.cloned();
        // The store may return expired bans; each round replaces them until the page is full.
        while bans.len() < limit {
            let most = limit - bans.len();
            let page = inner.rooms.bans(room, after.as_ref(), most).await?;
            let last = page.len() < most;
            after = page.last().map(|ban| ban.user_id.clone());
            bans.extend(page.into_iter().filter(|ban| ban.in_force(now)));
            if last {
                break;
            }
        }
        Ok(bans)
    }

    /// Mutes a member until a time, or unmutes them with `None`.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`, `MemberNotFound`, `Forbidden` for an equal or higher member.
    pub async fn mute(
        &self,
        actor: &Actor,
        room: &RoomId,
        user: &UserId,
        until: Option<crate::Timestamp>,
    ) -> Result<Member> {
        let patch = MemberPatch {
            muted_until: Some(until),
            ..MemberPatch::default()
        };
        let (action, detail) = match until {
            Some(until) => (AuditAction::Mute, until.to_string()),
            None => (AuditAction::Unmute, String::new()),
        };
        let target = Target::user(user).detail(detail);
        self.patch_muted(actor, room, user, patch, (action, target))
            .await
    }

    /// Shadow mutes a member, or ends a shadow mute, without notifying them or the room.
    ///
    /// # Errors
    /// As [`mute`](Self::mute).
    pub async fn shadow_mute(
        &self,
        actor: &Actor,
        room: &RoomId,
        user: &UserId,
        on: bool,
    ) -> Result<Member> {
        let patch = MemberPatch {
            shadow_muted: Some(on),
            ..MemberPatch::default()
        };
        let action = if on {
            AuditAction::ShadowMute
        } else {
            AuditAction::ShadowUnmute
        };
        let target = Target::user(user);
        self.patch_muted(actor, room, user, patch, (action, target))
            .await
    }

    async fn patch_muted(
        &self,
        actor: &Actor,
        room: &RoomId,
        user: &UserId,
        patch: MemberPatch,
        (action, target): (AuditAction, Target),
    ) -> Result<Member> {
        let inner = &self.inner;
        let room = inner.room_for(actor, room).await?;
        inner
            .authorize_over(&room, actor, user, Action::Mute, None)
            .await?;
        let (engine, actor, user) = (Arc::clone(inner), actor.clone(), user.clone());
        let mute = async move {
            let (member, changed) = engine.update_member(&room, &user, &patch).await?;
            if changed {
                engine.record(&room.id, &actor, action, target).await;
            }
            engine.shown(&room, &actor, member).await
        };
        inner.to_the_end(mute).await
    }

    /// Returns a member's notification level in a room.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`.
    pub async fn notifications(&self, user: &UserId, room: &RoomId) -> Result<NotificationLevel> {
        let room = self.inner.room_for(&user.into(), room).await?;
        Ok(self.inner.member(&room, user).await?.notifications)
    }

    /// Sets a member's notification level in a room, visible only to them and the app.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`.
    pub async fn set_notifications(
        &self,
        user: &UserId,
        room: &RoomId,
        level: NotificationLevel,
    ) -> Result<()> {
        let room = self.inner.room_for(&user.into(), room).await?;
        self.inner.member(&room, user).await?;
        let patch = MemberPatch {
            notifications: Some(level),
            ..MemberPatch::default()
        };
        self.inner.update_member(&room, user, &patch).await?;
        Ok(())
    }
}

impl Inner {
    /// Fails unless the actor may do this and outranks both the member and the role to be granted.
    async fn authorize_over(
        &self,
        room: &Room,
        actor: &Actor,
        user: &UserId,
        action: Action,
        to: Option<Role>,
    ) -> Result<()> {
        let own = self.authorize(room, actor, action).await?;
        if *actor == Actor::App {
            return Ok(());
        }
        let target = self.membership(room, user).await?;
        let target = target.as_ref().and_then(Membership::member);
        let below = target.is_none_or(|t| may_act_on(own, t.role, action));
        let grants = to.is_none_or(|role| own > role);
        if allows(own, action) && below && grants {
            return Ok(());
        }
        Err(too_high())
    }

    /// Changes a member and invalidates caches on all nodes. Returns `true` if anything changed.
    async fn update_member(
        &self,
        room: &Room,
        user: &UserId,
        patch: &MemberPatch,
    ) -> Result<(Member, bool)> {
        let before = self.membership(room, user).await?;
        let update = || self.rooms.update_member(&room.id, user, patch);
        let (updated, _) = self.write_settled(update).await;
        let member = updated.map_err(no_such_member)?;
        self.member_changed(&room.id, user);
        let changed = before.as_ref().and_then(Membership::member) != Some(&member);
        Ok((member, changed))
    }

    pub(crate) async fn become_member(
        self: &Arc<Self>,
        room: &Arc<Room>,
        user: &UserId,
    ) -> Result<Member> {
        let (engine, room, user) = (Arc::clone(self), Arc::clone(room), user.clone());
        let join = async move {
            let member = Member::new(user.clone(), Role::Member, engine.clock.now());
            let add = || engine.rooms.add_member(&room.id, &member);
            let (added, repeated) = engine.write_settled(add).await;
            if added? || repeated {
                engine.member_changed(&room.id, &user);
                engine.announce_joined(&room, &member).await;
                return Ok(member);
            }
            room.cache.forget_member(&user);
            engine.member(&room, &user).await
        };
        self.to_the_end(join).await
    }

    pub(super) async fn add_member(
        self: &Arc<Self>,
        room: &Arc<Room>,
        user: &UserId,
        role: Role,
    ) -> Result<bool> {
        let (engine, room, user) = (Arc::clone(self), Arc::clone(room), user.clone());
        let add = async move {
            let member = Member::new(user.clone(), role, engine.clock.now());
            let add = || engine.rooms.add_member(&room.id, &member);
            let (added, repeated) = engine.write_settled(add).await;
            if !added? && !repeated {
                return Ok(false);
            }
            engine.member_changed(&room.id, &user);
            engine.tell_added(&room, vec![user]).await;
            engine.announce_joined(&room, &member).await;
            Ok(true)
        };
        self.to_the_end(add).await
    }

    async fn remove_member(
        self: &Arc<Self>,
        room: &Arc<Room>,
        user: &UserId,
        reason: &'static str,
    ) -> Result<bool> {
        let (engine, room, user) = (Arc::clone(self), Arc::clone(room), user.clone());
        let remove = async move {
            let remove = || engine.rooms.remove_member(&room.id, &user);
            let (removed, repeated) = engine.write_settled(remove).await;
            if removed?.is_none() && !repeated {
                engine.not_a_member(&room.id, &user, reason);
                return Ok(false);
            }
            engine.member_removed(&room.id, &user, reason);
            engine.announce_left(&room, &user, reason).await;
            Ok(true)
        };
        self.to_the_end(remove).await
    }

    /// Cuts a banned user off at once. The announcement and the audit entry may take long.
    async fn ban(self: &Arc<Self>, room: &Arc<Room>, actor: &Actor, ban: Ban) -> Result<()> {
        let before = self.membership(room, &ban.user_id).await?;
        let was_in = matches!(before, Some(Membership::Member(_)));
        let ban_them = || self.rooms.ban(&room.id, &ban);
        let (removed, repeated) = self.write_settled(ban_them).await;
        if removed?.is_none() && !(repeated && was_in) {
            self.not_a_member(&room.id, &ban.user_id, "banned");
        } else {
            self.member_removed(&room.id, &ban.user_id, "banned");
            self.announce_left(room, &ban.user_id, "banned").await;
        }
        let same = |b: &Ban| (&b.by, b.until, &b.reason) == (&ban.by, ban.until, &ban.reason);
        if matches!(&before, Some(Membership::Banned(before)) if same(before)) {
            return Ok(());
        }
        let target = Target::user(&ban.user_id).detail(ban.reason.unwrap_or_default());
        self.record(&room.id, actor, AuditAction::Ban, target).await;
        Ok(())
    }

    pub(super) async fn tell_added(self: &Arc<Self>, room: &Arc<Room>, users: Vec<UserId>) {
        let (engine, room) = (Arc::clone(self), Arc::clone(room));
        let tell = move || {
            let (engine, room, users) = (Arc::clone(&engine), Arc::clone(&room), users.clone());
            async move {
                let info = engine.room_info(&room).await?;
                let event = Event::RoomAdded {
                    room: RoomView {
                        room: &info,
                        epoch: room.epoch,
                    },
                };
                engine.send_direct(&users, &event, false);
                Ok(())
            }
        };
        self.follow_up("room_added", tell).await;
    }

    async fn announce_joined(self: &Arc<Self>, room: &Arc<Room>, member: &Member) {
        let event = SystemEvent::MemberJoined {
            user_id: member.user_id.clone(),
            role: member.role,
        };
        self.announce_members(room, vec![event]).await;
    }

    pub(super) async fn announce_roles(
        self: &Arc<Self>,
        room: &Arc<Room>,
        roles: &[(&UserId, Role)],
    ) {
        let events = roles.iter().map(|(user, role)| SystemEvent::MemberUpdated {
            user_id: UserId::clone(user),
            role: *role,
        });
        self.announce_members(room, events.collect()).await;
    }

    async fn announce_left(
        self: &Arc<Self>,
        room: &Arc<Room>,
        user: &UserId,
        reason: &'static str,
    ) {
        let event = SystemEvent::MemberLeft {
            user_id: user.clone(),
            reason: reason.to_owned(),
        };
        self.announce_members(room, vec![event]).await;
    }

    /// Announces membership changes: in the log if so configured, else ephemerally in small rooms.
    async fn announce_members(self: &Arc<Self>, room: &Arc<Room>, events: Vec<SystemEvent>) {
        // All attempts share one message, so that a lost answer does not lead to a second one.
        let now = self.clock.now();
        let messages = events
            .into_iter()
            .map(|event| NewMessage::system(event, "", now));
        let messages: Vec<_> = messages.collect();
        let (engine, room) = (Arc::clone(self), Arc::clone(room));
        let announce = move || {
            let (engine, room) = (Arc::clone(&engine), Arc::clone(&room));
            let messages = messages.clone();
            async move {
                for message in messages {
                    engine.try_announce(&room, message).await?;
                }
                Ok(())
            }
        };
        self.follow_up("announce_members", announce).await;
    }

    async fn try_announce(self: &Arc<Self>, room: &Arc<Room>, message: NewMessage) -> Result<()> {
        let info = self.room_info(room).await?;
        if info.settings.announce_membership
            && info.member_count <= self.config.per_user_fanout_max as u64
        {
            self.append_system(room, message).await
        } else {
            if info.member_count <= self.config.presence_max as u64
                && let Some(event) = &message.system
                && let Some(event) = Event::of_member(&room.id, event)
            {
                self.broadcast(room, &event, None, true);
            }
            Ok(())
        }
    }

    /// Appends a system message, which expires by the room's retention.
    pub(super) async fn append_system(
        self: &Arc<Self>,
        room: &Arc<Room>,
        mut message: NewMessage,
    ) -> Result<()> {
        message.expires_at = self.expiry(room, message.created_at).await?;
        self.append(room, message).await.map(drop)
    }
}

fn too_high() -> Error {
    Error::new(
        ErrorKind::Forbidden,
        "your role in this room must be above the member's role and the new role",
    )
}
