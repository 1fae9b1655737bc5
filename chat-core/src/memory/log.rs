use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;

use crate::model::{
    Anchor, Appended, Change, Changed, HistoryQuery, Message, MessageKind, NewMessage, ReadMarker,
    Unread,
};
use crate::{ClientMessageId, Epoch, Error, MessageId, Result, RoomId, Timestamp, UserId};

#[cfg(test)]
mod tests;

/// A page of messages that are still shared with the log, to be copied outside its lock.
#[derive(Debug, Default)]
pub(super) struct SharedPage {
    pub(super) messages: Vec<Arc<Message>>,
    pub(super) has_before: bool,
    pub(super) has_after: bool,
}

/// A page of changes that are still shared with the log.
#[derive(Debug)]
pub(super) struct SharedChanges {
    pub(super) messages: Vec<Arc<Message>>,
    pub(super) through: u64,
    pub(super) head: u64,
    pub(super) epoch: Epoch,
}

/// One room's log.
///
/// Every operation costs O(log n) for each message it returns or touches, unread counts included:
/// they are differences of two ranks, since they are asked for each member and message.
pub(super) struct Log {
    epoch: Epoch,
    head: u64,
    /// When the newest message was created, kept when that message has gone.
    last_activity: Option<Timestamp>,
    by_seq: BTreeMap<u64, Arc<Message>>,
    by_rev: BTreeMap<u64, Arc<Message>>,
    by_id: HashMap<MessageId, u64>,
    by_client_id: HashMap<(Option<UserId>, ClientMessageId), u64>,
    /// The `seq` of what counts as unread for whoever did not send it, ascending.
    countable: VecDeque<u64>,
    /// The same by sender.
    countable_of: HashMap<UserId, VecDeque<u64>>,
    expiring: BTreeSet<(Timestamp, u64)>,
    markers: BTreeMap<UserId, (u64, Timestamp)>,
    /// The deadline under which this log stands in the store's list of logs to sweep.
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
            by_id: HashMap::new(),
            by_client_id: HashMap::new(),
            countable: VecDeque::new(),
            countable_of: HashMap::new(),
            expiring: BTreeSet::new(),
            markers: BTreeMap::new(),
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

    /// When the next message expires.
    pub(super) fn next_expiry(&self) -> Option<Timestamp> {
        self.expiring.first().map(|(at, _)| *at)
    }

