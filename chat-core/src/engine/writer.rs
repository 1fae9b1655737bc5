//! Group commit: one batch per room is in flight on a node; who writes meanwhile rides in the next.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::Instrument;

use super::api::moderation::Target;
use super::link::Link;
use super::room::{Op, Room};
use super::{Actor, Frame, Inner};
use crate::model::{Appended, AuditAction, Change, Changed, Message, NewMessage};
use crate::protocol::Event;
use crate::{Error, MessageId, Result, Timestamp, UserId};

/// Who waits for a write.
#[derive(Debug)]
pub(crate) enum Reply<T> {
    /// A connection, with its `ref` and the time at which it sent the command. The connection is
    /// woken by its answer: what lets it read on has to be done before.
    Link {
        link: Arc<Link>,
        reference: Option<Box<str>>,
        since: Instant,
    },
    /// A caller of the engine.
    Caller(oneshot::Sender<Result<T>>),
}

/// A write that waits for its turn.
#[derive(Debug)]
pub(crate) enum Write {
    Append(Box<NewMessage>, Reply<Appended>),
    Change {
        message: MessageId,
        change: Change,
        now: Timestamp,
        reply: Reply<Changed>,
    },
}

/// The writes that wait in one room.
#[derive(Debug, Default)]
pub(crate) struct Writer(Mutex<Queue>);

#[derive(Debug, Default)]
struct Queue {
    writes: VecDeque<Write>,
    running: bool,
}

enum Batch {
    Appends(Vec<NewMessage>, Vec<Reply<Appended>>),
    Change(MessageId, Change, Timestamp, Reply<Changed>),
}

/// Bytes of text in one batch, beyond which it takes no further message. A connection that reads is
/// given the time to take a batch before the next one comes, so a batch must fit into its outbox.
const BATCH_BYTES: usize = 128 << 10;

impl Writer {
    fn take(&self, most: usize) -> Option<Batch> {
        let mut queue = self.0.lock();
        let (mut messages, mut replies, mut bytes) = (Vec::new(), Vec::new(), 0);
        while messages.len() < most
            && bytes < BATCH_BYTES
            && let Some(Write::Append(..)) = queue.writes.front()
            && let Some(Write::Append(message, reply)) = queue.writes.pop_front()
        {
            bytes += message.draft.content_bytes();
            messages.push(*message);
            replies.push(reply);
        }
        if !messages.is_empty() {
            return Some(Batch::Appends(messages, replies));
        }
        if let Some(Write::Change {
            message,
            change,
            now,
            reply,
        }) = queue.writes.pop_front()
        {
            return Some(Batch::Change(message, change, now, reply));
        }
        queue.running = false;
        queue.writes.shrink_to_fit();
        None
    }
}

impl Inner {
    /// Queues a write to a room's log. `reply` hears of the outcome.
    pub(crate) fn write(self: &Arc<Self>, room: &Arc<Room>, write: Write) {
        {
            let mut queue = room.writer.0.lock();
            if queue.writes.len() >= self.config.append_max_queue {
                drop(queue);
                let error = || Error::unavailable("too many writes are waiting in this room");
                match write {
                    Write::Append(_, reply) => reply.fail(error()),
                    Write::Change { reply, .. } => reply.fail(error()),
                }
                return;
            }
            queue.writes.push_back(write);
            if queue.running {
                return;
            }
            queue.running = true;
        }
        let (engine, room) = (Arc::clone(self), Arc::clone(room));
        let writing = self.writing.begin();
        let span = tracing::debug_span!("append", room = %room.id);
        let append = async move {
            let _writing = writing;
            while let Some(batch) = room.writer.take(engine.config.append_max_batch) {
                // A store that panics must not stop the writes behind it.
                let write = AssertUnwindSafe(engine.write_batch(&room, batch));
                if write.catch_unwind().await.is_err() {
                    tracing::error!(room = %room.id, "a store panicked after a write");
                }
                // A store in memory never waits: the connections have their turn here.
                tokio::task::yield_now().await;
            }
        };
        tokio::spawn(append.instrument(span));
    }

    async fn write_batch(self: &Arc<Self>, room: &Arc<Room>, batch: Batch) {
        match batch {
            Batch::Appends(messages, replies) => self.commit(room, messages, replies).await,
            Batch::Change(id, change, now, reply) => {
                self.commit_change(room, id, change, now, reply).await;
            }
        }
    }

