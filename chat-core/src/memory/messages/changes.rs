use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;

use super::log::Log;
use crate::Epoch;
use crate::model::Message;

/// A page of changes shared with the log.
#[derive(Debug)]
pub(super) struct SharedChanges {
    pub(super) messages: Vec<Arc<Message>>,
    pub(super) through: u64,
    pub(super) head: u64,
    pub(super) epoch: Epoch,
}

impl Log {
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
}