    /// Takes a message in, unless it is there already.
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
        // The same id again is the same append again: its caller did not learn how it went.
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
        if is_countable(&message) {
            self.countable.push_back(seq);
            if let Some(sender) = &message.sender_id {
                match self.countable_of.get_mut(sender) {
                    Some(own) => own.push_back(seq),
                    None => {
                        self.countable_of.insert(sender.clone(), [seq].into());
                    }
                }
            }
        }
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
        if is_countable(&old) && !is_countable(&message) {
            self.discount(&old);
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

    pub(super) fn history(&self, query: &HistoryQuery) -> SharedPage {
        let limit = query.limit.max(1);
        let messages = match query.anchor {
            Anchor::Newest => self.below(u64::MAX, limit),
            Anchor::Before(seq) => self.below(seq, limit),
            Anchor::BeforeTime(time) => self.below(self.first_since(time), limit),
            Anchor::After(seq) => self.from(seq.saturating_add(1), limit),
            Anchor::AfterTime(time) => self.from(self.first_since(time), limit),
            Anchor::Around(seq) => {
                let mut page = self.below(seq, limit / 2);
                page.extend(self.from(seq, limit - limit / 2));
                page
            }
        };
        let (has_before, has_after) = match (messages.first(), messages.last()) {
            (Some(first), Some(last)) => (
                self.by_seq
                    .first_key_value()
                    .is_some_and(|(seq, _)| *seq < first.seq),
                self.by_seq
                    .last_key_value()
                    .is_some_and(|(seq, _)| *seq > last.seq),
            ),
            // All there is lies on the other side of the anchor.
            _ => match query.anchor {
                Anchor::After(_) | Anchor::AfterTime(_) | Anchor::Around(_) => {
                    (!self.by_seq.is_empty(), false)
                }
                _ => (false, !self.by_seq.is_empty()),
            },
        };
        SharedPage {
            messages,
            has_before,
            has_after,
        }
    }

    /// The newest with a `seq` below this, ascending.
    fn below(&self, seq: u64, limit: usize) -> Vec<Arc<Message>> {
        let newest_first = self.by_seq.range(..seq).rev().take(limit);
        let mut page: Vec<_> = newest_first.map(|(_, m)| Arc::clone(m)).collect();
        page.reverse();
        page
    }

    /// The oldest with at least this `seq`.
    fn from(&self, seq: u64, limit: usize) -> Vec<Arc<Message>> {
        let page = self.by_seq.range(seq..).take(limit);
        page.map(|(_, m)| Arc::clone(m)).collect()
    }

    /// A `seq` that parts the messages created before `time` from those created at or after it.
    /// Times never decrease along positions, so a binary search needs no index by time.
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

    pub(super) fn mark_read(
        &mut self,
        user: &UserId,
        seq: u64,
        now: Timestamp,
    ) -> (ReadMarker, bool) {
        let seq = seq.min(self.head);
        let marker = |seq, at| ReadMarker {
            user_id: user.clone(),
            seq,
            at,
        };
        match self.markers.get_mut(user) {
            Some((old, at)) if seq <= *old => (marker(*old, *at), false),
            Some(old) => {
                *old = (seq, now);
                (marker(seq, now), true)
            }
            None if seq == 0 => (marker(0, now), false),
            None => {
                self.markers.insert(user.clone(), (seq, now));
                (marker(seq, now), true)
            }
        }
    }

    pub(super) fn read_marker(&self, user: &UserId) -> Option<ReadMarker> {
        let (seq, at) = self.markers.get(user)?;
        Some(ReadMarker {
            user_id: user.clone(),
            seq: *seq,
            at: *at,
        })
    }

    pub(super) fn read_markers(&self, after: Option<&UserId>, limit: usize) -> Vec<ReadMarker> {
        let start = after.map_or(Unbounded, Excluded);
        let range = self.markers.range::<UserId, _>((start, Unbounded));
        let markers = range.take(limit).map(|(user, (seq, at))| ReadMarker {
            user_id: user.clone(),
            seq: *seq,
            at: *at,
        });
        markers.collect()
    }

    pub(super) fn unread(&self, user: &UserId, room_id: RoomId) -> Unread {
        let read_seq = self.markers.get(user).map_or(0, |(seq, _)| *seq);
        let all = count_above(&self.countable, read_seq);
        let own = self.countable_of.get(user);
        let own = own.map_or(0, |own| count_above(own, read_seq));
        Unread {
            room_id,
            read_seq,
            count: (all - own).min(Unread::MAX),
        }
    }

    /// Removes at most `limit` messages that expired by `now`. Returns how many it removed.
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

    /// Removes the oldest messages until `max` are left.
    pub(super) fn keep_newest(&mut self, max: usize) {
        while self.by_seq.len() > max {
            let Some((&seq, _)) = self.by_seq.first_key_value() else {
                return;
            };
            self.remove(seq);
        }
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
        if is_countable(&message) {
            self.discount(&message);
        }
    }

    fn discount(&mut self, message: &Message) {
        remove_sorted(&mut self.countable, message.seq);
        if let Some(sender) = &message.sender_id
            && let Some(own) = self.countable_of.get_mut(sender)
        {
            remove_sorted(own, message.seq);
            if own.is_empty() {
                self.countable_of.remove(sender);
            }
        }
    }
}

fn is_countable(message: &Message) -> bool {
    message.kind == MessageKind::User && message.deleted_at.is_none()
}

fn count_above(sorted: &VecDeque<u64>, seq: u64) -> u64 {
    let count = sorted.len() - sorted.partition_point(|s| *s <= seq);
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn remove_sorted(sorted: &mut VecDeque<u64>, seq: u64) {
    if let Ok(i) = sorted.binary_search(&seq) {
        sorted.remove(i);
    }
}
