//! The calls of the app's hooks: in order, with panics caught, and with as many under way as there
//! are permits.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::FutureExt;

use super::Inner;
use super::config::ms;
use super::link::Link;
use super::room::Room;
use crate::backend::{SendContext, Sent, Verdict};
use crate::model::{self, Draft, Membership, Message, Role, SystemEvent};
use crate::protocol::validate_draft;
use crate::{Error, ErrorKind, MessageId, Result, RoomId, Timestamp, UserId};

/// Batches of which `after_send` is being told at the same time. One more waits, and with it the
/// room that it comes from: a slow hook slows its senders instead of filling the memory.
pub(crate) const TELLING_MAX: usize = 256;

/// Hooks that were told of a connection, and will be told once that it has gone.
#[derive(Debug)]
pub(crate) struct Greeted {
    engine: Arc<Inner>,
    link: Arc<Link>,
    hooks: usize,
}

impl Drop for Greeted {
    fn drop(&mut self) {
        let (engine, info, hooks) = (Arc::clone(&self.engine), self.link.info(), self.hooks);
        tokio::spawn(async move {
            for hooks in engine.hooks.iter().take(hooks) {
                let told = caught(async { hooks.on_disconnect(&info).await }).await;
                log_panic("on_disconnect", told);
            }
        });
    }
}

impl Inner {
    /// Tells the hooks that a user is about to be connected, each of which may refuse. `None` where
    /// there are no hooks.
    pub(crate) async fn greet(self: &Arc<Self>, link: &Arc<Link>) -> Result<Option<Box<Greeted>>> {
        if self.hooks.is_empty() {
            return Ok(None);
        }
        let info = link.info();
        let mut greeted = Box::new(Greeted {
            engine: Arc::clone(self),
            link: Arc::clone(link),
            hooks: 0,
        });
        for hooks in &self.hooks {
            caught(hooks.on_connect(&info)).await??;
            greeted.hooks += 1;
        }
        Ok(Some(greeted))
    }

    /// Runs the draft through all hooks. What they make of it is validated again, and keeps the
    /// sender's own name for it.
    pub(crate) async fn ask_hooks(
        &self,
        room: &Room,
        sender: &UserId,
        role: Role,
        mut draft: Draft,
    ) -> Result<Draft> {
        if self.hooks.is_empty() {
            return Ok(draft);
        }
        let info = self.room_info(room).await?;
        for hooks in &self.hooks {
            let context = SendContext::new(&info, sender, role);
            match caught(hooks.before_send(context, &draft)).await?? {
                Verdict::Allow => {}
                Verdict::Rewrite(new) => {
                    validate_draft(&new, &self.config.limits)?;
                    let client_message_id = draft.client_message_id.take();
                    draft = Draft {
                        client_message_id,
                        ..new
                    };
                }
                Verdict::Reject(reason) => {
                    metrics::counter!("chat_rejected_total").increment(1);
                    return Err(Error::new(ErrorKind::Rejected, reason));
                }
            }
        }
        Ok(draft)
    }

    /// Tells the hooks what was sent, in a task of its own. Waits while too many are being told.
    pub(crate) async fn after_send(
        self: &Arc<Self>,
        room: &Arc<Room>,
        messages: Vec<Arc<Message>>,
    ) {
        if self.hooks.is_empty() || messages.is_empty() {
            return;
        }
        // It is never closed.
        let permit = Arc::clone(&self.telling).acquire_owned().await.ok();
        let (engine, room) = (Arc::clone(self), Arc::clone(room));
        let underway = self.writing.begin();
        tokio::spawn(async move {
            let _held = (permit, underway);
            let mut told = Vec::new();
            for message in messages {
                match engine.tell_hooks(&room, &message, false).await {
                    Ok(()) if is_pushed(&message) => told.push(message.id),
                    Ok(()) => {}
                    Err(error) => {
                        tracing::warn!(room = %room.id, message = %message.id, %error, "after_send failed");
                    }
                }
            }
            if engine.pushes {
                engine.pushed(&room.id, &told).await;
            }
        });
    }

    /// Tells the hooks of a message; `again` only those that want to be told at least once.
    async fn tell_hooks(&self, room: &Room, message: &Arc<Message>, again: bool) -> Result<()> {
        let info = self.room_info(room).await?;
        let offline = if self.pushes {
            self.to_be_notified(room, &info, message).await?
        } else {
            Vec::new()
        };
        let sent = Sent::new(info, Arc::clone(message), offline, again);
        let mut outcome = Ok(());
        for hooks in &self.hooks {
            let insists = hooks.wants_offline_members();
            if again && !insists {
                continue;
            }
            let told = caught(async { hooks.after_send(&sent).await }).await;
            if let Err(error) = told.and_then(|told| told) {
                tracing::warn!(room = %room.id, message = %message.id, %error, "a hook failed");
                if insists {
                    outcome = Err(error);
                }
            }
        }
        outcome
    }

