//! The calls of the app's hooks: in order, with panics caught, and with as many under way as there
//! are permits.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;

use super::Inner;
use super::cache::Audience;
use super::link::Link;
use super::room::Room;
use crate::backend::{SendContext, Sent, Verdict};
use crate::model::{Draft, Message, Role};
use crate::protocol::validate_draft;
use crate::{Error, ErrorKind, Result, UserId};

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
            for message in messages {
                if let Err(error) = engine.tell_hooks(&room, &message).await {
                    tracing::warn!(room = %room.id, message = %message.id, %error, "after_send failed");
                }
            }
        });
    }

    async fn tell_hooks(&self, room: &Room, message: &Arc<Message>) -> Result<()> {
        let info = self.room_info(room).await?;
        let wanted = self.hooks.iter().any(|h| h.wants_offline_members());
        let offline = if wanted {
            self.offline_members(room, message.sender_id.as_ref())
                .await?
        } else {
            None
        };
        let sent = Sent::new(info, Arc::clone(message), offline);
        for hooks in &self.hooks {
            let told = caught(async { hooks.after_send(&sent).await }).await;
            log_panic("after_send", told);
        }
        Ok(())
    }

    async fn offline_members(
        &self,
        room: &Room,
        sender: Option<&UserId>,
    ) -> Result<Option<Vec<UserId>>> {
        let Audience::Members(members) = self.audience(room).await? else {
            return Ok(None);
        };
        let others: Vec<_> = members
            .iter()
            .filter(|m| Some(*m) != sender)
            .cloned()
            .collect();
        let presence = self.presence.presence(&others).await?;
        Ok(Some(
            presence
                .into_iter()
                .filter(|p| !p.online)
                .map(|p| p.user_id)
                .collect(),
        ))
    }
}

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