    async fn commit(
        self: &Arc<Self>,
        room: &Arc<Room>,
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
        if replaced {
            self.active.discard(room);
        }
        metrics::counter!("chat_messages_stored_total").increment(stored.len() as u64);
        self.announce(room, &stored).await;
        self.trim_behind(room, &stored).await;
        self.after_send(room, stored).await;
    }

    async fn commit_change(
        self: &Arc<Self>,
        room: &Arc<Room>,
        id: MessageId,
        change: Change,
        now: Timestamp,
        reply: Reply<Changed>,
    ) {
        let attempt = || self.log.change(&room.id, room.epoch, &id, &change, now);
        let attempt = AssertUnwindSafe(self.write_settled(attempt)).catch_unwind();
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
                let replaced = error.is_log_replaced();
                reply.fail(error);
                if replaced {
                    self.active.discard(room);
                }
            }
        }
    }

    /// Notes in the audit log that somebody deleted what another had sent, behind the writes.
    fn record_deletion(self: &Arc<Self>, room: &Room, by: Option<UserId>, message: &Message) {
        if by.is_some() && by == message.sender_id {
            return;
        }
        let target = Target::message(message.id).of(message.sender_id.as_ref());
        let actor = by.map_or(Actor::App, Actor::User);
        let (engine, room) = (Arc::clone(self), room.id.clone());
        let underway = self.writing.begin();
        tokio::spawn(async move {
            let _underway = underway;
            let action = AuditAction::DeleteMessage;
            engine.record(&room, &actor, action, target).await;
        });
    }

    /// Tells this node's connections and the other nodes what is in the log now. Encodes each event
    /// once.
    async fn announce(self: &Arc<Self>, room: &Arc<Room>, messages: &[Arc<Message>]) {
        if messages.is_empty() {
            return;
        }
        let news = messages.iter().map(|m| (&**m, m.rev - 1));
        let events = self.encode_events(room, news).await;
        room.submit(events.iter().map(|(rev, frame)| Op::Event {
            rev: *rev,
            frame: Arc::clone(frame),
        }));
        self.publish_events(room, &events).await;
    }
}

fn log_failure(error: &Error, room: &Room, operation: &'static str) {
    if error.is_temporary() || error.kind() == crate::ErrorKind::Internal {
        metrics::counter!("chat_store_errors_total", "operation" => operation).increment(1);
        tracing::warn!(room = %room.id, %error, source = ?std::error::Error::source(error), operation, "store failed");
    }
}

impl<T> Reply<T> {
    fn fail(self, error: Error) {
        match self {
            Self::Link {
                link, reference, ..
            } => {
                let event = Event::error(reference.as_deref(), &error).encode();
                link.end_send();
                link.push(&Arc::new(Frame::durable(event)));
            }
            Self::Caller(caller) => {
                let _ = caller.send(Err(error));
            }
        }
    }
}

impl Reply<Appended> {
    fn appended(self, appended: Appended) {
        match self {
            Self::Link {
                link,
                reference,
                since,
            } => {
                let m = &appended.message;
                let ack = Event::MessageAck {
                    r#ref: reference.as_deref(),
                    room_id: &m.room_id,
                    client_message_id: m.client_message_id.as_ref(),
                    message_id: m.id,
                    seq: m.seq,
                    rev: m.rev,
                    created_at: m.created_at,
                    duplicate: appended.duplicate,
                };
                metrics::counter!("chat_acks_total").increment(1);
                metrics::histogram!("chat_send_seconds").record(since.elapsed().as_secs_f64());
                link.end_send();
                link.push(&Arc::new(Frame::durable(ack.encode())));
            }
            Self::Caller(caller) => {
                let _ = caller.send(Ok(appended));
            }
        }
    }
}

impl Reply<Changed> {
    fn changed(self, changed: Changed) {
        match self {
            Self::Link {
                link, reference, ..
            } => {
                let ack = Event::Ack {
                    r#ref: reference.as_deref(),
                    rev: Some(changed.message.rev),
                };
                link.end_send();
                link.push(&Arc::new(Frame::durable(ack.encode())));
            }
            Self::Caller(caller) => {
                let _ = caller.send(Ok(changed));
            }
        }
    }
}
