//! Access control: permissions, visibility and rates.
//!
//! | file | purpose |
//! |---|---|
//! | `mod` | permissions by membership and role |
//! | `blocks` | users who have blocked each other |
//! | `views` | the messages that a user sees |
//! | `rates` | how often a user may do what |
//! | `admission` | whose token it is, and how many requests are in flight |

mod admission;
mod blocks;
mod rates;
mod views;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use admission::{Admission, InFlight};
pub(crate) use rates::{RateClass, RateLimits};

use super::actor::Actor;
use super::config::ms;
use super::foundation::Foundation;
use super::rooms::{ActiveRoom, Rooms};
use super::users::{Hub, Settings};
use crate::backend::{ReadStore, RoomStore};
use crate::model::{Action, Member, Membership, Role, allows, may_act_on};
use crate::time::Clock;
use crate::{Error, ErrorKind, Result, RoomId, UserId};

/// Permissions and visibility.
#[derive(Debug)]
pub(crate) struct Access {
    clock: Arc<dyn Clock>,
    rooms: Arc<Rooms>,
    store: Arc<dyn RoomStore>,
    reads: Arc<dyn ReadStore>,
    settings: Arc<Settings>,
    hub: Arc<Hub>,
    max_age: Duration,
}

impl Access {
    pub(crate) fn new(
        base: &Foundation,
        rooms: &Arc<Rooms>,
        settings: &Arc<Settings>,
        hub: &Arc<Hub>,
    ) -> Arc<Self> {
        Arc::new(Self {
            clock: Arc::clone(&base.clock),
            rooms: Arc::clone(rooms),
            store: Arc::clone(&base.rooms),
            reads: Arc::clone(&base.reads),
            settings: Arc::clone(settings),
            hub: Arc::clone(hub),
            max_age: ms(base.config.membership_max_age_ms),
        })
    }

    /// Returns the actor's role in a room if it permits the action.
    pub(crate) async fn authorize(
        &self,
        room: &ActiveRoom,
        actor: &Actor,
        action: Action,
    ) -> Result<Role> {
        let Actor::User(user) = actor else {
            return Ok(Role::Owner);
        };
        let member = self.rooms.member(room, user).await?;
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

    /// Fails unless the actor may do this and outranks both the member and the role to be granted.
    async fn authorize_over(
        &self,
        room: &ActiveRoom,
        actor: &Actor,
        user: &UserId,
        action: Action,
        to: Option<Role>,
    ) -> Result<()> {
        let own = self.authorize(room, actor, action).await?;
        if *actor == Actor::App {
            return Ok(());
        }
        let target = self.rooms.membership(room, user).await?;
        let target = target.as_ref().and_then(Membership::member);
        let below = target.is_none_or(|t| may_act_on(own, t.role, action));
        let grants = to.is_none_or(|role| own > role);
        if allows(own, action) && below && grants {
            return Ok(());
        }
        Err(too_high())
    }

    /// Opens a room in which the actor may do this.
    pub(crate) async fn room_for(
        &self,
        actor: &Actor,
        room: &RoomId,
        action: Action,
    ) -> Result<Arc<ActiveRoom>> {
        let room = self.rooms.open_for(actor, room).await?;
        self.authorize(&room, actor, action).await?;
        Ok(room)
    }

    /// Opens a room in which the actor may do this, and outranks both the member and the role to be
    /// granted.
    pub(crate) async fn room_over(
        &self,
        actor: &Actor,
        room: &RoomId,
        user: &UserId,
        action: Action,
        to: Option<Role>,
    ) -> Result<Arc<ActiveRoom>> {
        let room = self.rooms.open_for(actor, room).await?;
        self.authorize_over(&room, actor, user, action, to).await?;
        Ok(room)
    }

    /// Opens a room that the actor may read.
    pub(crate) async fn readable(&self, actor: &Actor, room: &RoomId) -> Result<Arc<ActiveRoom>> {
        self.room_for(actor, room, Action::Read).await
    }

    /// Redacts a member for the actor, who must be allowed to read the room.
    pub(crate) async fn shown(
        &self,
        room: &ActiveRoom,
        actor: &Actor,
        member: Member,
    ) -> Result<Member> {
        let role = self.authorize(room, actor, Action::Read).await?;
        Ok(match actor {
            Actor::App => member,
            Actor::User(viewer) => member.seen_by(viewer, role),
        })
    }

    /// Returns `true` if only the member sees their messages.
    pub(crate) async fn is_shadow_muted(&self, room: &ActiveRoom, user: &UserId) -> Result<bool> {
        let membership = self.rooms.membership(room, user).await?;
        let member = membership.as_ref().and_then(Membership::member);
        Ok(member.is_some_and(|m| m.shadow_muted))
    }
}

pub(crate) fn too_high() -> Error {
    Error::new(
        ErrorKind::Forbidden,
        "your role in this room must be above the member's role and the new role",
    )
}
