use std::sync::Arc;

use super::Management;
use crate::engine::actor::Actor;
use crate::engine::audit::Target;
use crate::engine::rooms::ActiveRoom;
use crate::engine::tasks::write_settled;
use crate::model::{
    AuditAction, Ban, Member, MemberPatch, Membership, NewMessage, Role, SystemEvent,
};
use crate::protocol::{Event, RoomView};
use crate::{Error, ErrorKind, Result, UserId};

impl Management {
    /// Changes a member and invalidates caches on all nodes. Returns `true` if anything changed.
    pub(crate) async fn update_member(
        &self,
        room: &ActiveRoom,
        user: &UserId,
        patch: &MemberPatch,
    ) -> Result<(Member, bool)> {
        let before = self.rooms.membership(room, user).await?;
        let update = || self.store.update_member(&room.id, user, patch);
        let (updated, _) = write_settled(update).await;
        let member = updated.map_err(no_such_member)?;
        self.fanout.member_changed(&room.id, user);
        let changed = before.as_ref().and_then(Membership::member) != Some(&member);
        Ok((member, changed))
    }

    pub(crate) async fn become_member(
        self: &Arc<Self>,
        room: &Arc<ActiveRoom>,
        user: &UserId,
    ) -> Result<Member> {
        let (management, room, user) = (Arc::clone(self), Arc::clone(room), user.clone());
        let join = async move {
            let member = Member::new(user.clone(), Role::Member, management.clock.now());
            let add = || management.store.add_member(&room.id, &member);
            let (added, repeated) = write_settled(add).await;
            if added? || repeated {
                management.fanout.member_changed(&room.id, &user);
                management.announce_joined(&room, &member).await;
                return Ok(member);
            }
            room.cache.forget_member(&user);
            management.rooms.member(&room, &user).await
        };
        self.tasks.to_the_end(join).await
    }

    pub(crate) async fn add_member(
        self: &Arc<Self>,
        room: &Arc<ActiveRoom>,
        user: &UserId,
        role: Role,
    ) -> Result<bool> {
        let (management, room, user) = (Arc::clone(self), Arc::clone(room), user.clone());
        let add = async move {
            let member = Member::new(user.clone(), role, management.clock.now());
            let add = || management.store.add_member(&room.id, &member);
            let (added, repeated) = write_settled(add).await;
            if !added? && !repeated {
                return Ok(false);
            }
            management.fanout.member_changed(&room.id, &user);
            management.tell_added(&room, vec![user]).await;
            management.announce_joined(&room, &member).await;
            Ok(true)
        };
        self.tasks.to_the_end(add).await
    }

    pub(crate) async fn remove_member(
        self: &Arc<Self>,
        room: &Arc<ActiveRoom>,
        user: &UserId,
        reason: &'static str,
    ) -> Result<bool> {
        let (management, room, user) = (Arc::clone(self), Arc::clone(room), user.clone());
        let remove = async move {
            let remove = || management.store.remove_member(&room.id, &user);
            let (removed, repeated) = write_settled(remove).await;
            if removed?.is_none() && !repeated {
                management.fanout.not_a_member(&room.id, &user, reason);
                return Ok(false);
            }
            management.fanout.member_removed(&room.id, &user, reason);
            management.announce_left(&room, &user, reason).await;
            Ok(true)
        };
        self.tasks.to_the_end(remove).await
    }

    /// Cuts a banned user off at once. The announcement and the audit entry may take long.
    pub(crate) async fn ban(
        self: &Arc<Self>,
        room: &Arc<ActiveRoom>,
        actor: &Actor,
        ban: Ban,
    ) -> Result<()> {
        let before = self.rooms.membership(room, &ban.user_id).await?;
        let was_in = matches!(before, Some(Membership::Member(_)));
        let ban_them = || self.store.ban(&room.id, &ban);
        let (removed, repeated) = write_settled(ban_them).await;
        if removed?.is_none() && !(repeated && was_in) {
            self.fanout.not_a_member(&room.id, &ban.user_id, "banned");
        } else {
            self.fanout.member_removed(&room.id, &ban.user_id, "banned");
            self.announce_left(room, &ban.user_id, "banned").await;
        }
        let same = |b: &Ban| (&b.by, b.until, &b.reason) == (&ban.by, ban.until, &ban.reason);
        if matches!(&before, Some(Membership::Banned(before)) if same(before)) {
            return Ok(());
        }
        let target = Target::user(&ban.user_id).detail(ban.reason.unwrap_or_default());
        self.audit
            .record(&room.id, actor, AuditAction::Ban, target)
            .await;
        Ok(())
    }

    pub(super) async fn tell_added(self: &Arc<Self>, room: &Arc<ActiveRoom>, users: Vec<UserId>) {
        let (management, room) = (Arc::clone(self), Arc::clone(room));
        let tell = move || {
            let (management, room, users) =
                (Arc::clone(&management), Arc::clone(&room), users.clone());
            async move {
                let info = management.rooms.info(&room).await?;
                let event = Event::RoomAdded {
                    room: RoomView {
                        room: &info,
                        epoch: room.epoch,
                    },
                };
                management.fanout.send_direct(&users, &event, false);
                Ok(())
            }
        };
        self.tasks.follow_up("room_added", tell).await;
    }

    async fn announce_joined(self: &Arc<Self>, room: &Arc<ActiveRoom>, member: &Member) {
        let event = SystemEvent::MemberJoined {
            user_id: member.user_id.clone(),
            role: member.role,
        };
        self.announce_members(room, vec![event]).await;
    }

    pub(crate) async fn announce_roles(
        self: &Arc<Self>,
        room: &Arc<ActiveRoom>,
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
        room: &Arc<ActiveRoom>,
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
    async fn announce_members(self: &Arc<Self>, room: &Arc<ActiveRoom>, events: Vec<SystemEvent>) {
        // All attempts share one message, so that a lost answer does not lead to a second one.
        let now = self.clock.now();
        let messages = events
            .into_iter()
            .map(|event| NewMessage::system(event, "", now));
        let messages: Vec<_> = messages.collect();
        let (management, room) = (Arc::clone(self), Arc::clone(room));
        let announce = move || {
            let (management, room) = (Arc::clone(&management), Arc::clone(&room));
            let messages = messages.clone();
            async move {
                for message in messages {
                    management.try_announce(&room, message).await?;
                }
                Ok(())
            }
        };
        self.tasks.follow_up("announce_members", announce).await;
    }

    async fn try_announce(
        self: &Arc<Self>,
        room: &Arc<ActiveRoom>,
        message: NewMessage,
    ) -> Result<()> {
        let info = self.rooms.info(room).await?;
        if info.settings.announce_membership && self.config.notifies_each(&info) {
            self.messages.append_system(room, message).await
        } else {
            if self.config.broadcasts_presence(&info)
                && let Some(event) = &message.system
                && let Some(event) = Event::of_member(&room.id, event)
            {
                self.fanout.broadcast(room, &event, None, true);
            }
            Ok(())
        }
    }
}

/// Turns the store's "not a member" into an error about the target instead of the caller.
pub(crate) fn no_such_member(error: Error) -> Error {
    if error.kind() == ErrorKind::NotAMember {
        return Error::new(
            ErrorKind::MemberNotFound,
            "the user is not a member of this room",
        );
    }
    error
}
