//! User settings: blocks and invisibility.

use std::sync::Arc;

use crate::engine::Engine;
use crate::engine::tasks::write_settled;
use crate::model::UserSettings;
use crate::{Error, ErrorKind, Result, UserId};

impl Engine {
    /// Returns a user's settings: blocks and invisibility.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn user_settings(&self, user: &UserId) -> Result<UserSettings> {
        let mut found = self
            .parts
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
        let (parts, user, other) = (Arc::clone(&self.parts), user.clone(), other.clone());
        let block = async move {
            let most = parts.config.limits.max_blocked;
            let block = || parts.users.block(&user, &other, most);
            let (changed, repeated) = write_settled(block).await;
            let changed = changed? || repeated;
            parts.fanout.user_changed(&user, &[other]);
            parts.presence.settings_changed(&user).await;
            Ok(changed)
        };
        self.parts.tasks.to_the_end(block).await
    }

    /// Lifts a block. Returns `true` if one existed.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn unblock(&self, user: &UserId, other: &UserId) -> Result<bool> {
        let (parts, user, other) = (Arc::clone(&self.parts), user.clone(), other.clone());
        let unblock = async move {
            let unblock = || parts.users.unblock(&user, &other);
            let (changed, repeated) = write_settled(unblock).await;
            let changed = changed? || repeated;
            parts.fanout.user_changed(&user, &[other]);
            parts.presence.settings_changed(&user).await;
            Ok(changed)
        };
        self.parts.tasks.to_the_end(unblock).await
    }

    /// Sets whether a user appears offline to others, on all devices and until changed. Their
    /// actions stay visible. Returns `true` if the setting changed.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn set_invisible(&self, user: &UserId, invisible: bool) -> Result<bool> {
        let (parts, user) = (Arc::clone(&self.parts), user.clone());
        let set = async move {
            let set = || parts.users.set_invisible(&user, invisible);
            let (changed, repeated) = write_settled(set).await;
            let changed = changed? || repeated;
            parts.fanout.user_changed(&user, &[]);
            parts.presence.settings_changed(&user).await;
            Ok(changed)
        };
        self.parts.tasks.to_the_end(set).await
    }
}
