//! Calls to the app's hooks, in order, with panics caught and concurrency limited.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;

use tokio::sync::Semaphore;

use super::Config;
use super::background::{every, jittered};
use super::config::ms;
use super::foundation::Foundation;
use super::rooms::{ActiveRoom, Link, Rooms};
use super::tasks::Tasks;
use super::users::Settings;
use crate::backend::{Hooks, PresenceStore, PushQueue, RoomStore, SendContext, Sent, Verdict};
use crate::model::{Draft, Membership, Message, Role, Room, SystemEvent};
use crate::protocol::validate_draft;
use crate::time::Clock;
use crate::{Error, ErrorKind, MessageId, Result, RoomId, Timestamp, UserId};

/// The number of concurrent `after_send` batches. The next one blocks its room's writes, so that a
/// slow hook slows senders down instead of filling memory.
const TELLING_MAX: usize = 256;

/// Calls `on_disconnect` on drop, for each hook whose `on_connect` succeeded.
#[derive(Debug)]
pub(crate) struct Greeted {
    calls: Arc<HookCalls>,
    link: Arc<Link>,
    hooks: usize,
}

impl Drop for Greeted {
    fn drop(&mut self) {
        let (calls, info, hooks) = (Arc::clone(&self.calls), self.link.info(), self.hooks);
        tokio::spawn(async move {
            for hooks in calls.hooks.iter().take(hooks) {
                let told = caught(async { hooks.on_disconnect(&info).await }).await;
                log_panic("on_disconnect", told);
            }
        });
    }
}

/// The app's hooks.
#[derive(Debug)]
pub(crate) struct HookCalls {
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    hooks: Vec<Arc<dyn Hooks>>,
    /// `true` if a hook wants offline members: its notifications must survive a crash.
    pushes: bool,
    /// Permits for concurrent `after_send` batches.
    telling: Arc<Semaphore>,
    rooms: Arc<Rooms>,
    settings: Arc<Settings>,
    store: Arc<dyn RoomStore>,
    queue: Arc<dyn PushQueue>,
    presence: Arc<dyn PresenceStore>,
    tasks: Tasks,
}

impl HookCalls {
    pub(crate) fn new(
        base: &Foundation,
        rooms: &Arc<Rooms>,
        settings: &Arc<Settings>,
    ) -> Arc<Self> {
        Arc::new(Self {
            config: Arc::clone(&base.config),
            clock: Arc::clone(&base.clock),
            pushes: base.hooks.iter().any(|h| h.wants_offline_members()),
            hooks: base.hooks.clone(),
            telling: Arc::new(Semaphore::new(TELLING_MAX)),
            rooms: Arc::clone(rooms),
            settings: Arc::clone(settings),
            store: Arc::clone(&base.rooms),
            queue: Arc::clone(&base.pushes),
            presence: Arc::clone(&base.presence),
            tasks: base.tasks.clone(),
        })
    }

    /// Returns the time at which the pushes of a message sent now fall due, or `None` if no hook
    /// wants them.
    pub(crate) fn push_due(&self, now: Timestamp) -> Option<Timestamp> {
        self.pushes
            .then(|| now.after(ms(self.config.push_lease_ms)))
    }

    /// Calls `on_connect` of each hook, any of which may refuse. Returns `None` without hooks.
    pub(crate) async fn greet(self: &Arc<Self>, link: &Arc<Link>) -> Result<Option<Box<Greeted>>> {
        if self.hooks.is_empty() {
            return Ok(None);
        }
        let info = link.info();
        let mut greeted = Box::new(Greeted {
            calls: Arc::clone(self),
            link: Arc::clone(link),
            hooks: 0,
        });
        for hooks in &self.hooks {
            caught(hooks.on_connect(&info)).await??;
            greeted.hooks += 1;
        }
        Ok(Some(greeted))
    }

