mod counts;
mod readership;
mod search;
#[cfg(test)]
mod tests;
mod threads;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;

use counts::{Counts, counts};
use readership::Readership;
use threads::Threads;

use crate::model::{
    Anchor, Appended, Change, Changed, HistoryQuery, Message, NewMessage, ThreadSummary,
};
use crate::random::HashMap;
use crate::{ClientMessageId, Epoch, Error, MessageId, Result, RoomId, Timestamp, UserId};

/// A page of messages shared with the log, to be copied outside its lock.
#[derive(Debug, Default)]
pub(super) struct SharedPage {
    pub(super) messages: Vec<Arc<Message>>,
    pub(super) has_before: bool,
    pub(super) has_after: bool,
}

/// A page of changes shared with the log.
#[derive(Debug)]
pub(super) struct SharedChanges {
    pub(super) messages: Vec<Arc<Message>>,
    pub(super) through: u64,
    pub(super) head: u64,
    pub(super) epoch: Epoch,
}

/// One room's log.
///
/// Every operation except search takes O(log n) per message returned or changed, unread counts
/// included.
pub(super) struct Log {
    epoch: Epoch,
    head: u64,
    /// The creation time of the newest message, kept after that message is removed.
    last_activity: Option<Timestamp>,
    by_seq: BTreeMap<u64, Arc<Message>>,
    by_rev: BTreeMap<u64, Arc<Message>>,
    by_id: HashMap<MessageId, u64>,
    by_client_id: HashMap<(Option<UserId>, ClientMessageId), u64>,
    counts: Counts,
    threads: Threads,
    pinned: BTreeSet<(Timestamp, u64)>,
    expiring: BTreeSet<(Timestamp, u64)>,
    readership: Readership,
    /// The deadline of this log in the store's sweep schedule.
    pub(super) scheduled: Option<Timestamp>,
}

impl Log {
    pub(super) fn new() -> Self {
        Self {
            epoch: Epoch::random(),
            head: 0,
            last_activity: None,
            by_seq: BTreeMap::new(),
            by_rev: BTreeMap::new(),
            by_id: HashMap::default(),
            by_client_id: HashMap::default(),
            counts: Counts::default(),
            threads: Threads::default(),
            pinned: BTreeSet::new(),
            expiring: BTreeSet::new(),
            readership: Readership::default(),
            scheduled: None,
        }
    }

    pub(super) const fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub(super) const fn head(&self) -> u64 {
        self.head
    }

    pub(super) const fn last_activity(&self) -> Option<Timestamp> {
        self.last_activity
    }

    /// Returns the time at which the next message expires.
    pub(super) fn next_expiry(&self) -> Option<Timestamp> {
        self.expiring.first().map(|(at, _)| *at)
    }

    /// Appends a message, unless it is a duplicate.
    pub(super) fn append(&mut self, room: &RoomId, new: NewMessage) -> Appended {
        let client_key = new
            .draft
            .client_message_id
            .clone()
            .map(|id| (new.sender_id.clone(), id));
        let first = match &client_key {
            Some(key) => self.by_client_id.get(key),
            None => None,
        };
        // A known id is a retry by a caller that did not learn the outcome.
        let first = first.or_else(|| self.by_id.get(&new.id));
        if let Some(first) = first.and_then(|seq| self.by_seq.get(seq)) {
            return Appended {
                message: Arc::clone(first),
                duplicate: true,
            };
        }
        let created_at = self
            .last_activity
            .map_or(new.created_at, |last| last.max(new.created_at));
        let seq = self.head + 1;
        let message = Arc::new(new.at(room.clone(), seq, created_at));
        self.head = seq;
        self.last_activity = Some(created_at);
        self.by_id.insert(message.id, seq);
        if let Some(key) = client_key {
            self.by_client_id.insert(key, seq);
        }
        if let Some(at) = message.expires_at {
            self.expiring.insert((at, seq));
        }
        self.counts.add(&message);
        self.threads.add(&message);
        self.by_seq.insert(seq, Arc::clone(&message));
        self.by_rev.insert(seq, Arc::clone(&message));
        Appended {
            message,
            duplicate: false,
        }
    }

