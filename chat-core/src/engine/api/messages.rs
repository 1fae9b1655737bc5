use std::sync::Arc;

use tokio::sync::oneshot;

use super::super::room::Room;
use super::super::writer::{Reply, Write};
use super::super::{Actor, Engine, Inner};
use crate::model::{
    Action, Appended, Change, Changed, Draft, Message, MessageKind, Metadata, NewMessage,
    SystemEvent,
};
use crate::protocol::{validate_draft, validate_emoji, validate_text};
use crate::{Error, ErrorKind, MessageId, Result, RoomId, UserId};

impl Engine {
    /// Sends a message as a user. Returns once it is durable.
    ///
    /// # Errors
    /// `Invalid` or `TooLarge` for a draft that breaks a rule, `RoomNotFound`, `NotAMember`,
    /// `Forbidden`, `MessageNotFound` for what it answers, `Rejected` by a hook, `RateLimited` in slow
    /// mode, `Unavailable`.
    pub async fn send(&self, actor: &Actor, room: &RoomId, draft: Draft) -> Result<Appended> {
        let room = self.inner.room(room).await?;
        let message = self.inner.prepare_send(&room, actor, draft).await?;
        self.inner.append(&room, message).await
    }

    /// Sends a notice of the app, which has no sender.
    ///
    /// # Errors
    /// `Invalid` or `TooLarge` for a draft that breaks a rule, `RoomNotFound`, `Unavailable`.
    pub async fn send_notice(
        &self,
        room: &RoomId,
        text: impl Into<String>,
        metadata: Metadata,
    ) -> Result<Appended> {
        let draft = Draft {
            metadata,
            ..Draft::text(text)
        };
        self.send(&Actor::App, room, draft).await
    }

    /// Changes the text of a message. Users may edit their own.
    ///
    /// # Errors
    /// As [`send`](Self::send), and `MessageNotFound`.
    pub async fn edit(
        &self,
        actor: &Actor,
        room: &RoomId,
        message: &MessageId,
        text: impl Into<String> + Send,
    ) -> Result<Changed> {
        let text = text.into();
        let room = self.inner.room(room).await?;
        let change = self.inner.prepare_edit(&room, actor, message, text).await?;
        self.inner.change_and_wait(&room, *message, change).await
    }

    /// Turns a message into a tombstone. Users may delete their own, moderators all.
    ///
    /// # Errors
    /// As [`edit`](Self::edit).
    pub async fn delete(
        &self,
        actor: &Actor,
        room: &RoomId,
        message: &MessageId,
    ) -> Result<Changed> {
        let room = self.inner.room(room).await?;
        self.inner.prepare_delete(&room, actor, message).await?;
        self.inner
            .change_and_wait(&room, *message, Change::Delete)
            .await
    }

    /// Adds a user's reaction to a message, or takes it back.
    ///
    /// # Errors
    /// As [`edit`](Self::edit), and `Conflict` over a limit of reactions.
    pub async fn react(
        &self,
        user: &UserId,
        room: &RoomId,
        message: &MessageId,
        emoji: impl Into<String> + Send,
        on: bool,
    ) -> Result<Changed> {
        let emoji = emoji.into();
        let room = self.inner.room(room).await?;
        let change = self.inner.prepare_reaction(&room, user, emoji, on).await?;
        self.inner.change_and_wait(&room, *message, change).await
    }
}

impl Inner {
    pub(crate) async fn append(
        self: &Arc<Self>,
        room: &Arc<Room>,
        message: NewMessage,
    ) -> Result<Appended> {
        let (reply, outcome) = oneshot::channel();
        self.write(room, Write::Append(Box::new(message), Reply::Caller(reply)));
        outcome
            .await
            .unwrap_or_else(|_| Err(Error::internal("a write gave no answer")))
    }

    async fn change_and_wait(
        self: &Arc<Self>,
        room: &Arc<Room>,
        message: MessageId,
        change: Change,
    ) -> Result<Changed> {
        let (reply, outcome) = oneshot::channel();
        let write = Write::Change {
            message,
            change,
            now: self.clock.now(),
            reply: Reply::Caller(reply),
        };
        self.write(room, write);
        outcome
            .await
            .unwrap_or_else(|_| Err(Error::internal("a write gave no answer")))
    }

