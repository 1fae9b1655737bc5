use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Duration;

use super::log::Log;
use crate::model::{Message, MessageKind, SearchPage, SearchPosition, SearchQuery};
use crate::{MessageId, Timestamp};

/// The maximum work for one page of results.
#[derive(Debug, Clone, Copy)]
pub(super) struct SearchBudget {
    /// Messages examined in all rooms.
    pub(super) messages: usize,
    /// Bytes of text examined in all rooms.
    pub(super) bytes: usize,
    /// Messages per step: read under one lock and examined before the task yields.
    pub(super) at_once: usize,
    /// Bytes of text per step, exceeded by at most one text.
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

/// One page of a search, without access to the logs: it asks for messages step by step.
///
/// It merges all rooms, newest first, so it examines few messages beyond the page. The page ends
/// early if the budget is spent.
#[derive(Debug)]
pub(super) struct Search<'a> {
    query: &'a SearchQuery,
    /// The words of the query, folded.
    words: Vec<String>,
    limit: usize,
    /// The remaining budget.
    left: SearchBudget,
    /// The rooms with messages left to examine.
    ahead: BinaryHeap<Ahead>,
    /// The newest matches so far, in order, at most `limit + 1`.
    found: Vec<Arc<Message>>,
}

/// The newest message of a room not yet examined.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Ahead {
    at: Timestamp,
    seq: u64,
    /// The room's place in the query.
    room: usize,
}

/// A request for the newest messages of a room up to `seq`, at most `limit` of them.
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

    /// Adds a room with the newest message to examine.
    pub(super) fn add(&mut self, room: usize, newest: &Message) {
        self.ahead.push(Ahead {
            at: newest.created_at,
            seq: newest.seq,
            room,
        });
    }

    /// Returns the next step. The caller passes its messages to [`take`](Self::take).
    pub(super) fn next(&mut self) -> Option<Step> {
        let at = self.ahead.peek()?.at;
        // Messages of one millisecond are examined together, since results are ordered by id.
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
            // One more, to know where the room continues.
            limit: self.left.at_once + 1,
        })
    }

    /// Returns `true` if the budget is spent and the page may end before messages created at `at`.
    ///
    /// A page that has made no progress yet exceeds its budget.
    fn is_spent(&self, at: Timestamp) -> bool {
        let goes_on = self.query.after.is_none_or(|after| at < after.at);
        (self.left.messages == 0 || self.left.bytes == 0) && goes_on
    }

    /// Examines the messages of a step, newest first.
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
        // The query may name a room twice.
        self.found.dedup_by_key(|m| m.id);
        self.found.truncate(self.limit.saturating_add(1));
    }

    /// Returns the page, once [`next`](Self::next) has returned `None`.
    pub(super) fn page(mut self) -> SearchPage {
        // Matches older than this may be preceded by messages not yet examined.
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

/// Converts a text to lower case, character by character.
///
/// [`str::to_lowercase`] maps a sigma by its context, so a word might not match a text with it.
fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests;

impl Log {
    /// Returns the highest `seq` that can match a search.
    pub(super) fn search_start(&self, query: &SearchQuery) -> u64 {
        let below = |time| self.first_since(time).saturating_sub(1);
        let until = query.until.map_or(self.head, below);
        // Messages of the same millisecond may follow it in the results: they are ordered by id.
        let after = query.after.map(|a| a.at.after(Duration::from_millis(1)));
        until.min(after.map_or(self.head, below))
    }

    /// Returns the newest messages up to `seq`, newest first.
    pub(super) fn newest(&self, seq: u64, limit: usize) -> Vec<Arc<Message>> {
        let newest_first = self.by_seq.range(..=seq).rev().take(limit);
        newest_first.map(|(_, m)| Arc::clone(m)).collect()
    }
}