    pub(super) fn change(
        &mut self,
        id: &MessageId,
        change: &Change,
        now: Timestamp,
    ) -> Result<Changed> {
        let old = self.get(id).ok_or_else(Error::message_not_found)?;
        let rev = self.head + 1;
        let mut message = (*old).clone();
        if !change.apply(&mut message, rev, now)? {
            return Ok(Changed {
                message: old,
                changed: false,
            });
        }
        if counts(&old) && !counts(&message) {
            self.counts.remove(&old);
            self.threads.discount(&old);
        }
        if let Some(at) = old.pinned_at {
            self.pinned.remove(&(at, old.seq));
        }
        if let Some(at) = message.pinned_at {
            self.pinned.insert((at, message.seq));
        }
        let message = Arc::new(message);
        self.head = rev;
        self.by_rev.remove(&old.rev);
        self.by_rev.insert(rev, Arc::clone(&message));
        self.by_seq.insert(message.seq, Arc::clone(&message));
        Ok(Changed {
            message,
            changed: true,
        })
    }

    pub(super) fn get(&self, id: &MessageId) -> Option<Arc<Message>> {
        self.by_seq.get(self.by_id.get(id)?).cloned()
    }

    pub(super) fn sent(&self, sender: &UserId, id: &ClientMessageId) -> Option<Arc<Message>> {
        let key = (Some(sender.clone()), id.clone());
        self.by_seq.get(self.by_client_id.get(&key)?).cloned()
    }

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

    pub(super) fn pins(&self, limit: usize) -> Vec<Arc<Message>> {
        let last_first = self.pinned.iter().rev().take(limit);
        let pins = last_first.filter_map(|(_, seq)| self.by_seq.get(seq));
        pins.map(Arc::clone).collect()
    }

    /// Returns a `seq` that separates messages created before `time` from later ones.
    ///
    /// This is a binary search: creation times never decrease along positions.
    fn first_since(&self, time: Timestamp) -> u64 {
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

    pub(super) fn changes(&self, after: u64, limit: usize) -> SharedChanges {
        let mut range = self.by_rev.range((Excluded(after), Unbounded));
        let messages: Vec<_> = range
            .by_ref()
            .take(limit.max(1))
            .map(|(_, m)| Arc::clone(m))
            .collect();
        let through = match messages.last() {
            Some(last) if range.next().is_some() => last.rev,
            _ => self.head,
        };
        SharedChanges {
            messages,
            through,
            head: self.head,
            epoch: self.epoch,
        }
    }

    /// Removes at most `limit` messages that expired by `now`. Returns the number removed.
    pub(super) fn prune(&mut self, now: Timestamp, limit: usize) -> usize {
        let mut removed = 0;
        while removed < limit {
            match self.expiring.first() {
                Some(&(at, seq)) if at <= now => {
                    self.expiring.pop_first();
                    self.remove(seq);
                }
                _ => break,
            }
            removed += 1;
        }
        removed
    }

    /// Removes the oldest messages until `max` are left. Returns the number removed.
    pub(super) fn keep_newest(&mut self, max: usize) -> u64 {
        let mut removed = 0;
        while self.by_seq.len() > max
            && let Some((&seq, _)) = self.by_seq.first_key_value()
        {
            self.remove(seq);
            removed += 1;
        }
        removed
    }

    fn remove(&mut self, seq: u64) {
        let Some(message) = self.by_seq.remove(&seq) else {
            return;
        };
        self.by_rev.remove(&message.rev);
        self.by_id.remove(&message.id);
        if let Some(id) = &message.client_message_id {
            let key = (message.sender_id.clone(), id.clone());
            self.by_client_id.remove(&key);
        }
        if let Some(at) = message.expires_at {
            self.expiring.remove(&(at, seq));
        }
        if let Some(at) = message.pinned_at {
            self.pinned.remove(&(at, seq));
        }
        self.counts.remove(&message);
        self.threads.remove(&message);
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
