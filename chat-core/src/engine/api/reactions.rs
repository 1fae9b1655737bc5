//! Adding, removing and listing reactions.

use crate::engine::{Actor, Engine};
use crate::model::Changed;
use crate::protocol::validate_emoji;
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
        let room = self.parts.rooms.open_for(&user.into(), room).await?;
        let change = self
            .parts
            .messages
            .prepare_reaction(&room, user, emoji, on)
            .await?;
        self.parts.messages.change(&room, *message, change).await
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
        let room = self.parts.access.readable(actor, room).await?;
        validate_emoji(emoji, &self.parts.config.limits)?;
        let mut message = self.parts.messages.seen(&room, actor, message).await?;
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
