#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::{Mutex, RwLock};

use super::expiry::Sweep;
use super::log::Log;
use super::pushes::Pushes;
use super::search::{Search, SearchBudget};
use crate::backend::{MessageLog, PushQueue, ReadStore};
use crate::memory::shards::Shards;
use crate::model::{
    Appended, Change, Changed, Changes, HistoryPage, HistoryQuery, LogHead, Message, NewMessage,
    ReadMarker, Readers, SearchPage, SearchQuery, ThreadRead, ThreadSummary, Unread,
};
use crate::random::HashMap;
use crate::{
    ClientMessageId, Clock, Epoch, Error, MessageId, Result, RoomId, SystemClock, Timestamp, UserId,
};

/// The number of expired messages that an append removes from any room, plus two per message added.
/// Thus idle rooms are cleaned faster than messages arrive.
const SWEEP: usize = 16;

/// An in-memory [`MessageLog`], [`ReadStore`] and [`PushQueue`]. Clones share their data.
///
/// - **Memory.** A message takes about 650 bytes plus its text (measured). By default only expired
///   messages are removed; [`with_max_messages_per_room`](Self::with_max_messages_per_room) sets a
///   bound. Read markers stay until the room's log is deleted.
/// - **Expiry.** Expired messages are removed by the next read or write of their room, and by
///   appends to any room.
/// - **Rooms without a log** have no messages and head 0. `open` and `changes` create the log.
/// - **Duplicates.** An append with the id of a stored message is a duplicate, whatever its client
///   message id.
///
/// ```
/// use chat_core::backend::MessageLog;
/// use chat_core::memory::MemoryMessages;
/// use chat_core::model::{Draft, NewMessage};
/// use chat_core::{RoomId, Timestamp, UserId};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryMessages::new();
/// let room = RoomId::new("general")?;
/// let hi = NewMessage::user(UserId::new("alice")?, Draft::text("hi"), Timestamp::from_millis(0));
/// let epoch = store.open(&room).await?.epoch;
/// for appended in store.append(&room, epoch, vec![hi]).await {
///     assert_eq!(appended?.message.seq, 1);
/// }
/// assert_eq!(store.open(&room).await?.head, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MemoryMessages {
    logs: Arc<Logs>,
    clock: Arc<dyn Clock>,
    max_per_room: usize,
    search_budget: SearchBudget,
}

#[derive(Default)]
struct Logs {
    by_room: Shards<RwLock<HashMap<RoomId, Arc<Mutex<Log>>>>>,
    sweep: Sweep,
    pushes: Pushes,
}

impl MemoryMessages {
    /// Creates an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self {
            logs: Arc::default(),
            clock: Arc::new(SystemClock),
            max_per_room: usize::MAX,
            search_budget: SearchBudget::default(),
        }
    }

    /// Sets the clock by which this handle expires messages. Default: [`SystemClock`].
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Limits a room to its newest `max` messages (at least 1). Default: `None`, no limit.
    ///
    /// Appends by this handle remove the oldest messages above the limit. A client cannot catch up
    /// on removed messages, and a retry of a removed message is stored again.
    #[must_use]
    pub fn with_max_messages_per_room(mut self, max: Option<usize>) -> Self {
        self.max_per_room = max.unwrap_or(usize::MAX).max(1);
        self
    }

    #[cfg(test)]
    pub(super) const fn with_search_budget(mut self, budget: SearchBudget) -> Self {
        self.search_budget = budget;
        self
    }

    pub(super) fn find(&self, room: &RoomId) -> Option<Arc<Mutex<Log>>> {
        self.logs.by_room.of(room).read().get(room).cloned()
    }

    fn find_or_create(&self, room: &RoomId) -> Arc<Mutex<Log>> {
        if let Some(log) = self.find(room) {
            return log;
        }
        let mut shard = self.logs.by_room.of(room).write();
        let log = shard
            .entry(room.clone())
            .or_insert_with(|| Arc::new(Mutex::new(Log::new())));
        Arc::clone(log)
    }

    /// Finds the log with this epoch.
    fn find_for_write(&self, room: &RoomId, epoch: Epoch) -> Option<Arc<Mutex<Log>>> {
        self.find(room).filter(|log| log.lock().epoch() == epoch)
    }

    /// Removes expired messages from a log, then runs `f` on it.
    fn with<T>(&self, log: &Mutex<Log>, f: impl FnOnce(&mut Log) -> T) -> T {
        let mut log = log.lock();
        if log.next_expiry().is_some() {
            log.prune(self.clock.now(), usize::MAX);
        }
        f(&mut log)
    }

    /// Like [`with`](Self::with), or returns the default if the room has no log.
    fn read<T: Default>(&self, room: &RoomId, f: impl FnOnce(&mut Log) -> T) -> T {
        self.find(room)
            .map_or_else(T::default, |log| self.with(&log, f))
    }

    /// Removes up to `limit` expired messages, from any room.
    fn sweep(&self, mut limit: usize) {
        if self.logs.sweep.is_idle() {
            return;
        }
        let now = self.clock.now();
        while limit > 0
            && let Some((at, room)) = self.logs.sweep.pop(now)
        {
            let Some(log) = self.find(&room) else {
                continue;
            };
            let mut log = log.lock();
            if log.scheduled != Some(at) {
                continue;
            }
            log.scheduled = None;
            limit = limit.saturating_sub(log.prune(now, limit).max(1));
            self.logs.sweep.schedule(&room, &mut log);
        }
    }
}