    async fn pushed(&self, room: &RoomId, told: &[MessageId]) {
        if told.is_empty() {
            return;
        }
        // Otherwise the hooks are told again, which they have to expect.
        if let Err(error) = self.push_queue.done(room, told).await {
            tracing::warn!(%room, %error, "cannot note what hooks were told");
        }
    }

    /// Tells the hooks of messages of which nobody could: their node died, or a hook failed. Runs until
    /// the engine is gone.
    pub(crate) async fn retry_pushes(engine: Weak<Self>) {
        loop {
            let Some(strong) = engine.upgrade() else {
                return;
            };
            // Each node at its own moment.
            let every = ms(strong.config.push_lease_ms / 6).max(RETRY_MIN);
            drop(strong);
            tokio::time::sleep(every.mul_f64(0.5 + fastrand::f64())).await;
            let Some(engine) = engine.upgrade() else {
                return;
            };
            if let Err(error) = engine.retry_due_pushes().await {
                tracing::warn!(%error, "cannot look for messages of which hooks were not told");
            }
        }
    }

    async fn retry_due_pushes(self: &Arc<Self>) -> Result<()> {
        let lease = ms(self.config.push_lease_ms);
        loop {
            let now = self.clock.now();
            let due = self.push_queue.claim(now, lease, RETRY_BATCH).await?;
            let last = due.len() < RETRY_BATCH;
            for message in due {
                metrics::counter!("chat_pushes_retried_total").increment(1);
                let (room, id) = (message.room_id.clone(), message.id);
                // By then another node may have it.
                let told = tokio::time::timeout(lease, self.retry_push(Arc::new(message), now));
                match told.await.unwrap_or_else(|e| Err(Error::unavailable(e))) {
                    Ok(()) => self.pushed(&room, &[id]).await,
                    Err(error) => {
                        tracing::warn!(%room, message = %id, %error, "after_send failed again");
                    }
                }
            }
            if last {
                return Ok(());
            }
        }
    }

    async fn retry_push(self: &Arc<Self>, message: Arc<Message>, now: Timestamp) -> Result<()> {
        let given_up = now.since(message.created_at) > ms(self.config.push_max_age_ms);
        if given_up {
            metrics::counter!("chat_pushes_abandoned_total").increment(1);
            tracing::error!(room = %message.room_id, message = %message.id, "hooks were never told of it");
            return Ok(());
        }
        match self.room(&message.room_id).await {
            Ok(room) => self.tell_hooks(&room, &message, true).await,
            Err(error) if error.kind() == ErrorKind::RoomNotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Who is to be notified of a message.
    async fn to_be_notified(
        &self,
        room: &Room,
        info: &model::Room,
        message: &Message,
    ) -> Result<Vec<UserId>> {
        let sender = message.sender_id.as_ref();
        if !is_pushed(message) {
            return Ok(Vec::new());
        }
        let most = self.config.per_user_fanout_max;
        let members = if info.member_count <= most as u64 {
            self.rooms.members(&room.id, None, most).await?
        } else {
            let standing = self.rooms.memberships(&room.id, &message.mentions).await?;
            let members = standing.into_iter().flatten();
            members.filter_map(Membership::into_member).collect()
        };
        let wanted: Vec<_> = members
            .into_iter()
            .filter(|m| Some(&m.user_id) != sender)
            .filter(|m| m.notifications.wants(message.mentions.contains(&m.user_id)))
            .map(|m| m.user_id)
            .collect();
        if wanted.is_empty() {
            return Ok(wanted);
        }
        let (settings, presence) = futures::try_join!(
            self.users.settings(&wanted),
            self.presence.presence(&wanted)
        )?;
        let offline = wanted.into_iter().zip(settings).zip(presence);
        let offline = offline.filter(|((_, settings), presence)| {
            !presence.online && !sender.is_some_and(|s| settings.has_blocked(s))
        });
        Ok(offline.map(|((user, _), _)| user).collect())
    }
}

/// Whether anybody is to be notified of a message: not of who comes and goes, nor of what only its
/// sender sees or what was deleted.
pub(super) fn is_pushed(message: &Message) -> bool {
    let says_something = matches!(message.system, None | Some(SystemEvent::Notice {}));
    says_something && !message.shadowed && message.deleted_at.is_none()
}

/// How often a node looks for what others did not do, at the most.
const RETRY_MIN: Duration = Duration::from_millis(50);
const RETRY_BATCH: usize = 100;

/// What a hook said, or that it panicked.
async fn caught<T>(hook: impl Future<Output = T>) -> Result<T> {
    AssertUnwindSafe(hook)
        .catch_unwind()
        .await
        .map_err(|_| Error::internal("a hook panicked"))
}

fn log_panic(hook: &'static str, told: Result<()>) {
    if let Err(error) = told {
        tracing::error!(hook, %error, "a hook panicked");
    }
}
