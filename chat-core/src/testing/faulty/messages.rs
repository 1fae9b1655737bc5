use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::RwLock;

use super::dice::{Dice, part};
use crate::backend::MessageStore;
use crate::model::{
    Appended, Change, Changed, Changes, HistoryPage, HistoryQuery, LogHead, Message, NewMessage,
    ReadMarker, Readers, SearchPage, SearchQuery, ThreadRead, ThreadSummary, Unread,
};
use crate::{ClientMessageId, Epoch, Error, MessageId, Result, RoomId, Timestamp, UserId};

/// What a [`FaultyMessages`] does to operations; the numbers are probabilities from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MessageFaults {
    /// It fails and has done nothing. Each entry of a batch has a fate of its own.
    pub fail_before: f64,
    /// A write is done and then reported as failed. That breaks the contract (6) on purpose: it is
    /// what callers see whose node dies before it can answer.
    pub fail_after: f64,
    /// It takes long.
    pub slow: f64,
    /// The longest it takes.
    pub max_delay: Duration,
}

/// A message store whose operations fail or take long.
#[derive(Debug)]
pub struct FaultyMessages<M> {
    inner: M,
    dice: Dice,
    faults: RwLock<MessageFaults>,
    cut: AtomicBool,
    injected: AtomicU64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Done,
    Before,
    After,
}

impl<M> FaultyMessages<M> {
    /// Wraps a store.
    pub fn new(inner: M, seed: u64, faults: MessageFaults) -> Self {
        Self {
            inner,
            dice: Dice::new(seed),
            faults: RwLock::new(faults),
            cut: AtomicBool::new(false),
            injected: AtomicU64::new(0),
        }
    }

    /// Changes the faults from now on; the default is none.
    pub fn set_faults(&self, faults: MessageFaults) {
        *self.faults.write() = faults;
    }

    /// How many faults have been injected: a test that wants some asserts that there were.
    #[must_use]
    pub fn injected(&self) -> u64 {
        self.injected.load(Ordering::Relaxed)
    }

    /// Lets every operation fail that begins from now on.
    pub fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
    }

    /// Undoes [`cut`](Self::cut).
    pub fn heal(&self) {
        self.cut.store(false, Ordering::SeqCst);
    }

    /// Throws the dice about one operation, or one entry: what becomes of it, and the wait.
    fn decide(&self) -> (Fate, Duration) {
        let faults = *self.faults.read();
        let [before, after, slow, how_long] = self.dice.throw().0;
        let fate = if self.cut.load(Ordering::SeqCst) || before < faults.fail_before {
            Fate::Before
        } else if after < faults.fail_after {
            Fate::After
        } else {
            Fate::Done
        };
        let wait = (slow < faults.slow).then(|| part(faults.max_delay, how_long));
        let count = u64::from(fate != Fate::Done) + u64::from(wait.is_some());
        self.injected.fetch_add(count, Ordering::Relaxed);
        (fate, wait.unwrap_or_default())
    }

    async fn read<T>(&self, read: impl Future<Output = Result<T>>) -> Result<T> {
        let (fate, wait) = self.decide();
        tokio::time::sleep(wait).await;
        if fate == Fate::Before {
            return Err(failed());
        }
        read.await
    }

    async fn write<T>(&self, write: impl Future<Output = Result<T>>) -> Result<T> {
        let (fate, wait) = self.decide();
        tokio::time::sleep(wait).await;
        if fate == Fate::Before {
            return Err(failed());
        }
        let done = write.await?;
        if fate == Fate::After {
            return Err(failed());
        }
        Ok(done)
    }
}

fn failed() -> Error {
    Error::unavailable("injected fault")
}

#[async_trait]
impl<M: MessageStore> MessageStore for FaultyMessages<M> {
    async fn open(&self, room: &RoomId) -> Result<LogHead> {
        self.read(self.inner.open(room)).await
    }

    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<LogHead>> {
        self.read(self.inner.heads(rooms)).await
    }

    async fn append(&self, room: &RoomId, batch: Vec<NewMessage>) -> Vec<Result<Appended>> {
        let mut fates = Vec::with_capacity(batch.len());
        let mut longest = Duration::ZERO;
        for _ in &batch {
            let (fate, wait) = self.decide();
            fates.push(fate);
            longest = longest.max(wait);
        }
        tokio::time::sleep(longest).await;
        let stored = batch.into_iter().zip(&fates);
        let stored = stored.filter(|(_, fate)| **fate != Fate::Before);
        let stored: Vec<NewMessage> = stored.map(|(message, _)| message).collect();
        let mut answers = Vec::new().into_iter();
        if !stored.is_empty() {
            answers = self.inner.append(room, stored).await.into_iter();
        }
        let answer = |fate| match fate {
            Fate::Before => Some(Err(failed())),
            Fate::After => answers.next().map(|_| Err(failed())),
            Fate::Done => answers.next(),
        };
        fates.into_iter().filter_map(answer).collect()
    }