impl Default for MemoryMessages {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryMessages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryMessages").finish_non_exhaustive()
    }
}

/// Copies messages shared with a log. Called outside its lock.
fn own(messages: Vec<Arc<Message>>) -> Vec<Message> {
    messages.into_iter().map(Arc::unwrap_or_clone).collect()
}

fn head_of(room: &RoomId, log: &Log) -> LogHead {
    LogHead {
        room_id: room.clone(),
        epoch: log.epoch(),
        head: log.head(),
        last_activity: log.last_activity(),
    }
}

#[async_trait]
impl MessageLog for MemoryMessages {
    async fn open(&self, room: &RoomId) -> Result<LogHead> {
        Ok(head_of(room, &self.find_or_create(room).lock()))
    }

    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<LogHead>> {
        let heads = rooms.iter().filter_map(|room| {
            let log = self.find(room)?;
            let head = head_of(room, &log.lock());
            Some(head)
        });
        Ok(heads.collect())
    }

    async fn append(
        &self,
        room: &RoomId,
        epoch: Epoch,
        batch: Vec<NewMessage>,
    ) -> Vec<Result<Appended>> {
        let budget = SWEEP + 2 * batch.len();
        let Some(log) = self.find_for_write(room, epoch) else {
            return batch.iter().map(|_| Err(Error::log_replaced())).collect();
        };
        let answers = self.with(&log, |log| {
            let append = |new: NewMessage| {
                let due = new.push_due;
                let appended = log.append(room, new);
                if let Some(due) = due.filter(|_| !appended.duplicate) {
                    self.logs.pushes.add(room, appended.message.id, due);
                }
                Ok(appended)
            };
            let answers = batch.into_iter().map(append).collect();
            log.keep_newest(self.max_per_room);
            self.logs.sweep.schedule(room, log);
            answers
        });
        self.sweep(budget);
        answers
    }

    async fn change(
        &self,
        room: &RoomId,
        epoch: Epoch,
        message: &MessageId,
        change: &Change,
        now: Timestamp,
    ) -> Result<Changed> {
        let log = self
            .find_for_write(room, epoch)
            .ok_or_else(Error::log_replaced)?;
        self.with(&log, |log| log.change(message, change, now))
    }

    async fn message(&self, room: &RoomId, id: &MessageId) -> Result<Option<Message>> {
        let message = self.read(room, |log| log.get(id));
        Ok(message.map(Arc::unwrap_or_clone))
    }

    async fn sent(
        &self,
        room: &RoomId,
        sender: &UserId,
        id: &ClientMessageId,
    ) -> Result<Option<Message>> {
        let message = self.read(room, |log| log.sent(sender, id));
        Ok(message.map(Arc::unwrap_or_clone))
    }

    async fn history(&self, room: &RoomId, query: &HistoryQuery) -> Result<HistoryPage> {
        let page = self.read(room, |log| log.history(query));
        Ok(HistoryPage {
            messages: own(page.messages),
            has_before: page.has_before,
            has_after: page.has_after,
        })
    }

    async fn changes(&self, room: &RoomId, after: u64, limit: usize) -> Result<Changes> {
        let log = self.find_or_create(room);
        let changes = self.with(&log, |log| log.changes(after, limit));
        Ok(Changes {
            messages: own(changes.messages),
            through: changes.through,
            head: changes.head,
            epoch: changes.epoch,
        })
    }

    async fn trim(&self, room: &RoomId, keep: u64) -> Result<u64> {
        let keep = usize::try_from(keep).unwrap_or(usize::MAX);
        Ok(self
            .find(room)
            .map_or(0, |log| self.with(&log, |log| log.keep_newest(keep))))
    }

    async fn delete_log(&self, room: &RoomId, epoch: Option<Epoch>) -> Result<()> {
        let log = {
            let mut logs = self.logs.by_room.of(room).write();
            let is_meant =
                |log: &Arc<Mutex<Log>>| epoch.is_none_or(|epoch| log.lock().epoch() == epoch);
            match logs.get(room) {
                Some(log) if is_meant(log) => logs.remove(room),
                _ => None,
            }
        };
        // Outside the map's lock, since freeing a large log takes a while.
        if let Some(log) = log {
            let scheduled = log.lock().scheduled.take();
            self.logs.sweep.replace(room, scheduled, None);
        }
        Ok(())
    }

