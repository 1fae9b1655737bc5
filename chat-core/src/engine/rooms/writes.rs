//! The write queue of a room, for group commit: one batch is in flight on a node, and later writes
//! join the next one.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::link::Link;
use crate::engine::outbound::Frame;
use crate::model::{Appended, Change, Changed, NewMessage};
use crate::protocol::Event;
use crate::{Error, MessageId, Result, Timestamp};

/// The origin of a write, which gets the outcome.
#[derive(Debug)]
pub(crate) enum Reply<T> {
    /// A connection, with its `ref` and the time of the command. The answer wakes the connection,
    /// so its send slot must be released first.
    Link {
        link: Arc<Link>,
        reference: Option<Box<str>>,
        since: Instant,
    },
    Caller(oneshot::Sender<Result<T>>),
}

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

/// The writes to a room that wait for the batch in flight.
#[derive(Debug, Default)]
pub(crate) struct WriteQueue(Mutex<Queue>);

#[derive(Debug, Default)]
struct Queue {
    writes: VecDeque<Write>,
    running: bool,
}

pub(crate) enum Batch {
    Appends(Vec<NewMessage>, Vec<Reply<Appended>>),
    Change(MessageId, Change, Timestamp, Reply<Changed>),
}

/// Byte limit of a batch's text. A client that keeps up drains one batch before the next arrives,
/// so a batch must fit into its outbox.
const BATCH_BYTES: usize = 128 << 10;

impl WriteQueue {
    /// Takes the next batch: one change, or appends up to the limits. Ends the run if none waits.
    pub(crate) fn take(&self, most: usize) -> Option<Batch> {
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

    /// Queues a write, or refuses it if `most` are waiting. Returns `true` if the caller must run
    /// the batches.
    pub(crate) fn push(&self, write: Write, most: usize) -> bool {
        let mut queue = self.0.lock();
        if queue.writes.len() >= most {
            drop(queue);
            let error = || Error::unavailable("too many writes are waiting in this room");
            match write {
                Write::Append(_, reply) => reply.fail(error()),
                Write::Change { reply, .. } => reply.fail(error()),
            }
            return false;
        }
        queue.writes.push_back(write);
        !std::mem::replace(&mut queue.running, true)
    }
}

impl<T> Reply<T> {
    pub(crate) fn fail(self, error: Error) {
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
    pub(crate) fn appended(self, appended: Appended) {
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
                link.push(&ack.frame());
            }
            Self::Caller(caller) => {
                let _ = caller.send(Ok(appended));
            }
        }
    }
}

impl Reply<Changed> {
    pub(crate) fn changed(self, changed: Changed) {
        match self {
            Self::Link {
                link, reference, ..
            } => {
                let ack = Event::Ack {
                    r#ref: reference.as_deref(),
                    rev: Some(changed.message.rev),
                };
                link.end_send();
                link.push(&ack.frame());
            }
            Self::Caller(caller) => {
                let _ = caller.send(Ok(changed));
            }
        }
    }
}
