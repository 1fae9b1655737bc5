use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chat_core::backend::{MessageLog, PushQueue, ReadStore};
use chat_core::memory::MemoryMessages;
use chat_core::model::{
    Appended, Change, Changed, Changes, HistoryPage, HistoryQuery, LogHead, Message, NewMessage,
    ReadMarker, Readers, SearchPage, SearchQuery, ThreadRead, ThreadSummary, Unread,
};
use chat_core::testing::PausedClock;
use chat_core::{ClientMessageId, Clock, Epoch, MessageId, Result, RoomId, Timestamp, UserId};
use parking_lot::Mutex;

/// A deliberate bug that the simulation must detect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bug {
    /// Some changes are missing in a catch-up.
    LeavesOutChanges,
    StoresTwice,
    KeepsLogs,
    /// Messages expire ten seconds late.
    ExpiresLate,
    /// The outbox is so small that a client that reads is closed.
    SmallOutbox,
    /// A removal is acknowledged but not performed.
    ForgetsRemovals,
    /// Invisibility is acknowledged but not stored.
    ForgetsInvisibility,
    /// A block is acknowledged but not stored.
    ForgetsBlocks,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    /// The message that took each position.
    pub(crate) taken: BTreeMap<u64, MessageId>,
    /// The time since the start at which each position was taken.
    pub(crate) taken_at: BTreeMap<u64, Duration>,
    /// The messages with an expiry.
    pub(crate) expiring: BTreeSet<MessageId>,
    /// The stored messages by sender and client message id, repeated if stored more than once.
    pub(crate) sent: HashMap<(UserId, ClientMessageId), Vec<MessageId>>,
}

/// The store beneath all faults. It knows every position ever taken, acknowledged or not.
#[derive(Debug)]
pub(crate) struct Recorder {
    inner: MemoryMessages,
    bug: Option<Bug>,
    clock: PausedClock,
    records: Mutex<HashMap<RoomId, Record>>,
}

impl Recorder {
    pub(crate) fn new(bug: Option<Bug>, clock: PausedClock) -> Arc<Self> {
        let late = 10_000 * i64::from(bug == Some(Bug::ExpiresLate));
        let expiry = PausedClock::starting(Timestamp::from_millis(clock.now().as_millis() - late));
        Arc::new(Self {
            inner: MemoryMessages::new().with_clock(Arc::new(expiry)),
            bug,
            clock,
            records: Mutex::default(),
        })
    }

    pub(crate) fn record(&self, room: &RoomId) -> Record {
        self.records.lock().get(room).cloned().unwrap_or_default()
    }

    fn note(&self, message: &Message) {
        let mut records = self.records.lock();
        let record = records.entry(message.room_id.clone()).or_default();
        let before = record.taken.insert(message.rev, message.id);
        assert_eq!(before, None, "position {} was taken twice", message.rev);
        record.taken_at.insert(message.rev, self.clock.elapsed());
        if message.expires_at.is_some() {
            record.expiring.insert(message.id);
        }
    }

    fn note_sent(&self, room: &RoomId, sent: (UserId, ClientMessageId), id: MessageId) {
        let mut records = self.records.lock();
        let record = records.entry(room.clone()).or_default();
        record.sent.entry(sent).or_default().push(id);
    }
}

#[async_trait]
impl MessageLog for Recorder {
    async fn open(&self, room: &RoomId) -> Result<LogHead> {
        self.inner.open(room).await
    }

    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<LogHead>> {
        self.inner.heads(rooms).await
    }

    async fn append(
        &self,
        room: &RoomId,
        epoch: Epoch,
        mut batch: Vec<NewMessage>,
    ) -> Vec<Result<Appended>> {
        let sent =
            |m: &NewMessage| Some((m.sender_id.clone()?, m.draft.client_message_id.clone()?));
        let sent: Vec<_> = batch.iter().map(sent).collect();
        if self.bug == Some(Bug::StoresTwice) {
            batch
                .iter_mut()
                .for_each(|m| m.draft.client_message_id = None);
        }
        let answers = self.inner.append(room, epoch, batch).await;
        for (sent, answer) in sent.into_iter().zip(&answers) {
            let Ok(Appended {
                message,
                duplicate: false,
            }) = answer
            else {
                continue;
            };
            self.note(message);
            if let Some(sent) = sent {
                self.note_sent(room, sent, message.id);
            }
        }
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
        let changed = self.inner.change(room, epoch, message, change, now).await?;
        if changed.changed {
            self.note(&changed.message);
        }
        Ok(changed)
    }