    /// Everything before a message is stored: may they, is it well-formed, what do the hooks say.
    pub(crate) async fn prepare_send(
        self: &Arc<Self>,
        room: &Arc<Room>,
        actor: &Actor,
        draft: Draft,
    ) -> Result<NewMessage> {
        let role = self.authorize(room, actor, Action::Send).await?;
        validate_draft(&draft, &self.config.limits)?;
        let draft = match actor {
            Actor::User(user) => self.ask_hooks(room, user, role, draft).await?,
            Actor::App => draft,
        };
        for other in draft.reply_to.iter().chain(&draft.thread_id) {
            if self.messages.message(&room.id, other).await?.is_none() {
                return Err(Error::message_not_found());
            }
        }
        if let Actor::User(user) = actor {
            self.slow_down(room, user, role, &draft).await?;
        }
        let now = self.clock.now();
        let mut message = match actor {
            Actor::User(user) => NewMessage::user(user.clone(), draft, now),
            Actor::App => NewMessage {
                draft,
                ..NewMessage::system(SystemEvent::Notice {}, "", now)
            },
        };
        message.expires_at = self.expiry(room, now).await?;
        Ok(message)
    }

    /// When a message created now is to be removed, by the room's retention.
    pub(crate) async fn expiry(
        &self,
        room: &Room,
        now: crate::Timestamp,
    ) -> Result<Option<crate::Timestamp>> {
        let settings = &self.room_info(room).await?.settings;
        Ok(settings
            .retention_seconds
            .map(|s| now.after(std::time::Duration::from_secs(s))))
    }

    /// A message that can still be changed.
    async fn changeable(&self, room: &Room, id: &MessageId) -> Result<Message> {
        self.messages
            .message(&room.id, id)
            .await?
            .filter(|m| m.deleted_at.is_none())
            .ok_or_else(Error::message_not_found)
    }

    pub(crate) async fn prepare_edit(
        self: &Arc<Self>,
        room: &Arc<Room>,
        actor: &Actor,
        id: &MessageId,
        text: String,
    ) -> Result<Change> {
        let role = self.authorize(room, actor, Action::EditOwn).await?;
        validate_text(&text, &self.config.limits)?;
        let message = self.changeable(room, id).await?;
        let Actor::User(user) = actor else {
            return Ok(Change::Edit { text });
        };
        if message.sender_id.as_ref() != Some(user) || message.kind != MessageKind::User {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "you may edit your own messages only",
            ));
        }
        let window = std::time::Duration::from_millis(self.config.edit_window_ms);
        if !window.is_zero() && self.clock.now().since(message.created_at) > window {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "this message can no longer be edited",
            ));
        }
        let draft = self.ask_hooks(room, user, role, Draft::text(text)).await?;
        Ok(Change::Edit { text: draft.text })
    }

    pub(crate) async fn prepare_delete(
        self: &Arc<Self>,
        room: &Arc<Room>,
        actor: &Actor,
        id: &MessageId,
    ) -> Result<()> {
        let role = self.authorize(room, actor, Action::Read).await?;
        let message = self
            .messages
            .message(&room.id, id)
            .await?
            .ok_or_else(Error::message_not_found)?;
        let own = actor
            .user()
            .is_none_or(|u| message.sender_id.as_ref() == Some(u));
        let action = if own {
            Action::DeleteOwn
        } else {
            Action::DeleteAny
        };
        if crate::model::allows(role, action) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Forbidden,
            "you may delete your own messages only",
        ))
    }

    pub(crate) async fn prepare_reaction(
        self: &Arc<Self>,
        room: &Arc<Room>,
        user: &UserId,
        emoji: String,
        on: bool,
    ) -> Result<Change> {
        self.authorize(room, &Actor::User(user.clone()), Action::React)
            .await?;
        validate_emoji(&emoji, &self.config.limits)?;
        let user_id = user.clone();
        Ok(if on {
            Change::AddReaction {
                user_id,
                emoji,
                max_emoji: self.config.limits.max_emoji_per_message,
                max_users: self.config.limits.max_users_per_emoji,
            }
        } else {
            Change::RemoveReaction { user_id, emoji }
        })
    }
}
