use std::sync::Arc;

use tokio::sync::oneshot;

use super::super::config::ms;
use super::super::room::Room;
use super::super::writer::{Reply, Write};
use super::super::{Actor, Engine, Inner};
use super::moderation::Target;
use crate::model::{
    Action, Appended, AuditAction, Change, Changed, Draft, Membership, Message, MessageKind,
    Metadata, NewMessage, SystemEvent, allows,
};
use crate::protocol::{Event, validate_draft, validate_text};
use crate::{Error, ErrorKind, MessageId, Result, RoomId, UserId};

impl Engine {
    /// Sends a message as a user. Returns once it is durable.
    ///
    /// # Errors
    /// `Invalid` or `TooLarge` for a draft that breaks a rule, `RoomNotFound`, `NotAMember`,
    /// `Forbidden`, `MessageNotFound` for what it answers, `Rejected` by a hook, `RateLimited` in slow
    /// mode, `Unavailable`.
    pub async fn send(&self, actor: &Actor, room: &RoomId, draft: Draft) -> Result<Appended> {
        let room = self.inner.room_for(actor, room).await?;
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
        let room = self.inner.room_for(actor, room).await?;
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
        let room = self.inner.room_for(actor, room).await?;
        let change = self.inner.prepare_delete(&room, actor, message).await?;
        self.inner.change_and_wait(&room, *message, change).await
    }

    /// Hides a message from one user, on all their devices. Returns whether it was not hidden before.
    /// Others see it as before; what becomes of it later, the user does not hear.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`, `MessageNotFound`, `Conflict` over
    /// [`Limits::max_hidden`](crate::protocol::Limits::max_hidden).
    pub async fn hide(&self, user: &UserId, room: &RoomId, message: &MessageId) -> Result<bool> {
        let room = self.inner.room_for(&user.into(), room).await?;
        self.inner.hide(&room, user, message).await
    }

    /// Pins a message, or unpins it.
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
        let inner = &self.inner;
        let room = inner.room_for(actor, room).await?;
        inner.authorize(&room, actor, Action::Pin).await?;
        inner.changeable(&room, actor, message).await?;
        let (change, action) = if on {
            // Two at once may go over the limit by one; a bound on what a page shows need not be exact.
            let most = inner.config.limits.max_pins;
            let pins = inner.log.pins(&room.id, most).await?;
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
        let (engine, actor, id) = (Arc::clone(inner), actor.clone(), *message);
        let pin = async move {
            let changed = engine.change_and_wait(&room, id, change).await?;
            if changed.changed {
                let target = Target::message(id);
                engine.record(&room.id, &actor, action, target).await;
            }
            Ok(changed)
        };
        inner.to_the_end(pin).await
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
            .unwrap_or_else(|_| Err(Error::internal("the write was not answered")))
    }

    pub(super) async fn change_and_wait(
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
            .unwrap_or_else(|_| Err(Error::internal("the write was not answered")))
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
        let mut draft = match actor {
            Actor::User(user) => self.ask_hooks(room, user, role, draft).await?,
            Actor::App => draft,
        };
        let now = self.clock.now();
        if draft.expires_at.is_some_and(|at| at <= now) {
            return Err(Error::invalid("`expiresAt` must be in the future"));
        }
        self.check_mentions(room, &mut draft.mentions).await?;
        self.check_answered(room, actor, &draft).await?;
        if let Actor::User(user) = actor {
            self.slow_down(room, user, role, &draft).await?;
        }
        let wish = draft.expires_at.take();
        let mut message = match actor {
            Actor::User(user) => NewMessage::user(user.clone(), draft, now),
            Actor::App => NewMessage {
                draft,
                ..NewMessage::system(SystemEvent::Notice {}, "", now)
            },
        };
        let retention = self.expiry(room, now).await?;
        message.expires_at = wish.into_iter().chain(retention).min();
        if let Actor::User(user) = actor {
            message.shadowed = self.is_shadow_muted(room, user).await?;
        }
        if self.pushes && !message.shadowed {
            message.push_due = Some(now.after(ms(self.config.push_lease_ms)));
        }
        Ok(message)
    }

