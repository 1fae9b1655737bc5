use std::sync::Arc;

use super::counts::counts;
use super::log::Log;
use crate::model::{Change, Changed, Message};
use crate::{Error, MessageId, Result, Timestamp};

impl Log {
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

    pub(super) fn pins(&self, limit: usize) -> Vec<Arc<Message>> {
        let last_first = self.pinned.iter().rev().take(limit);
        let pins = last_first.filter_map(|(_, seq)| self.by_seq.get(seq));
        pins.map(Arc::clone).collect()
    }
}
