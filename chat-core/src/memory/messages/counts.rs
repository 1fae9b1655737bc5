use std::collections::VecDeque;

use crate::UserId;
use crate::model::{Message, MessageKind};
use crate::random::HashMap;

/// The positions of messages that count as unread, for counting the entries above a `seq` in
/// O(log n): the count is needed for each member and message.
#[derive(Debug, Default)]
pub(super) struct Counts {
    all: Ranks,
    by_sender: HashMap<UserId, Ranks>,
    /// By mentioned user. Mentions of the sender are left out.
    by_mention: HashMap<UserId, Ranks>,
}

impl Counts {
    /// Adds a message that is newer than all others.
    pub(super) fn add(&mut self, message: &Message) {
        if !counts(message) {
            return;
        }
        self.all.push(message.seq);
        if let Some(sender) = &message.sender_id {
            push(&mut self.by_sender, sender, message.seq);
        }
        for user in mentioned(message) {
            push(&mut self.by_mention, user, message.seq);
        }
    }

    /// Removes a message, if [`add`](Self::add) counted it.
    pub(super) fn remove(&mut self, message: &Message) {
        if !counts(message) {
            return;
        }
        self.all.remove(message.seq);
        if let Some(sender) = &message.sender_id {
            remove(&mut self.by_sender, sender, message.seq);
        }
        for user in mentioned(message) {
            remove(&mut self.by_mention, user, message.seq);
        }
    }

    pub(super) fn above(&self, seq: u64) -> usize {
        self.all.above(seq).len()
    }

    pub(super) fn above_by(&self, sender: &UserId, seq: u64) -> usize {
        let own = self.by_sender.get(sender);
        own.map_or(0, |own| own.above(seq).len())
    }

    /// Returns the positions above `seq` that mention a user.
    pub(super) fn mentions_above(&self, user: &UserId, seq: u64) -> impl Iterator<Item = u64> {
        let mentions = self.by_mention.get(user);
        mentions.into_iter().flat_map(move |m| m.above(seq))
    }

    pub(super) fn has(&self, seq: u64) -> bool {
        self.all.has(seq)
    }
}

/// Returns `true` if the message counts as unread for anyone.
pub(super) fn counts(message: &Message) -> bool {
    message.kind == MessageKind::User && message.deleted_at.is_none() && !message.shadowed
}

fn mentioned(message: &Message) -> impl Iterator<Item = &UserId> {
    let sender = message.sender_id.as_ref();
    message.mentions.iter().filter(move |u| Some(*u) != sender)
}

fn push(map: &mut HashMap<UserId, Ranks>, user: &UserId, seq: u64) {
    match map.get_mut(user) {
        Some(ranks) => ranks.push(seq),
        None => map.entry(user.clone()).or_default().push(seq),
    }
}

fn remove(map: &mut HashMap<UserId, Ranks>, user: &UserId, seq: u64) {
    if let Some(ranks) = map.get_mut(user) {
        ranks.remove(seq);
        if ranks.is_empty() {
            map.remove(user);
        }
    }
}

/// A list of ascending positions.
#[derive(Debug, Default)]
pub(super) struct Ranks(VecDeque<u64>);

impl Ranks {
    /// Adds a position above all others. A repeated position (a user mentioned twice) is ignored.
    pub(super) fn push(&mut self, seq: u64) {
        if self.0.back() != Some(&seq) {
            self.0.push_back(seq);
        }
    }

    pub(super) fn remove(&mut self, seq: u64) {
        if let Ok(i) = self.0.binary_search(&seq) {
            self.0.remove(i);
        }
    }

    pub(super) fn has(&self, seq: u64) -> bool {
        self.0.binary_search(&seq).is_ok()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn last(&self) -> Option<u64> {
        self.0.back().copied()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the positions above `seq`, ascending.
    pub(super) fn above(&self, seq: u64) -> impl ExactSizeIterator<Item = u64> + '_ {
        let first = self.0.partition_point(|s| *s <= seq);
        self.0.range(first..).copied()
    }
}
