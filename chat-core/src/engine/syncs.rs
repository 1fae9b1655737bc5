//! What clients read from the log when they join or resume, shared by those who ask for the same
//! at the same time: after a restart thousands ask for the same range of the same room.

use std::sync::{Arc, OnceLock};

use super::Frame;
use super::single_flight::SingleFlight;
use super::view::View;
use crate::model::{Changes, HistoryPage, LogHead, fitting};
use crate::protocol::Event;
use crate::{Result, RoomId};

/// The bytes of messages in one frame. A client that does not read holds one such frame, so this is
/// most of the memory that it can make a node hold.
pub(crate) const PAGE_BYTES: usize = 32 << 10;
/// The fewest changes that are read at once.
const MIN_READ: usize = 4;

/// How many changes to read next, after a read of `limit` of which `fit` of `read` could be used: twice
/// as many as fit, so that of a log of long messages little is read in vain.
pub(crate) fn next_limit(limit: usize, read: usize, fit: usize) -> usize {
    let used = if fit < read { fit } else { limit };
    used.saturating_mul(2).max(MIN_READ)
}

/// Changes as they were read, with the frame that carries them, encoded once for all who get it.
#[derive(Debug)]
pub(crate) struct SyncPage {
    pub(crate) changes: Changes,
    /// How many of them were read, of which a frame may hold fewer.
    read: usize,
    last: OnceLock<Arc<Frame>>,
    more: OnceLock<Arc<Frame>>,
}

impl SyncPage {
    /// The first of the changes, as many as fit into a frame.
    fn new(changes: Changes) -> Self {
        Self {
            read: changes.messages.len(),
            changes: changes.cut(PAGE_BYTES),
            last: OnceLock::new(),
            more: OnceLock::new(),
        }
    }

    /// How many changes to read for the next page, where `limit` were asked for this one.
    pub(crate) fn next_limit(&self, limit: usize, most: usize) -> usize {
        next_limit(limit, self.read, self.changes.messages.len()).min(most)
    }

    /// The `ROOM_SYNC` of this page for a reader; one for all of them, where they see the same.
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
        Arc::new(Frame::durable(event.encode()))
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
            Arc::new(Frame::durable(event.encode()))
        })
    }
}

/// The shared reads of one room.
#[derive(Debug, Default)]
pub(crate) struct Syncs {
    changes: SingleFlight<u64, SyncPage>,
    head: SingleFlight<(), LogHead>,
    newest: SingleFlight<(u64, usize), HistoryPage>,
}

impl Syncs {
    /// The changes after a position. An answer that was read earlier is as good: it says through
    /// where it is complete.
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

    /// The head of the log.
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
