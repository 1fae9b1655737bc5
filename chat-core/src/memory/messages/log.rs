#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::counts::Counts;
use super::reads::Readership;
use super::threads::Threads;
use crate::model::Message;
use crate::random::HashMap;
use crate::{ClientMessageId, Epoch, MessageId, Timestamp, UserId};

/// One room's log.
///
/// Every operation except search takes O(log n) per message returned or changed, unread counts
/// included.
pub(super) struct Log {
    pub(super) epoch: Epoch,
    pub(super) head: u64,
    /// The creation time of the newest message, kept after that message is removed.
    pub(super) last_activity: Option<Timestamp>,
    pub(super) by_seq: BTreeMap<u64, Arc<Message>>,
    pub(super) by_rev: BTreeMap<u64, Arc<Message>>,
    pub(super) by_id: HashMap<MessageId, u64>,
    pub(super) by_client_id: HashMap<(Option<UserId>, ClientMessageId), u64>,
    pub(super) counts: Counts,
    pub(super) threads: Threads,
    pub(super) pinned: BTreeSet<(Timestamp, u64)>,
    pub(super) expiring: BTreeSet<(Timestamp, u64)>,
    pub(super) readership: Readership,
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

    pub(super) fn get(&self, id: &MessageId) -> Option<Arc<Message>> {
        self.by_seq.get(self.by_id.get(id)?).cloned()
    }

    pub(super) fn remove(&mut self, seq: u64) {
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
