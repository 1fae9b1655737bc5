use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::log::Log;
use crate::Timestamp;
use crate::model::{Anchor, HistoryQuery, Message};

/// A page of messages shared with the log, to be copied outside its lock.
#[derive(Debug, Default)]
pub(super) struct SharedPage {
    pub(super) messages: Vec<Arc<Message>>,
    pub(super) has_before: bool,
    pub(super) has_after: bool,
}

impl Log {
    pub(super) fn history(&self, query: &HistoryQuery) -> SharedPage {
        let limit = query.limit.max(1);
        let view = match &query.thread {
            None => View::All(&self.by_seq),
            Some(root) => match self.threads.get(root) {
                Some(thread) => View::Thread(&self.by_seq, &thread.replies),
                None => return SharedPage::default(),
            },
        };
        let messages = match query.anchor {
            Anchor::Newest => view.below(u64::MAX, limit),
            Anchor::Before(seq) => view.below(seq, limit),
            Anchor::BeforeTime(time) => view.below(self.first_since(time), limit),
            Anchor::After(seq) => view.from(seq.saturating_add(1), limit),
            Anchor::AfterTime(time) => view.from(self.first_since(time), limit),
            Anchor::Around(seq) => {
                let mut page = view.below(seq, limit / 2);
                page.extend(view.from(seq, limit - limit / 2));
                page
            }
        };
        let ends = view.ends();
        let (has_before, has_after) = match (messages.first(), messages.last()) {
            (Some(first), Some(last)) => (
                ends.is_some_and(|(oldest, _)| oldest < first.seq),
                ends.is_some_and(|(_, newest)| newest > last.seq),
            ),
            // All messages are on the other side of the anchor.
            _ => match query.anchor {
                Anchor::After(_) | Anchor::AfterTime(_) | Anchor::Around(_) => {
                    (ends.is_some(), false)
                }
                _ => (false, ends.is_some()),
            },
        };
        SharedPage {
            messages,
            has_before,
            has_after,
        }
    }

    /// Returns a `seq` that separates messages created before `time` from later ones.
    ///
    /// This is a binary search: creation times never decrease along positions.
    pub(super) fn first_since(&self, time: Timestamp) -> u64 {
        let (mut low, mut high) = (0, self.head + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.by_seq.range(middle..).next() {
                Some((seq, message)) if message.created_at < time => low = seq + 1,
                _ => high = middle,
            }
        }
        low
    }
}

/// The messages that a page is taken from: the whole room or one thread.
enum View<'a> {
    All(&'a BTreeMap<u64, Arc<Message>>),
    Thread(&'a BTreeMap<u64, Arc<Message>>, &'a BTreeSet<u64>),
}

impl View<'_> {
    /// Returns the newest messages below `seq`, ascending.
    fn below(&self, seq: u64, limit: usize) -> Vec<Arc<Message>> {
        let mut page: Vec<_> = match self {
            Self::All(all) => {
                let newest_first = all.range(..seq).rev().take(limit);
                newest_first.map(|(_, m)| Arc::clone(m)).collect()
            }
            Self::Thread(all, replies) => {
                let newest_first = replies.range(..seq).rev().take(limit);
                newest_first.filter_map(|s| all.get(s).cloned()).collect()
            }
        };
        page.reverse();
        page
    }

    /// Returns the oldest messages from `seq` on, ascending.
    fn from(&self, seq: u64, limit: usize) -> Vec<Arc<Message>> {
        match self {
            Self::All(all) => {
                let page = all.range(seq..).take(limit);
                page.map(|(_, m)| Arc::clone(m)).collect()
            }
            Self::Thread(all, replies) => {
                let page = replies.range(seq..).take(limit);
                page.filter_map(|s| all.get(s).cloned()).collect()
            }
        }
    }

    /// Returns the lowest and the highest `seq`.
    fn ends(&self) -> Option<(u64, u64)> {
        match self {
            Self::All(all) => Some((*all.first_key_value()?.0, *all.last_key_value()?.0)),
            Self::Thread(_, replies) => Some((*replies.first()?, *replies.last()?)),
        }
    }
}
