use std::collections::BTreeSet;

use super::counts::{Ranks, counts};
use super::log::Log;
use crate::MessageId;
use crate::model::{Message, ThreadSummary};
use crate::random::HashMap;

/// The threads of a room, by root message.
#[derive(Debug, Default)]
pub(super) struct Threads(HashMap<MessageId, Thread>);

/// The replies in one thread.
#[derive(Debug, Default)]
pub(super) struct Thread {
    /// All replies, tombstones included: the thread's history.
    pub(super) replies: BTreeSet<u64>,
    /// The replies that [count](counts).
    pub(super) counted: Ranks,
}

impl Threads {
    pub(super) fn get(&self, root: &MessageId) -> Option<&Thread> {
        self.0.get(root)
    }

    /// Adds a message that is newer than all others.
    pub(super) fn add(&mut self, message: &Message) {
        let Some(root) = message.thread_id else {
            return;
        };
        let thread = self.0.entry(root).or_default();
        thread.replies.insert(message.seq);
        if counts(message) {
            thread.counted.push(message.seq);
        }
    }

    /// Stops counting a message; it stays in the thread's history.
    pub(super) fn discount(&mut self, message: &Message) {
        if let Some(root) = &message.thread_id
            && let Some(thread) = self.0.get_mut(root)
        {
            thread.counted.remove(message.seq);
        }
    }

    pub(super) fn remove(&mut self, message: &Message) {
        let Some(root) = &message.thread_id else {
            return;
        };
        if let Some(thread) = self.0.get_mut(root) {
            thread.replies.remove(&message.seq);
            thread.counted.remove(message.seq);
            if thread.replies.is_empty() {
                self.0.remove(root);
            }
        }
    }
}

impl Log {
    pub(super) fn thread(&self, root: &MessageId) -> Option<ThreadSummary> {
        let counted = &self.threads.get(root)?.counted;
        let last = self.by_seq.get(&counted.last()?)?;
        Some(ThreadSummary {
            reply_count: u64::try_from(counted.len()).unwrap_or(u64::MAX),
            last_reply_id: last.id,
            last_reply_seq: last.seq,
            last_reply_at: last.created_at,
        })
    }
}
