//! Access control and audiences, answered from the cache while it is fresh, else from the store.

use std::sync::Arc;

use super::Inner;
use super::cache::Audience;
use super::config::ms;
use super::room::Room;
use crate::model::{Action, Member, Membership, Role, RoomKind, allows};
use crate::{Error, ErrorKind, Result, UserId};

/// The principal on whose behalf the engine acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The app itself, which may do everything.
    App,
    /// A user, limited by their role in the room.
    User(UserId),
}

impl Actor {
    /// Returns the user, or `None` for the app.
    #[must_use]
    pub const fn user(&self) -> Option<&UserId> {
        match self {
            Self::App => None,
            Self::User(user) => Some(user),
        }
    }
}

impl From<UserId> for Actor {
    fn from(user: UserId) -> Self {
        Self::User(user)
    }
}

impl From<&UserId> for Actor {
    fn from(user: &UserId) -> Self {
        Self::User(user.clone())
    }
}

impl Inner {
    pub(crate) async fn room_info(&self, room: &Room) -> Result<Arc<crate::model::Room>> {
        if let Some(info) = room.cache.room(ms(self.config.membership_max_age_ms)) {
            return Ok(info);
        }
        let generation = room.cache.generation();
        let info = self.rooms.room(&room.id).await?;
        let info = Arc::new(info.ok_or_else(Error::room_not_found)?);
        room.cache.put_room(generation, &info);
        Ok(info)
    }

    /// Returns the user's membership or ban. Expired bans count as `None`.
    pub(crate) async fn membership(
        &self,
        room: &Room,
        user: &UserId,
    ) -> Result<Option<Membership>> {
        let max_age = ms(self.config.membership_max_age_ms);
        let membership = if let Some(known) = room.cache.membership(user, max_age) {
            known
        } else {
            let generation = room.cache.generation();
            let mut found = self
                .rooms
                .memberships(&room.id, std::slice::from_ref(user))
                .await?;
            let membership = found.pop().flatten();
            room.cache
                .put_membership(generation, user, membership.as_ref());
            membership
        };
        Ok(membership.filter(|m| match m {
            Membership::Member(_) => true,
            Membership::Banned(ban) => ban.in_force(self.clock.now()),
        }))
    }

    pub(crate) async fn member(&self, room: &Room, user: &UserId) -> Result<Member> {
        match self.membership(room, user).await? {
            Some(Membership::Member(member)) => Ok(member),
            other => Err(self.outside(room, other.as_ref()).await),
        }
    }

    /// The error for a non-member. A room that is not public looks missing, even to a banned user.
    pub(crate) async fn outside(&self, room: &Room, standing: Option<&Membership>) -> Error {
        match self.room_info(room).await {
            Err(error) => error,
            Ok(info) if info.kind != RoomKind::Public => Error::room_not_found(),
            Ok(_) => match standing {
                Some(Membership::Banned(_)) => {
                    Error::new(ErrorKind::Forbidden, "you are banned from this room")
                }
                _ => not_a_member(),
            },
        }
    }

    /// Returns the actor's role in a room if it permits the action.
    pub(crate) async fn authorize(
        &self,
        room: &Room,
        actor: &Actor,
        action: Action,
    ) -> Result<Role> {
        let Actor::User(user) = actor else {
            return Ok(Role::Owner);
        };
        let member = self.member(room, user).await?;
        if !allows(member.role, action) {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "your role in this room does not allow this",
            ));
        }
        // Editing is a way to send, so mutes apply to it as well.
        let writes = matches!(action, Action::Send | Action::EditOwn);
        if writes && member.is_muted(self.clock.now()) {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "you are muted in this room",
            ));
        }
        if writes || action == Action::React {
            self.refuse_blocked(room, user).await?;
        }
        Ok(member.role)
    }

    /// Redacts a member for the actor, who must be allowed to read the room.
    pub(crate) async fn shown(&self, room: &Room, actor: &Actor, member: Member) -> Result<Member> {
        let role = self.authorize(room, actor, Action::Read).await?;
        Ok(match actor {
            Actor::App => member,
            Actor::User(viewer) => member.seen_by(viewer, role),
        })
    }

    /// The recipients of a room's events.
    pub(crate) async fn audience(&self, room: &Room) -> Result<Audience> {
        let max_age = ms(self.config.membership_max_age_ms);
        if let Some(audience) = room.cache.audience(max_age) {
            return Ok(audience);
        }
        let generation = room.cache.generation();
        let most = self.config.per_user_fanout_max;
        let info = self.room_info(room).await?;
        let audience = if info.member_count > most as u64 {
            Audience::Room
        } else {
            let members = self.rooms.members(&room.id, None, most + 1).await?;
            if members.len() > most {
                Audience::Room
            } else {
                Audience::Members(members.into_iter().map(|m| m.user_id).collect())
            }
        };
        room.cache.put_audience(generation, &audience);
        Ok(audience)
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

fn not_a_member() -> Error {
    Error::new(ErrorKind::NotAMember, "you are not a member of this room")
}
