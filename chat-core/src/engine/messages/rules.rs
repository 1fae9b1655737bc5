//! The rules of writes: permissions, validation and hooks.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::Messages;
use crate::engine::actor::Actor;
use crate::engine::config::ms;
use crate::engine::rooms::{ActiveRoom, Reply, Write};
use crate::engine::tasks::write_settled;
use crate::model::{
    Action, Appended, Change, Changed, Draft, Membership, Message, MessageKind, NewMessage,
    SystemEvent, allows,
};
use crate::protocol::{Event, validate_draft, validate_emoji, validate_reaction, validate_text};
use crate::{Error, ErrorKind, MessageId, Result, UserId};

impl Messages {
    pub(crate) async fn append(
        self: &Arc<Self>,
        room: &Arc<ActiveRoom>,
        message: NewMessage,
    ) -> Result<Appended> {
        let (reply, outcome) = oneshot::channel();
        self.write(room, Write::Append(Box::new(message), Reply::Caller(reply)));
        outcome
            .await
            .unwrap_or_else(|_| Err(Error::internal("the write was not answered")))
    }

    pub(crate) async fn change(
        self: &Arc<Self>,
        room: &Arc<ActiveRoom>,
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

    /// Prepares a message for storage: permissions, validation and hooks.
    pub(crate) async fn prepare_send(
        &self,
        room: &Arc<ActiveRoom>,
        actor: &Actor,
        draft: Draft,
    ) -> Result<NewMessage> {
        let role = self.access.authorize(room, actor, Action::Send).await?;
        validate_draft(&draft, &self.config.limits)?;
        let mut draft = match actor {
            Actor::User(user) => self.hooks.before_send(room, user, role, draft).await?,
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
            message.shadowed = self.access.is_shadow_muted(room, user).await?;
        }
        if !message.shadowed {
            message.push_due = self.hooks.push_due(now);
        }
        Ok(message)
    }

    /// Removes duplicate mentions, and fails unless all are members.
    async fn check_mentions(&self, room: &ActiveRoom, mentions: &mut Vec<UserId>) -> Result<()> {
        if mentions.is_empty() {
            return Ok(());
        }
        let mut seen = crate::random::HashSet::default();
        mentions.retain(|user| seen.insert(user.clone()));
        let standing = self.store.memberships(&room.id, mentions).await?;
        let is_member = |m: &Option<Membership>| m.as_ref().is_some_and(|m| m.member().is_some());
        if standing.iter().all(is_member) {
            return Ok(());
        }
        Err(Error::invalid("`mentions` must name members of the room"))
    }

    /// Fails unless the replied-to message exists and the thread's root is outside any thread.
    async fn check_answered(&self, room: &ActiveRoom, actor: &Actor, draft: &Draft) -> Result<()> {
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

    /// Returns a message that the actor may see.
    pub(crate) async fn seen(
        &self,
        room: &ActiveRoom,
        actor: &Actor,
        id: &MessageId,
    ) -> Result<Message> {
        let message = self.log.message(&room.id, id).await?;
        let message = message.ok_or_else(Error::message_not_found)?;
        if self.access.view(room, actor).await?.sees(&message) {
            return Ok(message);
        }
        Err(Error::message_not_found())
    }

    /// The expiry of a message created now, from the room's retention.
    pub(crate) async fn expiry(
        &self,
        room: &ActiveRoom,
        now: crate::Timestamp,
    ) -> Result<Option<crate::Timestamp>> {
        let settings = &self.rooms.info(room).await?.settings;
        Ok(settings
            .retention_seconds
            .map(|s| now.after(std::time::Duration::from_secs(s))))
    }

    /// Returns a message that the actor may see, unless it is deleted.
    pub(crate) async fn changeable(
        &self,
        room: &ActiveRoom,
        actor: &Actor,
        id: &MessageId,
    ) -> Result<Message> {
        let message = self.seen(room, actor, id).await?;
        if message.deleted_at.is_some() {
            return Err(Error::message_not_found());
        }
        Ok(message)
    }

    pub(crate) async fn hide(
        self: &Arc<Self>,
        room: &Arc<ActiveRoom>,
        user: &UserId,
        id: &MessageId,
    ) -> Result<bool> {
        let actor = Actor::User(user.clone());
        self.access.authorize(room, &actor, Action::Read).await?;
        let message = self.log.message(&room.id, id).await?;
        let message = message.ok_or_else(Error::message_not_found)?;
        let (messages, room, user, id) = (Arc::clone(self), Arc::clone(room), user.clone(), *id);
        let hide = async move {
            let most = messages.config.limits.max_hidden;
            let hide = || messages.reads.hide(&room.id, &user, &id, most);
            let (hidden, repeated) = write_settled(hide).await;
            if !hidden? && !repeated {
                return Ok(false);
            }
            let event = Event::MessageHidden {
                room_id: &room.id,
                rev: None,
                message_id: Some(id),
                seq: Some(message.seq),
            };
            let devices = std::slice::from_ref(&user);
            messages.fanout.send_direct(devices, &event, false);
            messages.fanout.view_changed(&room.id, &user);
            messages.access.refresh_view(&room, &user).await;
            Ok(true)
        };
        self.tasks.to_the_end(hide).await
    }

    pub(crate) async fn prepare_edit(
        &self,
        room: &Arc<ActiveRoom>,
        actor: &Actor,
        id: &MessageId,
        text: String,
    ) -> Result<Change> {
        let role = self.access.authorize(room, actor, Action::EditOwn).await?;
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
        let draft = self
            .hooks
            .before_send(room, user, role, Draft::text(text))
            .await?;
        Ok(Change::Edit {
            text: draft.text,
            by: Some(user.clone()),
        })
    }

    /// Returns `true` if a message is older than a window in milliseconds; 0 is unlimited.
    fn is_over(&self, message: &Message, window: u64) -> bool {
        window > 0 && self.clock.now().since(message.created_at) > ms(window)
    }

    pub(crate) async fn prepare_delete(
        &self,
        room: &Arc<ActiveRoom>,
        actor: &Actor,
        id: &MessageId,
    ) -> Result<Change> {
        let role = self.access.authorize(room, actor, Action::Read).await?;
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

    pub(crate) async fn prepare_reaction(
        &self,
        room: &Arc<ActiveRoom>,
        user: &UserId,
        emoji: String,
        on: bool,
    ) -> Result<Change> {
        let actor = Actor::User(user.clone());
        self.access.authorize(room, &actor, Action::React).await?;
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
