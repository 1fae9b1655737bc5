use std::sync::Arc;

use super::Log;
use crate::MessageId;
use crate::model::{Message, MessageKind, SearchPosition, SearchQuery};

/// What is asked of one message.
#[derive(Debug)]
pub(in super::super) struct Matcher<'a> {
    query: &'a SearchQuery,
    words: Vec<String>,
}

/// What was found in one room.
#[derive(Debug, Default)]
pub(in super::super) struct Found {
    pub(in super::super) messages: Vec<Arc<Message>>,
    /// What is older than this was not looked at.
    pub(in super::super) cut: Option<SearchPosition>,
}

impl<'a> Matcher<'a> {
    pub(in super::super) fn new(query: &'a SearchQuery) -> Self {
        let words = query.text.iter().flat_map(|t| t.split_whitespace());
        Self {
            query,
            words: words.map(str::to_lowercase).collect(),
        }
    }

    fn matches(&self, message: &Message) -> bool {
        let query = self.query;
        if message.kind != MessageKind::User
            || message.deleted_at.is_some()
            || query.after.is_some_and(|after| position(message) >= after)
            || query.since.is_some_and(|since| message.created_at < since)
        {
            return false;
        }
        if query.sender.is_some() && query.sender != message.sender_id {
            return false;
        }
        if self.words.is_empty() {
            return true;
        }
        let text = message.text.to_lowercase();
        self.words.iter().all(|word| text.contains(word.as_str()))
    }
}

impl Log {
    /// Looks at `most` messages or a few more, newest first, from those below `seq`. Goes on at the
    /// position returned.
    pub(in super::super) fn search(
        &self,
        matcher: &Matcher<'_>,
        below: u64,
        most: usize,
        found: &mut Found,
    ) -> Option<u64> {
        let query = matcher.query;
        let mut last: Option<&Arc<Message>> = None;
        for (looked, (seq, message)) in self.by_seq.range(..below).rev().enumerate() {
            if query.since.is_some_and(|since| message.created_at < since) {
                return None;
            }
            let is_full = looked >= most || found.messages.len() > query.limit;
            // All of one millisecond are looked at together: within it, ids are in another order.
            if is_full && last.is_some_and(|l| l.created_at != message.created_at) {
                return Some(seq + 1);
            }
            if matcher.matches(message) {
                found.messages.push(Arc::clone(message));
            }
            last = Some(message);
        }
        None
    }

    /// A `seq` above all that a search has to look at.
    pub(in super::super) fn search_start(&self, query: &SearchQuery) -> u64 {
        let until = query.until.map(|until| self.first_since(until));
        let after = query.after.map(|after| {
            let next = after.at.after(std::time::Duration::from_millis(1));
            self.first_since(next)
        });
        let all = self.head.saturating_add(1);
        until.unwrap_or(all).min(after.unwrap_or(all))
    }

    /// The place in the results behind which nothing below `seq` is.
    pub(in super::super) fn search_cut(&self, seq: u64) -> Option<SearchPosition> {
        let (_, message) = self.by_seq.range(..seq).next_back()?;
        Some(SearchPosition {
            at: message
                .created_at
                .after(std::time::Duration::from_millis(1)),
            id: MessageId::from_uuid(uuid::Uuid::nil()),
        })
    }
}

pub(in super::super) const fn position(message: &Message) -> SearchPosition {
    SearchPosition {
        at: message.created_at,
        id: message.id,
    }
}
