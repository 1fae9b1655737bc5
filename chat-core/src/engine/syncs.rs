//! What clients read from the log when they join or resume, shared by those who ask for the same
//! at the same time: after a restart thousands ask for the same range of the same room.

use std::sync::{Arc, OnceLock, Weak};

use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::Frame;
use super::view::View;
use crate::model::{Changes, HistoryPage, LogHead};
use crate::protocol::Event;
use crate::random::HashMap;
use crate::{Result, RoomId};

/// A read that several wait for: the first who asks does it, and when they give up the next one.
#[derive(Debug)]
struct Shared<K, V>(Mutex<HashMap<K, Weak<OnceCell<Arc<V>>>>>);

impl<K: Eq + std::hash::Hash + Copy, V> Shared<K, V> {
    async fn get(&self, key: K, read: impl AsyncFnOnce() -> Result<V>) -> Result<Arc<V>> {
        let cell = {
            let mut cells = self.0.lock();
            if let Some(cell) = cells.get(&key).and_then(Weak::upgrade) {
                cell
            } else {
                cells.retain(|_, cell| cell.strong_count() > 0);
                let cell = Arc::new(OnceCell::new());
                cells.insert(key, Arc::downgrade(&cell));
                cell
            }
        };
        cell.get_or_try_init(|| async { read().await.map(Arc::new) })
            .await
            .cloned()
    }
}

impl<K, V> Default for Shared<K, V> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::default()))
    }
}

/// Changes as they were read, with the frame that carries them, encoded once for all who get it.
#[derive(Debug)]
pub(crate) struct SyncPage {
    pub(crate) changes: Changes,
    last: OnceLock<Arc<Frame>>,
    more: OnceLock<Arc<Frame>>,
}

impl SyncPage {
    fn new(mut changes: Changes) -> Self {
        // Beyond that, something before may not have been read.
        changes.messages.retain(|m| m.rev <= changes.through);
        Self {
            changes,
            last: OnceLock::new(),
            more: OnceLock::new(),
        }
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

/// The shared reads of one room. Nothing is kept once nobody waits for it.
#[derive(Debug, Default)]
pub(crate) struct Syncs {
    changes: Shared<u64, SyncPage>,
    head: Shared<(), LogHead>,
    newest: Shared<(u64, usize), HistoryPage>,
}

impl Syncs {
    /// The changes after a position. An answer that was read earlier is as good: it says through
    /// where it is complete.
    pub(crate) async fn changes(
        &self,
        after: u64,
        read: impl AsyncFnOnce() -> Result<Changes>,
    ) -> Result<Arc<SyncPage>> {
        let read = async || read().await.map(SyncPage::new);
        self.changes.get(after, read).await
    }

    /// The head of the log.
    pub(crate) async fn head(
        &self,
        read: impl AsyncFnOnce() -> Result<LogHead>,
    ) -> Result<Arc<LogHead>> {
        self.head.get((), read).await
    }

    /// The newest messages up to a head.
    pub(crate) async fn newest(
        &self,
        head: u64,
        limit: usize,
        read: impl AsyncFnOnce() -> Result<HistoryPage>,
    ) -> Result<Arc<HistoryPage>> {
        self.newest.get((head, limit), read).await
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test(start_paused = true)]
    async fn who_asks_at_the_same_time_shares_one_read() {
        let syncs = Syncs::default();
        let reads = AtomicUsize::new(0);
        let read = async || {
            reads.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            Ok(HistoryPage::default())
        };
        let both = tokio::join!(syncs.newest(7, 50, read), syncs.newest(7, 50, read));
        assert!(Arc::ptr_eq(&both.0.unwrap(), &both.1.unwrap()));
        assert_eq!(reads.load(Ordering::Relaxed), 1);
        syncs.newest(7, 50, read).await.unwrap();
        assert_eq!(reads.load(Ordering::Relaxed), 2, "nothing is kept");
    }
}
