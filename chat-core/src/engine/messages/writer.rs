//! Group commit: each room has one batch in flight on a node, and later writes join the next batch.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use tokio::time::Instant;
use tracing::Instrument;

use super::Messages;
use crate::engine::actor::Actor;
use crate::engine::audit::Target;
use crate::engine::rooms::{ActiveRoom, Batch, Reply, Write};
use crate::engine::tasks::write_settled;
use crate::model::{Appended, AuditAction, Change, Changed, Message, NewMessage};
use crate::{Error, MessageId, Timestamp, UserId};

impl Messages {
    /// Queues a write to a room's log. Its reply gets the outcome.
    pub(crate) fn write(self: &Arc<Self>, room: &Arc<ActiveRoom>, write: Write) {
        if !room.writes.push(write, self.config.append_max_queue) {
            return;
        }
        let (messages, room) = (Arc::clone(self), Arc::clone(room));
        let underway = self.tasks.begin();
        let span = tracing::debug_span!("append", room = %room.id);
        let append = async move {
            let _underway = underway;
            while let Some(batch) = room.writes.take(messages.config.append_max_batch) {
                // A panic in the store must not block later writes.
                let write = AssertUnwindSafe(messages.write_batch(&room, batch));
                if write.catch_unwind().await.is_err() {
                    tracing::error!(room = %room.id, "store panicked after a write");
                }
                // A memory store never waits, so give the connections their turn here.
                tokio::task::yield_now().await;
            }
        };
        tokio::spawn(append.instrument(span));
    }

    async fn write_batch(&self, room: &Arc<ActiveRoom>, batch: Batch) {
        match batch {
            Batch::Appends(messages, replies) => self.commit(room, messages, replies).await,
            Batch::Change(id, change, now, reply) => {
                self.commit_change(room, id, change, now, reply).await;
            }
        }
    }

    async fn commit(
        &self,
        room: &Arc<ActiveRoom>,
        batch: Vec<NewMessage>,
        replies: Vec<Reply<Appended>>,
    ) {
        let started = Instant::now();
        metrics::histogram!("chat_append_batch_messages").record(batch.len() as f64);
        let append = AssertUnwindSafe(self.log.append(&room.id, room.epoch, batch)).catch_unwind();
        let mut outcomes = append.await.unwrap_or_else(|_| Vec::new()).into_iter();
        metrics::histogram!("chat_append_seconds").record(started.elapsed().as_secs_f64());
        let mut stored = Vec::new();
        let mut replaced = false;
        for reply in replies {
            let outcome = outcomes
                .next()
                .unwrap_or_else(|| Err(Error::internal("the message store panicked")));
            match outcome {
                Ok(appended) => {
                    if !appended.duplicate {
                        stored.push(Arc::clone(&appended.message));
                    }
                    reply.appended(appended);
                }
                Err(error) => {
                    log_failure(&error, room, "append");
                    replaced |= error.is_log_replaced();
                    reply.fail(error);
                }
            }
        }
        metrics::counter!("chat_messages_stored_total").increment(stored.len() as u64);
        if replaced {
            self.rooms.discard(room);
        }
        self.announce(room, &stored).await;
        self.rooms.trim_behind(room, &stored).await;
        self.hooks.after_send(room, stored).await;
    }

    async fn commit_change(
        &self,
        room: &Arc<ActiveRoom>,
        id: MessageId,
        change: Change,
        now: Timestamp,
        reply: Reply<Changed>,
    ) {
        let attempt = || self.log.change(&room.id, room.epoch, &id, &change, now);
        let attempt = AssertUnwindSafe(write_settled(attempt)).catch_unwind();
        let (outcome, repeated) = attempt
            .await
            .unwrap_or_else(|_| (Err(Error::internal("the message store panicked")), false));
        match outcome {
            Ok(mut changed) => {
                changed.changed |= repeated;
                let news = changed.changed.then(|| Arc::clone(&changed.message));
                reply.changed(changed);
                self.announce(room, news.as_slice()).await;
                if let (Change::Delete { by }, Some(message)) = (change, news) {
                    self.record_deletion(room, by, &message);
                }
            }
            Err(error) => {
                log_failure(&error, room, "change");
                if error.is_log_replaced() {
                    self.rooms.discard(room);
                }
                reply.fail(error);
            }
        }
    }

    /// Records the deletion of another user's message in the audit log, in the background.
    fn record_deletion(&self, room: &ActiveRoom, by: Option<UserId>, message: &Message) {
        if by.is_some() && by == message.sender_id {
            return;
        }
        let target = Target::message(message.id).of(message.sender_id.as_ref());
        let actor = by.map_or(Actor::App, Actor::User);
        let (audit, room) = (Arc::clone(&self.audit), room.id.clone());
        let underway = self.tasks.begin();
        tokio::spawn(async move {
            let _underway = underway;
            let action = AuditAction::DeleteMessage;
            audit.record(&room, &actor, action, target).await;
        });
    }

    /// Delivers stored messages on all nodes, encoding each event once.
    async fn announce(&self, room: &Arc<ActiveRoom>, messages: &[Arc<Message>]) {
        if messages.is_empty() {
            return;
        }
        let news = messages.iter().map(|m| (&**m, m.rev - 1));
        let events = self.rooms.encode_events(room, news).await;
        self.fanout.deliver(room, events).await;
    }
}

fn log_failure(error: &Error, room: &ActiveRoom, operation: &'static str) {
    if error.is_temporary() || error.kind() == crate::ErrorKind::Internal {
        metrics::counter!("chat_store_errors_total", "operation" => operation).increment(1);
        tracing::warn!(room = %room.id, %error, source = ?std::error::Error::source(error), operation, "store failed");
    }
}