    async fn message(&self, room: &RoomId, id: &MessageId) -> Result<Option<Message>> {
        self.inner.message(room, id).await
    }

    async fn sent(
        &self,
        room: &RoomId,
        sender: &UserId,
        id: &ClientMessageId,
    ) -> Result<Option<Message>> {
        self.inner.sent(room, sender, id).await
    }

    async fn history(&self, room: &RoomId, query: &HistoryQuery) -> Result<HistoryPage> {
        self.inner.history(room, query).await
    }

    async fn changes(&self, room: &RoomId, after: u64, limit: usize) -> Result<Changes> {
        let mut read = self.inner.changes(room, after, limit).await?;
        if self.bug == Some(Bug::LeavesOutChanges) {
            read.messages.retain(|m| m.rev % 11 != 0);
        }
        Ok(read)
    }

    async fn trim(&self, room: &RoomId, keep: u64) -> Result<u64> {
        self.inner.trim(room, keep).await
    }

    async fn delete_log(&self, room: &RoomId, epoch: Option<Epoch>) -> Result<()> {
        if self.bug == Some(Bug::KeepsLogs) {
            return Ok(());
        }
        self.inner.delete_log(room, epoch).await?;
        let room = std::slice::from_ref(room);
        if self.inner.heads(room).await?.is_empty() {
            self.records.lock().remove(&room[0]);
        }
        Ok(())
    }

    async fn pins(&self, room: &RoomId, limit: usize) -> Result<Vec<Message>> {
        self.inner.pins(room, limit).await
    }

    async fn search(&self, query: &SearchQuery) -> Result<SearchPage> {
        self.inner.search(query).await
    }

    async fn threads(
        &self,
        room: &RoomId,
        roots: &[MessageId],
    ) -> Result<Vec<Option<ThreadSummary>>> {
        self.inner.threads(room, roots).await
    }
}

#[async_trait]
impl ReadStore for Recorder {
    async fn mark_read(
        &self,
        room: &RoomId,
        user: &UserId,
        seq: u64,
        now: Timestamp,
    ) -> Result<(ReadMarker, bool)> {
        self.inner.mark_read(room, user, seq, now).await
    }

    async fn read_marker(&self, room: &RoomId, user: &UserId) -> Result<Option<ReadMarker>> {
        self.inner.read_marker(room, user).await
    }

    async fn read_markers(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<ReadMarker>> {
        self.inner.read_markers(room, after, limit).await
    }

    async fn readers(
        &self,
        room: &RoomId,
        seq: u64,
        except: Option<&UserId>,
        limit: usize,
    ) -> Result<Readers> {
        self.inner.readers(room, seq, except, limit).await
    }

    async fn unread(
        &self,
        user: &UserId,
        rooms: &[RoomId],
        without: &[UserId],
    ) -> Result<Vec<Unread>> {
        self.inner.unread(user, rooms, without).await
    }

    async fn mark_thread_read(
        &self,
        room: &RoomId,
        root: &MessageId,
        user: &UserId,
        seq: u64,
    ) -> Result<(u64, bool)> {
        self.inner.mark_thread_read(room, root, user, seq).await
    }

    async fn thread_reads(
        &self,
        room: &RoomId,
        user: &UserId,
        roots: &[MessageId],
    ) -> Result<Vec<ThreadRead>> {
        self.inner.thread_reads(room, user, roots).await
    }

    async fn hide(
        &self,
        room: &RoomId,
        user: &UserId,
        message: &MessageId,
        max: usize,
    ) -> Result<bool> {
        self.inner.hide(room, user, message, max).await
    }

    async fn hidden(&self, room: &RoomId, user: &UserId) -> Result<Vec<u64>> {
        self.inner.hidden(room, user).await
    }
}

#[async_trait]
impl PushQueue for Recorder {
    async fn claim(&self, now: Timestamp, lease: Duration, limit: usize) -> Result<Vec<Message>> {
        self.inner.claim(now, lease, limit).await
    }

    async fn done(&self, room: &RoomId, messages: &[MessageId]) -> Result<()> {
        self.inner.done(room, messages).await
    }
}