    /// Whoever is mentioned is a member, and mentioned once.
    async fn check_mentions(&self, room: &Room, mentions: &mut Vec<UserId>) -> Result<()> {
        if mentions.is_empty() {
            return Ok(());
        }
        let mut seen = crate::random::HashSet::default();
        mentions.retain(|user| seen.insert(user.clone()));
        let standing = self.rooms.memberships(&room.id, mentions).await?;
        let is_member = |m: &Option<Membership>| m.as_ref().is_some_and(|m| m.member().is_some());
        if standing.iter().all(is_member) {
            return Ok(());
        }
        Err(Error::invalid("`mentions` must name members of the room"))
    }

    /// What a message answers is there, and a thread's root is not itself in a thread.
    async fn check_answered(&self, room: &Room, actor: &Actor, draft: &Draft) -> Result<()> {
        if let Some(other) = &draft.reply_to {
            self.seen(room, actor, other).await?;
        }
        if let Some(root) = &draft.thread_id {
            let root = self.changeable(room, actor, root).await?;
            if root.thread_id.is_some() || root.kind != MessageKind::User {
                return Err(Error::invalid(
                    "`threadId` must name a user's message that is not in a thread",
                ));
            }
        }
        Ok(())
    }

    /// A message that the actor may see.
    pub(super) async fn seen(&self, room: &Room, actor: &Actor, id: &MessageId) -> Result<Message> {
        let message = self.log.message(&room.id, id).await?;
        let message = message.ok_or_else(Error::message_not_found)?;
        if self.view(room, actor).await?.sees(&message) {
            return Ok(message);
        }
        Err(Error::message_not_found())
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
    async fn changeable(&self, room: &Room, actor: &Actor, id: &MessageId) -> Result<Message> {
        let message = self.seen(room, actor, id).await?;
        if message.deleted_at.is_some() {
            return Err(Error::message_not_found());
        }
        Ok(message)
    }

    /// Hides a message from a user, and has their devices do so.
    pub(crate) async fn hide(
        self: &Arc<Self>,
        room: &Arc<Room>,
        user: &UserId,
        id: &MessageId,
    ) -> Result<bool> {
        let actor = Actor::User(user.clone());
        self.authorize(room, &actor, Action::Read).await?;
        let message = self.log.message(&room.id, id).await?;
        let message = message.ok_or_else(Error::message_not_found)?;
        let (engine, room, user, id) = (Arc::clone(self), Arc::clone(room), user.clone(), *id);
        let hide = async move {
            let most = engine.config.limits.max_hidden;
            let hide = || engine.reads.hide(&room.id, &user, &id, most);
            let (hidden, repeated) = engine.write_settled(hide).await;
            if !hidden? && !repeated {
                return Ok(false);
            }
            let event = Event::MessageHidden {
                room_id: &room.id,
                rev: None,
                message_id: Some(id),
                seq: Some(message.seq),
            };
            engine.send_direct(std::slice::from_ref(&user), &event, false);
            engine.hides_changed(&room, &user).await;
            Ok(true)
        };
        self.to_the_end(hide).await
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
        let message = self.changeable(room, actor, id).await?;
        let Actor::User(user) = actor else {
            return Ok(Change::Edit { text, by: None });
        };
        if message.sender_id.as_ref() != Some(user) || message.kind != MessageKind::User {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "you may only edit your own messages",
            ));
        }
        if self.is_over(&message, self.config.edit_window_ms) {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "this message can no longer be edited",
            ));
        }
        let draft = self.ask_hooks(room, user, role, Draft::text(text)).await?;
        Ok(Change::Edit {
            text: draft.text,
            by: Some(user.clone()),
        })
    }

    /// Whether a message is older than a window in milliseconds, 0 being for ever.
    fn is_over(&self, message: &Message, window: u64) -> bool {
        window > 0 && self.clock.now().since(message.created_at) > ms(window)
    }

    pub(crate) async fn prepare_delete(
        self: &Arc<Self>,
        room: &Arc<Room>,
        actor: &Actor,
        id: &MessageId,
    ) -> Result<Change> {
        let role = self.authorize(room, actor, Action::Read).await?;
        let message = self.seen(room, actor, id).await?;
        let by = actor.user().cloned();
        let own = message.sender_id.is_some() && message.sender_id == by;
        if own && allows(role, Action::DeleteOwn) {
            if !self.is_over(&message, self.config.delete_window_ms)
                || allows(role, Action::DeleteAny)
            {
                return Ok(Change::Delete { by });
            }
            return Err(Error::new(
                ErrorKind::Forbidden,
                "this message can no longer be deleted",
            ));
        }
        if !allows(role, Action::DeleteAny) {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "you may only delete your own messages",
            ));
        }
        Ok(Change::Delete { by })
    }
}
