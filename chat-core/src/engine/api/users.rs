//! User settings: blocks and invisibility.

use std::sync::Arc;

use super::super::cache::Audience;
use super::super::room::Room;
use super::super::{Actor, Engine, Inner};
use crate::model::{RoomKind, UserSettings};
use crate::{Error, ErrorKind, Result, UserId};

impl Engine {
    /// Returns a user's settings: blocks and invisibility.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn user_settings(&self, user: &UserId) -> Result<UserSettings> {
        let mut found = self
            .inner
            .users
            .settings(std::slice::from_ref(user))
            .await?;
        Ok(found.pop().unwrap_or_default())
    }

    /// Blocks a user: hides their messages from the blocker on all devices, and stops direct
    /// messages in both directions. Returns `true` if they were not blocked before.
    ///
    /// # Errors
    /// `Forbidden` for oneself, `Conflict` over
    /// [`Limits::max_blocked`](crate::protocol::Limits::max_blocked), `Unavailable`.
    pub async fn block(&self, user: &UserId, other: &UserId) -> Result<bool> {
        if user == other {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "you cannot block yourself",
            ));
        }
        let (engine, user, other) = (Arc::clone(&self.inner), user.clone(), other.clone());
        let block = async move {
            let most = engine.config.limits.max_blocked;
            let block = || engine.users.block(&user, &other, most);
            let (changed, repeated) = engine.write_settled(block).await;
            let changed = changed? || repeated;
            engine.user_changed(&user, &[other]).await;
            Ok(changed)
        };
        self.inner.to_the_end(block).await
    }

    /// Lifts a block. Returns `true` if one existed.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn unblock(&self, user: &UserId, other: &UserId) -> Result<bool> {
        let (engine, user, other) = (Arc::clone(&self.inner), user.clone(), other.clone());
        let unblock = async move {
            let unblock = || engine.users.unblock(&user, &other);
            let (changed, repeated) = engine.write_settled(unblock).await;
            let changed = changed? || repeated;
            engine.user_changed(&user, &[other]).await;
            Ok(changed)
        };
        self.inner.to_the_end(unblock).await
    }

    /// Sets whether a user appears offline to others, on all devices and until changed. Their
    /// actions stay visible. Returns `true` if the setting changed.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn set_invisible(&self, user: &UserId, invisible: bool) -> Result<bool> {
        let (engine, user) = (Arc::clone(&self.inner), user.clone());
        let set = async move {
            let set = || engine.users.set_invisible(&user, invisible);
            let (changed, repeated) = engine.write_settled(set).await;
            let changed = changed? || repeated;
            engine.user_changed(&user, &[]).await;
            Ok(changed)
        };
        self.inner.to_the_end(set).await
    }
}

impl Inner {
    /// Fails in a direct room if either user has blocked the other.
    pub(crate) async fn refuse_blocked(&self, room: &Room, user: &UserId) -> Result<()> {
        if self.room_info(room).await?.kind != RoomKind::Direct {
            return Ok(());
        }
        let members = match self.audience(room).await? {
            Audience::Members(members) => members,
            // With a small `per_user_fanout_max`, the audience does not list the two members.
            Audience::Room => {
                let members = self.rooms.members(&room.id, None, 2).await?;
                members.into_iter().map(|m| m.user_id).collect()
            }
        };
        match members.iter().find(|m| *m != user) {
            Some(other) => self.refuse_between(user, other).await,
            None => Ok(()),
        }
    }

    pub(super) async fn refuse_between(&self, user: &UserId, other: &UserId) -> Result<()> {
        let (own, theirs): (Arc<_>, Arc<_>) =
            futures::try_join!(self.settings(user), self.settings(other))?;
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
    pub(super) async fn refuse_invitation(&self, actor: &Actor, users: &[UserId]) -> Result<()> {
        let Actor::User(inviter) = actor else {
            return Ok(());
        };
        let settings = self.users.settings(users).await?;
        let mut both = users.iter().zip(settings);
        if let Some((user, _)) = both.find(|(_, settings)| settings.has_blocked(inviter)) {
            let message = format!("user `{user}` does not accept invitations from you");
            return Err(Error::new(ErrorKind::Forbidden, message));
        }
        Ok(())
    }
}
