//! Adding, removing and listing reactions.

use std::sync::Arc;

use super::super::room::Room;
use super::super::{Actor, Engine, Inner};
use crate::model::{Action, Change, Changed};
use crate::protocol::{validate_emoji, validate_reaction};
use crate::{MessageId, Result, RoomId, UserId};

/// A page of the users who reacted to a message with one emoji.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reactors {
    /// The number of users who reacted, over all pages.
    pub count: u64,
    /// `true` if the actor is one of them.
    pub reacted: bool,
    /// The users of this page, by user id.
    pub users: Vec<UserId>,
}

impl Engine {
    /// Adds or removes a user's reaction to a message.
    ///
    /// # Errors
    /// As [`edit`](Self::edit), `Invalid` unless the reaction is an emoji or one of
    /// [`Config::reaction_names`](crate::Config::reaction_names), `Conflict` over a limit.
    pub async fn react(
        &self,
        user: &UserId,
        room: &RoomId,
        message: &MessageId,
        emoji: impl Into<String> + Send,
        on: bool,
    ) -> Result<Changed> {
        let emoji = emoji.into();
        let room = self.inner.room_for(&user.into(), room).await?;
        let change = self.inner.prepare_reaction(&room, user, emoji, on).await?;
        self.inner.change_and_wait(&room, *message, change).await
    }

    /// Returns the users who reacted to a message with an emoji, by user id, starting after
    /// `after`. A message itself lists only the first
    /// [`Message::LISTED_USERS`](crate::model::Message::LISTED_USERS).
    ///
    /// # Errors
    /// As [`history`](Self::history), `MessageNotFound`, and `Invalid` or `TooLarge` for the emoji.
    pub async fn reactors(
        &self,
        actor: &Actor,
        room: &RoomId,
        message: &MessageId,
        emoji: &str,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Reactors> {
        let room = self.readable(actor, room).await?;
        validate_emoji(emoji, &self.inner.config.limits)?;
        let mut message = self.inner.seen(&room, actor, message).await?;
        let mut users = message.reactions.remove(emoji).unwrap_or_default();
        let (count, reacted) = (
            users.len() as u64,
            actor.user().is_some_and(|user| users.contains(user)),
        );
        users.retain(|user| after.is_none_or(|after| user > after));
        users.sort_unstable();
        users.truncate(limit);
        Ok(Reactors {
            count,
            reacted,
            users,
        })
    }
}

impl Inner {
    pub(crate) async fn prepare_reaction(
        self: &Arc<Self>,
        room: &Arc<Room>,
        user: &UserId,
        emoji: String,
        on: bool,
    ) -> Result<Change> {
        let actor = Actor::User(user.clone());
        self.authorize(room, &actor, Action::React).await?;
        let (user_id, limits) = (user.clone(), &self.config.limits);
        // Reactions that are no longer allowed can still be removed.
        if !on {
            validate_emoji(&emoji, limits)?;
            return Ok(Change::RemoveReaction { user_id, emoji });
        }
        validate_reaction(&emoji, &self.config.reaction_names, limits)?;
        Ok(Change::AddReaction {
            user_id,
            emoji,
            max_emoji: limits.max_emoji_per_message,
            max_users: limits.max_users_per_emoji,
        })
    }
}
