use std::sync::Arc;
use std::time::Duration;

use super::Log;
use crate::model::{Message, SearchQuery};

impl Log {
    /// The highest `seq` that a search has to look at.
    pub(in super::super) fn search_start(&self, query: &SearchQuery) -> u64 {
        let below = |time| self.first_since(time).saturating_sub(1);
        let until = query.until.map_or(self.head, below);
        // Others of the same millisecond may come after it in the results: their ids decide.
        let after = query.after.map(|a| a.at.after(Duration::from_millis(1)));
        until.min(after.map_or(self.head, below))
    }

    /// The newest messages up to this `seq`, newest first.
    pub(in super::super) fn newest(&self, seq: u64, limit: usize) -> Vec<Arc<Message>> {
        let newest_first = self.by_seq.range(..=seq).rev().take(limit);
        newest_first.map(|(_, m)| Arc::clone(m)).collect()
    }
}
