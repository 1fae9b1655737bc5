//! A room and its members, answered from the cache while it is fresh, else from the store.

use std::sync::Arc;

use super::{ActiveRoom, Audience, Rooms};
use crate::engine::config::ms;
use crate::model::{Member, Membership, Room, RoomKind};
use crate::{Error, ErrorKind, Result, UserId};

impl Rooms {
    pub(crate) async fn info(&self, room: &ActiveRoom) -> Result<Arc<Room>> {
        if let Some(info) = room.cache.room(ms(self.config.membership_max_age_ms)) {
            return Ok(info);
        }
        let generation = room.cache.generation();
        let info = self.store.room(&room.id).await?;
        let info = Arc::new(info.ok_or_else(Error::room_not_found)?);
        room.cache.put_room(generation, &info);
        Ok(info)
    }

    /// Returns the user's membership or ban. Expired bans count as `None`.
    pub(crate) async fn membership(
        &self,
        room: &ActiveRoom,
        user: &UserId,
    ) -> Result<Option<Membership>> {
        let max_age = ms(self.config.membership_max_age_ms);
        let membership = if let Some(known) = room.cache.membership(user, max_age) {
            known
        } else {
            let generation = room.cache.generation();
            let mut found = self
                .store
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

    pub(crate) async fn member(&self, room: &ActiveRoom, user: &UserId) -> Result<Member> {
        match self.membership(room, user).await? {
            Some(Membership::Member(member)) => Ok(member),
            other => Err(self.outside(room, other.as_ref()).await),
        }
    }

    /// The error for a non-member. A room that is not public looks missing, even to a banned user.
    pub(crate) async fn outside(&self, room: &ActiveRoom, standing: Option<&Membership>) -> Error {
        match self.info(room).await {
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

    /// The recipients of a room's events.
    pub(crate) async fn audience(&self, room: &ActiveRoom) -> Result<Audience> {
        let max_age = ms(self.config.membership_max_age_ms);
        if let Some(audience) = room.cache.audience(max_age) {
            return Ok(audience);
        }
        let generation = room.cache.generation();
        let most = self.config.per_user_fanout_max;
        let info = self.info(room).await?;
        let audience = if info.member_count > most as u64 {
            Audience::Room
        } else {
            let members = self.store.members(&room.id, None, most + 1).await?;
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

fn not_a_member() -> Error {
    Error::new(ErrorKind::NotAMember, "you are not a member of this room")
}
