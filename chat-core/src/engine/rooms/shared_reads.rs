//! Log reads shared by clients that join or resume at the same time. After a restart, thousands ask
//! for the same range of the same room.

use std::sync::{Arc, OnceLock};

use crate::engine::feed::View;
use crate::engine::outbound::Frame;
use crate::engine::single_flight::SingleFlight;
use crate::model::{Changes, HistoryPage, LogHead, fitting};
use crate::protocol::Event;
use crate::{Result, RoomId};

/// Byte limit of a frame's messages. A client that does not read pins one such frame, which bounds
/// the memory that it can hold on a node.
pub(crate) const PAGE_BYTES: usize = 32 << 10;
const MIN_READ: usize = 4;

/// The limit of the next read, after `fit` of `read` changes fit into a page: twice as many as fit,
/// so that a log of long messages wastes little.
pub(crate) fn next_limit(limit: usize, read: usize, fit: usize) -> usize {
    let used = if fit < read { fit } else { limit };
    used.saturating_mul(2).max(MIN_READ)
}

/// A page of changes with its encoded frame, shared by all readers.
#[derive(Debug)]
pub(crate) struct SyncPage {
    pub(crate) changes: Changes,
    /// The number of changes read; the page may hold fewer.
    read: usize,
    last: OnceLock<Arc<Frame>>,
    more: OnceLock<Arc<Frame>>,
}

impl SyncPage {
    fn new(changes: Changes) -> Self {
        Self {
            read: changes.messages.len(),
            changes: changes.cut(PAGE_BYTES),
            last: OnceLock::new(),
            more: OnceLock::new(),
        }
    }

    pub(crate) fn next_limit(&self, limit: usize, most: usize) -> usize {
        next_limit(limit, self.read, self.changes.messages.len()).min(most)
    }

    /// The `ROOM_SYNC` of this page for a reader, shared by readers who see the same messages.
    pub(crate) fn frame_for(&self, view: &View, room: &RoomId, done: bool) -> Arc<Frame> {
        let messages = &self.changes.messages;
        if view.is_plain(messages) {
            return Arc::clone(self.frame(room, done));
        }
        let seen = messages.iter().filter(|m| view.sees(m)).cloned();
        let event = Event::RoomSync {
            room_id: room,
            changes: &seen.collect::<Vec<_>>(),
            through: self.changes.through,
            done,
        };
        event.frame()
    }

    fn frame(&self, room: &RoomId, done: bool) -> &Arc<Frame> {
        let cell = if done { &self.last } else { &self.more };
        cell.get_or_init(|| {
            let event = Event::RoomSync {
                room_id: room,
                changes: &self.changes.messages,
                through: self.changes.through,
                done,
            };
            event.frame()
        })
    }
}

#[derive(Debug, Default)]
pub(crate) struct SharedReads {
    changes: SingleFlight<u64, SyncPage>,
    head: SingleFlight<(), LogHead>,
    newest: SingleFlight<(u64, usize), HistoryPage>,
}

impl SharedReads {
    /// Changes after a position. A shared, older answer is as good: it says how far it goes.
    pub(crate) async fn changes<F>(&self, after: u64, read: impl Fn() -> F) -> Result<Arc<SyncPage>>
    where
        F: Future<Output = Result<Changes>> + Send + 'static,
    {
        let page = || {
            let read = read();
            async { Ok(Arc::new(SyncPage::new(read.await?))) }
        };
        self.changes.get(&after, page).await
    }

    pub(crate) async fn head<F>(&self, read: impl Fn() -> F) -> Result<Arc<LogHead>>
    where
        F: Future<Output = Result<LogHead>> + Send + 'static,
    {
        let head = || {
            let read = read();
            async { Ok(Arc::new(read.await?)) }
        };
        self.head.get(&(), head).await
    }

    /// The newest messages up to a head, as many as fit into a frame.
    pub(crate) async fn newest<F>(
        &self,
        head: u64,
        limit: usize,
        read: impl Fn() -> F,
    ) -> Result<Arc<HistoryPage>>
    where
        F: Future<Output = Result<HistoryPage>> + Send + 'static,
    {
        let page = || {
            let read = read();
            async {
                let mut page = read.await?;
                let fit = fitting(page.messages.iter().rev(), PAGE_BYTES);
                if fit < page.messages.len() {
                    page.messages.drain(..page.messages.len() - fit);
                    page.has_before = true;
                }
                Ok(Arc::new(page))
            }
        };
        self.newest.get(&(head, limit), page).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_is_read_as_can_be_used() {
        assert_eq!(next_limit(100, 100, 100), 200);
        assert_eq!(next_limit(100, 30, 30), 200);
        assert_eq!(next_limit(100, 100, 8), 16);
        assert_eq!(next_limit(16, 16, 1), MIN_READ);
        assert_eq!(next_limit(4, 0, 0), 8);
    }
}