    /// Runs a draft through `before_send`. Rewrites are validated and keep the `clientMessageId`.
    pub(crate) async fn before_send(
        &self,
        room: &ActiveRoom,
        sender: &UserId,
        role: Role,
        mut draft: Draft,
    ) -> Result<Draft> {
        if self.hooks.is_empty() {
            return Ok(draft);
        }
        let info = self.rooms.info(room).await?;
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

    /// Calls `after_send` in the background. Waits while too many batches are in flight.
    pub(crate) async fn after_send(
        self: &Arc<Self>,
        room: &Arc<ActiveRoom>,
        messages: Vec<Arc<Message>>,
    ) {
        if self.hooks.is_empty() || messages.is_empty() {
            return;
        }
        // The semaphore is never closed.
        let permit = Arc::clone(&self.telling).acquire_owned().await.ok();
        let (calls, room) = (Arc::clone(self), Arc::clone(room));
        let underway = self.tasks.begin();
        tokio::spawn(async move {
            let _held = (permit, underway);
            let mut told = Vec::new();
            for message in messages {
                match calls.tell_hooks(&room, &message, false).await {
                    Ok(()) if is_pushed(&message) => told.push(message.id),
                    Ok(()) => {}
                    Err(error) => {
                        tracing::warn!(room = %room.id, message = %message.id, %error, "after_send failed");
                    }
                }
            }
            if calls.pushes {
                calls.pushed(&room.id, &told).await;
            }
        });
    }

    /// Calls `after_send` of each hook, or with `again` of those that want at-least-once delivery.
    async fn tell_hooks(
        &self,
        room: &ActiveRoom,
        message: &Arc<Message>,
        again: bool,
    ) -> Result<()> {
        let info = self.rooms.info(room).await?;
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
                tracing::warn!(room = %room.id, message = %message.id, %error, "hook failed");
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
        // On failure, hooks see the message again, which they must tolerate.
        if let Err(error) = self.queue.done(room, told).await {
            tracing::warn!(%room, %error, "cannot mark pushes as done");
        }
    }

    /// Retries pushes whose node died or whose hook failed.
    pub(crate) async fn retry_pushes(self: Arc<Self>) {
        if !self.pushes {
            return;
        }
        let pause = ms(self.config.push_lease_ms / 6).max(RETRY_MIN);
        let retry = async || {
            if let Err(error) = self.retry_due_pushes().await {
                tracing::warn!(%error, "cannot claim due pushes");
            }
        };
        every(|| jittered(pause), retry).await;
    }

    async fn retry_due_pushes(self: &Arc<Self>) -> Result<()> {
        let lease = ms(self.config.push_lease_ms);
        loop {
            let now = self.clock.now();
            let due = self.queue.claim(now, lease, RETRY_BATCH).await?;
            let last = due.len() < RETRY_BATCH;
            for message in due {
                metrics::counter!("chat_pushes_retried_total").increment(1);
                let (room, id) = (message.room_id.clone(), message.id);
                // After the lease, another node may have claimed it.
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
            tracing::error!(room = %message.room_id, message = %message.id, "push abandoned: too old");
            return Ok(());
        }
        match self.rooms.open(&message.room_id).await {
            Ok(room) => self.tell_hooks(&room, &message, true).await,
            Err(error) if error.kind() == ErrorKind::RoomNotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn to_be_notified(
        &self,
        room: &ActiveRoom,
        info: &Room,
        message: &Message,
    ) -> Result<Vec<UserId>> {
        let sender = message.sender_id.as_ref();
        if !is_pushed(message) {
            return Ok(Vec::new());
        }
        let most = self.config.per_user_fanout_max;
        let members = if info.member_count <= most as u64 {
            self.store.members(&room.id, None, most).await?
        } else {
            let standing = self.store.memberships(&room.id, &message.mentions).await?;
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
            self.settings.stored(&wanted),
            self.presence.presence(&wanted)
        )?;
        let offline = wanted.into_iter().zip(settings).zip(presence);
        let offline = offline.filter(|((_, settings), presence)| {
            !presence.online && !sender.is_some_and(|s| settings.has_blocked(s))
        });
        Ok(offline.map(|((user, _), _)| user).collect())
    }
}

/// Membership events, shadowed messages and deleted messages trigger no notifications.
fn is_pushed(message: &Message) -> bool {
    let says_something = matches!(message.system, None | Some(SystemEvent::Notice {}));
    says_something && !message.shadowed && message.deleted_at.is_none()
}

const RETRY_MIN: Duration = Duration::from_millis(50);
const RETRY_BATCH: usize = 100;

async fn caught<T>(hook: impl Future<Output = T>) -> Result<T> {
    AssertUnwindSafe(hook)
        .catch_unwind()
        .await
        .map_err(|_| Error::internal("a hook panicked"))
}

fn log_panic(hook: &'static str, told: Result<()>) {
    if let Err(error) = told {
        tracing::error!(hook, %error, "hook panicked");
    }
}
