use std::sync::Arc;

use crate::engine::access::too_high;
use crate::engine::audit::Target;
use crate::engine::tasks::write_settled;
use crate::engine::{Actor, Engine};
use crate::model::{
    Action, AuditAction, Ban, Member, MemberPatch, Membership, NotificationLevel, Role, RoomKind,
    may_act_on,
};
use crate::protocol::validate_reason;
use crate::{Error, ErrorKind, Result, RoomId, UserId};

impl Engine {
    /// Returns a user's membership or ban in a room.
    ///
    /// # Errors
    /// `RoomNotFound`, `Unavailable`.
    pub async fn membership(&self, room: &RoomId, user: &UserId) -> Result<Option<Membership>> {
        let room = self.parts.rooms.open(room).await?;
        self.parts.rooms.membership(&room, user).await
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
        let standing = self.parts.store.memberships(room, asked).await?.pop();
        match standing.flatten() {
            Some(Membership::Member(_)) => self.parts.fanout.member_changed(room, user),
            _ => self.parts.fanout.member_removed(room, user, "removed"),
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
        let parts = &self.parts;
        let room = parts.rooms.open_for(actor, room).await?;
        let role = parts.access.authorize(&room, actor, Action::Read).await?;
        let members = parts.store.members(&room.id, after, limit).await?;
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
        let room = self.parts.rooms.open_for(actor, room).await?;
        let own = self
            .parts
            .access
            .authorize(&room, actor, Action::Invite)
            .await?;
        let info = self.parts.rooms.info(&room).await?;
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
        self.parts.access.refuse_invitation(actor, asked).await?;
        self.parts.management.add_member(&room, user, role).await
    }

    /// Joins a public room as a user.
    ///
    /// # Errors
    /// `RoomNotFound`, also if the room is not public; `Forbidden` for a banned user.
    pub async fn join(&self, user: &UserId, room: &RoomId) -> Result<Member> {
        let room = self.parts.rooms.open_for(&user.into(), room).await?;
        let standing = self.parts.rooms.membership(&room, user).await?;
        if let Some(Membership::Member(member)) = standing {
            return Ok(member.seen_by(user, Role::Guest));
        }
        let info = self.parts.rooms.info(&room).await?;
        if standing.is_some() || info.kind != RoomKind::Public {
            return Err(self.parts.rooms.outside(&room, standing.as_ref()).await);
        }
        self.parts.management.become_member(&room, user).await
    }

    /// Leaves a room as a user. Has no effect for a non-member of a public room.
    ///
    /// # Errors
    /// `RoomNotFound`, also for a non-member of a room that is not public; `Conflict` for the owner
    /// of a group with other members, who must transfer it first.
    pub async fn leave(&self, user: &UserId, room: &RoomId) -> Result<()> {
        let room = self.parts.rooms.open_for(&user.into(), room).await?;
        let asked = std::slice::from_ref(user);
        let standing = self.parts.store.memberships(&room.id, asked).await?.pop();
        let info = self.parts.rooms.info(&room).await?;
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
        self.parts
            .management
            .remove_member(&room, user, "left")
            .await?;
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
        let room = self
            .parts
            .access
            .room_over(actor, room, user, Action::ChangeRole, Some(role))
            .await?;
        let patch = MemberPatch {
            role: Some(role),
            ..MemberPatch::default()
        };
        let (parts, actor, user) = (Arc::clone(&self.parts), actor.clone(), user.clone());
        let change = async move {
            let (member, changed) = parts.management.update_member(&room, &user, &patch).await?;
            if !changed {
                return parts.access.shown(&room, &actor, member).await;
            }
            parts
                .management
                .announce_roles(&room, &[(&user, role)])
                .await;
            let target = Target::user(&user).detail(role.as_str());
            let action = AuditAction::ChangeRole;
            parts.audit.record(&room.id, &actor, action, target).await;
            parts.access.shown(&room, &actor, member).await
        };
        self.parts.tasks.to_the_end(change).await
    }

    /// Removes a member. Returns `true` if they were one.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`, `Forbidden` for a member at or above the actor's role.
    pub async fn remove_member(&self, actor: &Actor, room: &RoomId, user: &UserId) -> Result<bool> {
        let room = self
            .parts
            .access
            .room_over(actor, room, user, Action::Remove, None)
            .await?;
        let (parts, actor, user) = (Arc::clone(&self.parts), actor.clone(), user.clone());
        let remove = async move {
            let removed = parts
                .management
                .remove_member(&room, &user, "removed")
                .await?;
            if removed {
                let (action, target) = (AuditAction::RemoveMember, Target::user(&user));
                parts.audit.record(&room.id, &actor, action, target).await;
            }
            Ok(removed)
        };
        self.parts.tasks.to_the_end(remove).await
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
        let parts = &self.parts;
        let now = parts.clock.now();
        if let Some(reason) = &reason {
            validate_reason(reason, &parts.config.limits)?;
        }
        if until.is_some_and(|until| until <= now) {
            return Err(Error::invalid("`until` must be in the future"));
        }
        let room = parts
            .access
            .room_over(actor, room, user, Action::Ban, None)
            .await?;
        let ban = Ban {
            user_id: user.clone(),
            by: actor.user().cloned(),
            at: now,
            until,
            reason,
        };
        let (parts, actor) = (Arc::clone(parts), actor.clone());
        self.parts
            .tasks
            .to_the_end(async move { parts.management.ban(&room, &actor, ban).await })
            .await
    }

    /// Lifts a ban. Returns `true` if one existed.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`, `Forbidden`.
    pub async fn unban(&self, actor: &Actor, room: &RoomId, user: &UserId) -> Result<bool> {
        let room = self.parts.access.room_for(actor, room, Action::Ban).await?;
        let (parts, actor, user) = (Arc::clone(&self.parts), actor.clone(), user.clone());
        let unban = async move {
            let unban = || parts.store.unban(&room.id, &user);
            let (ended, repeated) = write_settled(unban).await;
            let ended = ended? || repeated;
            parts.fanout.member_changed(&room.id, &user);
            if ended {
                let (action, target) = (AuditAction::Unban, Target::user(&user));
                parts.audit.record(&room.id, &actor, action, target).await;
            }
            Ok(ended)
        };
        self.parts.tasks.to_the_end(unban).await
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
        let parts = &self.parts;
        parts.access.room_for(actor, room, Action::Ban).await?;
        let now = parts.clock.now();
        let mut bans = Vec::new();
        let mut after = after.cloned();
        // The store may return expired bans; each round replaces them until the page is full.
        while bans.len() < limit {
            let most = limit - bans.len();
            let page = parts.store.bans(room, after.as_ref(), most).await?;
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
        let parts = &self.parts;
        let room = parts
            .access
            .room_over(actor, room, user, Action::Mute, None)
            .await?;
        let (parts, actor, user) = (Arc::clone(parts), actor.clone(), user.clone());
        let mute = async move {
            let (member, changed) = parts.management.update_member(&room, &user, &patch).await?;
            if changed {
                parts.audit.record(&room.id, &actor, action, target).await;
            }
            parts.access.shown(&room, &actor, member).await
        };
        self.parts.tasks.to_the_end(mute).await
    }

    /// Returns a member's notification level in a room.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`.
    pub async fn notifications(&self, user: &UserId, room: &RoomId) -> Result<NotificationLevel> {
        let room = self.parts.rooms.open_for(&user.into(), room).await?;
        Ok(self.parts.rooms.member(&room, user).await?.notifications)
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
        let room = self.parts.rooms.open_for(&user.into(), room).await?;
        self.parts.rooms.member(&room, user).await?;
        let patch = MemberPatch {
            notifications: Some(level),
            ..MemberPatch::default()
        };
        self.parts
            .management
            .update_member(&room, user, &patch)
            .await?;
        Ok(())
    }
}
