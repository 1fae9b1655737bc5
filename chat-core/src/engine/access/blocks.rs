use std::sync::Arc;

use super::Access;
use crate::engine::actor::Actor;
use crate::engine::rooms::{ActiveRoom, Audience};
use crate::model::RoomKind;
use crate::{Error, ErrorKind, Result, UserId};

impl Access {
    /// Fails in a direct room if either user has blocked the other.
    pub(crate) async fn refuse_blocked(&self, room: &ActiveRoom, user: &UserId) -> Result<()> {
        if self.rooms.info(room).await?.kind != RoomKind::Direct {
            return Ok(());
        }
        let members = match self.rooms.audience(room).await? {
            Audience::Members(members) => members,
            // With a small `per_user_fanout_max`, the audience does not list the two members.
            Audience::Room => {
                let members = self.store.members(&room.id, None, 2).await?;
                members.into_iter().map(|m| m.user_id).collect()
            }
        };
        match members.iter().find(|m| *m != user) {
            Some(other) => self.refuse_between(user, other).await,
            None => Ok(()),
        }
    }

    pub(crate) async fn refuse_between(&self, user: &UserId, other: &UserId) -> Result<()> {
        let (own, theirs): (Arc<_>, Arc<_>) =
            futures::try_join!(self.settings.of(user), self.settings.of(other))?;
        let refused = |why| Err(Error::new(ErrorKind::Forbidden, why));
        if own.has_blocked(other) {
            return refused("you have blocked this user");
        }
        if theirs.has_blocked(user) {
            return refused("this user does not accept messages from you");
        }
        Ok(())
    }

    /// Fails if one of these users has blocked the inviter: a room's name is a message, too.
    pub(crate) async fn refuse_invitation(&self, actor: &Actor, users: &[UserId]) -> Result<()> {
        let Actor::User(inviter) = actor else {
            return Ok(());
        };
        let settings = self.settings.stored(users).await?;
        let mut both = users.iter().zip(settings);
        if let Some((user, _)) = both.find(|(_, settings)| settings.has_blocked(inviter)) {
            let message = format!("user `{user}` does not accept invitations from you");
            return Err(Error::new(ErrorKind::Forbidden, message));
        }
        Ok(())
    }
}
