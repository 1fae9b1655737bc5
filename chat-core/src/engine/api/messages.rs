use std::sync::Arc;

use crate::engine::audit::Target;
use crate::engine::{Actor, Engine};
use crate::model::{Action, Appended, AuditAction, Change, Changed, Draft, Metadata};
use crate::{Error, ErrorKind, MessageId, Result, RoomId, UserId};

impl Engine {
    /// Sends a message as a user. Returns once it is durable.
    ///
    /// # Errors
    /// `Invalid` or `TooLarge` for an invalid draft, `RoomNotFound`, `NotAMember`, `Forbidden`,
    /// `MessageNotFound` for its reply, `Rejected` by a hook, `RateLimited`, `Unavailable`.
    pub async fn send(&self, actor: &Actor, room: &RoomId, draft: Draft) -> Result<Appended> {
        let room = self.parts.rooms.open_for(actor, room).await?;
        let message = self
            .parts
            .messages
            .prepare_send(&room, actor, draft)
            .await?;
        self.parts.messages.append(&room, message).await
    }

    /// Sends a notice from the app, which has no sender.
    ///
    /// # Errors
    /// `Invalid` or `TooLarge` for an invalid draft, `RoomNotFound`, `Unavailable`.
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

    /// Changes the text of a message. Users may edit only their own.
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
        let room = self.parts.rooms.open_for(actor, room).await?;
        let change = self
            .parts
            .messages
            .prepare_edit(&room, actor, message, text)
            .await?;
        self.parts.messages.change(&room, *message, change).await
    }

    /// Replaces a message by a tombstone. Users may delete their own messages, moderators all.
    ///
    /// # Errors
    /// As [`edit`](Self::edit).
    pub async fn delete(
        &self,
        actor: &Actor,
        room: &RoomId,
        message: &MessageId,
    ) -> Result<Changed> {
        let room = self.parts.rooms.open_for(actor, room).await?;
        let change = self
            .parts
            .messages
            .prepare_delete(&room, actor, message)
            .await?;
        self.parts.messages.change(&room, *message, change).await
    }

    /// Hides a message and its changes on all devices of a user. Returns `true` if it was visible.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`, `MessageNotFound`, `Conflict` over
    /// [`Limits::max_hidden`](crate::protocol::Limits::max_hidden).
    pub async fn hide(&self, user: &UserId, room: &RoomId, message: &MessageId) -> Result<bool> {
        let room = self.parts.rooms.open_for(&user.into(), room).await?;
        self.parts.messages.hide(&room, user, message).await
    }

    /// Pins or unpins a message.
    ///
    /// # Errors
    /// As [`edit`](Self::edit), and `Conflict` over
    /// [`Limits::max_pins`](crate::protocol::Limits::max_pins).
    pub async fn pin(
        &self,
        actor: &Actor,
        room: &RoomId,
        message: &MessageId,
        on: bool,
    ) -> Result<Changed> {
        let parts = &self.parts;
        let room = parts.access.room_for(actor, room, Action::Pin).await?;
        parts.messages.changeable(&room, actor, message).await?;
        let (change, action) = if on {
            // Two concurrent pins may exceed the limit by one, which is harmless.
            let most = parts.config.limits.max_pins;
            let pins = parts.log.pins(&room.id, most).await?;
            if pins.len() >= most && !pins.iter().any(|m| m.id == *message) {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!("a room may have at most {most} pinned messages"),
                ));
            }
            let by = actor.user().cloned();
            (Change::Pin { by }, AuditAction::Pin)
        } else {
            (Change::Unpin, AuditAction::Unpin)
        };
        let (parts, actor, id) = (Arc::clone(parts), actor.clone(), *message);
        let pin = async move {
            let changed = parts.messages.change(&room, id, change).await?;
            if changed.changed {
                let target = Target::message(id);
                parts.audit.record(&room.id, &actor, action, target).await;
            }
            Ok(changed)
        };
        self.parts.tasks.to_the_end(pin).await
    }
}
