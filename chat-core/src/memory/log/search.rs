use std::sync::Arc;
use std::time::Duration;

use super::Log;
use crate::model::{Message, SearchQuery};

impl Log {
    /// Returns the highest `seq` that can match a search.
    pub(in super::super) fn search_start(&self, query: &SearchQuery) -> u64 {
        let below = |time| self.first_since(time).saturating_sub(1);
        let until = query.until.map_or(self.head, below);
        // Messages of the same millisecond may follow it in the results: they are ordered by id.
        let after = query.after.map(|a| a.at.after(Duration::from_millis(1)));
        until.min(after.map_or(self.head, below))
    }

    /// Returns the newest messages up to `seq`, newest first.
    pub(in super::super) fn newest(&self, seq: u64, limit: usize) -> Vec<Arc<Message>> {
        let newest_first = self.by_seq.range(..=seq).rev().take(limit);
        newest_first.map(|(_, m)| Arc::clone(m)).collect()
    }
}