    async fn pins(&self, room: &RoomId, limit: usize) -> Result<Vec<Message>> {
        Ok(own(self.read(room, |log| log.pins(limit))))
    }

    async fn search(&self, query: &SearchQuery) -> Result<SearchPage> {
        let mut search = Search::new(query, self.search_budget);
        let logs: Vec<_> = query.rooms.iter().map(|room| self.find(room)).collect();
        for (room, log) in logs.iter().enumerate() {
            let newest = log.as_ref().map_or_else(Vec::new, |log| {
                self.with(log, |log| log.newest(log.search_start(query), 1))
            });
            for message in newest {
                search.add(room, &message);
            }
        }
        while let Some(step) = search.next() {
            if let Some(log) = &logs[step.room] {
                // The messages are shared, so texts are compared outside the lock.
                let messages = self.with(log, |log| log.newest(step.seq, step.limit));
                search.take(step, messages);
            }
            tokio::task::yield_now().await;
        }
        Ok(search.page())
    }

    async fn threads(
        &self,
        room: &RoomId,
        roots: &[MessageId],
    ) -> Result<Vec<Option<ThreadSummary>>> {
        let Some(log) = self.find(room) else {
            return Ok(vec![None; roots.len()]);
        };
        Ok(self.with(&log, |log| roots.iter().map(|r| log.thread(r)).collect()))
    }
}

#[async_trait]
impl ReadStore for MemoryMessages {
    async fn mark_read(
        &self,
        room: &RoomId,
        user: &UserId,
        seq: u64,
        now: Timestamp,
    ) -> Result<(ReadMarker, bool)> {
        Ok(match self.find(room) {
            Some(log) => log.lock().mark_read(user, seq, now),
            None => (
                ReadMarker {
                    user_id: user.clone(),
                    seq: 0,
                    at: now,
                },
                false,
            ),
        })
    }

    async fn read_marker(&self, room: &RoomId, user: &UserId) -> Result<Option<ReadMarker>> {
        Ok(self.find(room).and_then(|log| log.lock().read_marker(user)))
    }

    async fn read_markers(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<ReadMarker>> {
        Ok(self.read(room, |log| log.read_markers(after, limit)))
    }

    async fn readers(
        &self,
        room: &RoomId,
        seq: u64,
        except: Option<&UserId>,
        limit: usize,
    ) -> Result<Readers> {
        Ok(self.read(room, |log| log.readers(seq, except, limit)))
    }

    async fn unread(
        &self,
        user: &UserId,
        rooms: &[RoomId],
        without: &[UserId],
    ) -> Result<Vec<Unread>> {
        let unread = rooms.iter().map(|room| match self.find(room) {
            Some(log) => self.with(&log, |log| log.unread(user, room.clone(), without)),
            None => Unread {
                room_id: room.clone(),
                read_seq: 0,
                count: 0,
                mentions: 0,
            },
        });
        Ok(unread.collect())
    }

    async fn mark_thread_read(
        &self,
        room: &RoomId,
        root: &MessageId,
        user: &UserId,
        seq: u64,
    ) -> Result<(u64, bool)> {
        let log = self.find(room);
        Ok(log.map_or((0, false), |log| {
            log.lock().mark_thread_read(root, user, seq)
        }))
    }

    async fn thread_reads(
        &self,
        room: &RoomId,
        user: &UserId,
        roots: &[MessageId],
    ) -> Result<Vec<ThreadRead>> {
        let Some(log) = self.find(room) else {
            return Ok(vec![ThreadRead::default(); roots.len()]);
        };
        Ok(self.with(&log, |log| {
            roots.iter().map(|r| log.thread_read(user, r)).collect()
        }))
    }

    async fn hide(
        &self,
        room: &RoomId,
        user: &UserId,
        message: &MessageId,
        max: usize,
    ) -> Result<bool> {
        let log = self
            .find(room)
            .ok_or_else(crate::Error::message_not_found)?;
        self.with(&log, |log| log.hide(user, message, max))
    }

    async fn hidden(&self, room: &RoomId, user: &UserId) -> Result<Vec<u64>> {
        Ok(self.read(room, |log| log.hidden(user)))
    }
}

#[async_trait]
impl PushQueue for MemoryMessages {
    async fn claim(&self, now: Timestamp, lease: Duration, limit: usize) -> Result<Vec<Message>> {
        let mut claimed = Vec::new();
        while claimed.len() < limit
            && let Some((room, id)) = self.logs.pushes.claim(now, now.after(lease))
        {
            let message = self.read(&room, |log| log.get(&id));
            match message.filter(|m| m.deleted_at.is_none()) {
                Some(message) => claimed.push(message),
                None => self.logs.pushes.remove(&id),
            }
        }
        Ok(own(claimed))
    }

    async fn done(&self, _: &RoomId, messages: &[MessageId]) -> Result<()> {
        for id in messages {
            self.logs.pushes.remove(id);
        }
        Ok(())
    }
}