    async fn change(
        &self,
        room: &RoomId,
        message: &MessageId,
        change: &Change,
        now: Timestamp,
    ) -> Result<Changed> {
        let change = self.inner.change(room, message, change, now);
        self.write(change).await
    }

    async fn message(&self, room: &RoomId, id: &MessageId) -> Result<Option<Message>> {
        self.read(self.inner.message(room, id)).await
    }

    async fn sent(
        &self,
        room: &RoomId,
        sender: &UserId,
        id: &ClientMessageId,
    ) -> Result<Option<Message>> {
        self.read(self.inner.sent(room, sender, id)).await
    }

    async fn history(&self, room: &RoomId, query: &HistoryQuery) -> Result<HistoryPage> {
        self.read(self.inner.history(room, query)).await
    }

    async fn changes(&self, room: &RoomId, after: u64, limit: usize) -> Result<Changes> {
        self.read(self.inner.changes(room, after, limit)).await
    }

    async fn trim(&self, room: &RoomId, keep: u64) -> Result<u64> {
        self.write(self.inner.trim(room, keep)).await
    }

    async fn delete_log(&self, room: &RoomId, epoch: Option<Epoch>) -> Result<()> {
        self.write(self.inner.delete_log(room, epoch)).await
    }

    async fn mark_read(
        &self,
        room: &RoomId,
        user: &UserId,
        seq: u64,
        now: Timestamp,
    ) -> Result<(ReadMarker, bool)> {
        self.write(self.inner.mark_read(room, user, seq, now)).await
    }

    async fn read_marker(&self, room: &RoomId, user: &UserId) -> Result<Option<ReadMarker>> {
        self.read(self.inner.read_marker(room, user)).await
    }

    async fn read_markers(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<ReadMarker>> {
        self.read(self.inner.read_markers(room, after, limit)).await
    }

    async fn readers(
        &self,
        room: &RoomId,
        seq: u64,
        except: Option<&UserId>,
        limit: usize,
    ) -> Result<Readers> {
        let readers = self.inner.readers(room, seq, except, limit);
        self.read(readers).await
    }

    async fn unread(
        &self,
        user: &UserId,
        rooms: &[RoomId],
        without: &[UserId],
    ) -> Result<Vec<Unread>> {
        self.read(self.inner.unread(user, rooms, without)).await
    }

    async fn threads(
        &self,
        room: &RoomId,
        roots: &[MessageId],
    ) -> Result<Vec<Option<ThreadSummary>>> {
        self.read(self.inner.threads(room, roots)).await
    }

    async fn mark_thread_read(
        &self,
        room: &RoomId,
        root: &MessageId,
        user: &UserId,
        seq: u64,
    ) -> Result<(u64, bool)> {
        let mark = self.inner.mark_thread_read(room, root, user, seq);
        self.write(mark).await
    }

    async fn thread_reads(
        &self,
        room: &RoomId,
        user: &UserId,
        roots: &[MessageId],
    ) -> Result<Vec<ThreadRead>> {
        self.read(self.inner.thread_reads(room, user, roots)).await
    }

    async fn hide(
        &self,
        room: &RoomId,
        user: &UserId,
        message: &MessageId,
        max: usize,
    ) -> Result<bool> {
        self.write(self.inner.hide(room, user, message, max)).await
    }

    async fn hidden(&self, room: &RoomId, user: &UserId) -> Result<Vec<u64>> {
        self.read(self.inner.hidden(room, user)).await
    }

    async fn pins(&self, room: &RoomId, limit: usize) -> Result<Vec<Message>> {
        self.read(self.inner.pins(room, limit)).await
    }

    async fn search(&self, query: &SearchQuery) -> Result<SearchPage> {
        self.read(self.inner.search(query)).await
    }

    async fn claim_pushes(
        &self,
        now: Timestamp,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<Message>> {
        let claim = self.inner.claim_pushes(now, lease, limit);
        self.write(claim).await
    }

    async fn pushed(&self, room: &RoomId, messages: &[MessageId]) -> Result<()> {
        self.write(self.inner.pushed(room, messages)).await
    }
}
