use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use crate::model::{Message, MessageKind, SearchPage, SearchPosition, SearchQuery};
use crate::{MessageId, Timestamp};

/// The bound of the work for a page of results.
#[derive(Debug, Clone, Copy)]
pub(super) struct SearchBudget {
    /// Messages looked at, over all rooms.
    pub(super) messages: usize,
    /// Bytes of their texts.
    pub(super) bytes: usize,
    /// Messages under one hold of a log's lock, and before others have a turn.
    pub(super) at_once: usize,
    /// Bytes of their texts before others have a turn, and one text more.
    pub(super) bytes_at_once: usize,
}

impl Default for SearchBudget {
    fn default() -> Self {
        Self {
            messages: 50_000,
            bytes: 4 << 20,
            at_once: 500,
            bytes_at_once: 256 << 10,
        }
    }
}

/// One page of a search: says which messages of which room to look at next, and takes them in.
///
/// It goes back in time through all rooms together, so that it looks at little that the page does
/// not need. Where its budget is spent before the page is full, the page ends there.
#[derive(Debug)]
pub(super) struct Search<'a> {
    query: &'a SearchQuery,
    /// The words, folded.
    words: Vec<String>,
    limit: usize,
    /// What it may still look at.
    left: SearchBudget,
    /// The rooms that are not searched to their end.
    ahead: BinaryHeap<Ahead>,
    /// The best so far, in order, at most one more than the limit.
    found: Vec<Arc<Message>>,
}

/// The newest message of a room that was not looked at.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Ahead {
    at: Timestamp,
    seq: u64,
    /// The room's place in the query.
    room: usize,
}

/// What a search wants to look at: the newest messages up to `seq`, at most `limit` of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) room: usize,
    pub(super) seq: u64,
    pub(super) limit: usize,
}

impl<'a> Search<'a> {
    pub(super) fn new(query: &'a SearchQuery, budget: SearchBudget) -> Self {
        let words = query.text.iter().flat_map(|t| t.split_whitespace());
        Self {
            query,
            words: words.map(folded).collect(),
            limit: query.limit.max(1),
            left: budget,
            ahead: BinaryHeap::new(),
            found: Vec::new(),
        }
    }

    /// Adds a room, with the newest message to look at.
    pub(super) fn add(&mut self, room: usize, newest: &Message) {
        self.ahead.push(Ahead {
            at: newest.created_at,
            seq: newest.seq,
            room,
        });
    }

    /// What to look at next, and then to [`take`](Self::take).
    pub(super) fn next(&mut self) -> Option<Step> {
        let at = self.ahead.peek()?.at;
        // All of one millisecond are looked at together: within it, ids are in another order.
        let is_full = self
            .found
            .get(self.limit)
            .is_some_and(|m| m.created_at > at);
        if is_full || self.is_spent(at) {
            return None;
        }
        let Ahead { seq, room, .. } = self.ahead.pop()?;
        Some(Step {
            room,
            seq,
            // One more, to know where the room goes on.
            limit: self.left.at_once + 1,
        })
    }

    /// Whether the page ends with what is newer than a time, since its budget is spent. Where it would
    /// end no further than it began, it costs more.
    fn is_spent(&self, at: Timestamp) -> bool {
        let goes_on = self.query.after.is_none_or(|after| at < after.at);
        (self.left.messages == 0 || self.left.bytes == 0) && goes_on
    }

    /// Takes in what a step wanted, newest first.
    pub(super) fn take(&mut self, step: Step, messages: Vec<Arc<Message>>) {
        let mut bytes_at_once = self.left.bytes_at_once;
        for (looked, message) in messages.into_iter().enumerate() {
            if self
                .query
                .since
                .is_some_and(|since| message.created_at < since)
            {
                break;
            }
            if looked == self.left.at_once
                || bytes_at_once == 0
                || self.is_spent(message.created_at)
            {
                self.add(step.room, &message);
                break;
            }
            let bytes = message.text.len();
            bytes_at_once = bytes_at_once.saturating_sub(bytes);
            self.left.bytes = self.left.bytes.saturating_sub(bytes);
            self.left.messages = self.left.messages.saturating_sub(1);
            if self.matches(&message) {
                self.found.push(message);
            }
        }
        self.found.sort_unstable_by_key(|m| Reverse(position(m)));
        // A room that was asked for twice is one.
        self.found.dedup_by_key(|m| m.id);
        self.found.truncate(self.limit.saturating_add(1));
    }

    /// The page, when there is nothing more to look at.
    pub(super) fn page(mut self) -> SearchPage {
        // What is older may have others before it that nobody has looked at.
        let end = self.ahead.peek().map(|ahead| SearchPosition {
            at: ahead.at,
            id: MessageId::from_uuid(uuid::Uuid::max()),
        });
        self.found
            .retain(|m| end.is_none_or(|end| position(m) > end));
        let next = if self.found.len() > self.limit {
            self.found.truncate(self.limit);
            self.found.last().map(|m| position(m))
        } else {
            end
        };
        let messages = self.found.into_iter().map(Arc::unwrap_or_clone);
        SearchPage {
            messages: messages.collect(),
            next,
        }
    }

    fn matches(&self, message: &Message) -> bool {
        let query = self.query;
        if message.kind != MessageKind::User
            || message.deleted_at.is_some()
            || query.after.is_some_and(|after| position(message) >= after)
            || (query.sender.is_some() && query.sender != message.sender_id)
        {
            return false;
        }
        if self.words.is_empty() {
            return true;
        }
        let text = folded(&message.text);
        self.words.iter().all(|word| text.contains(word.as_str()))
    }
}

const fn position(message: &Message) -> SearchPosition {
    SearchPosition {
        at: message.created_at,
        id: message.id,
    }
}

/// In lower case, each character by itself: [`str::to_lowercase`] looks at what is beside a sigma, so
/// that a word would not be in a text that holds it.
fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests;
