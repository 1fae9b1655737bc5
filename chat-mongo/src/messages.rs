use std::time::Duration;

use async_trait::async_trait;
use chat_core::backend::{MessageLog, PushQueue, ReadStore};
use chat_core::model::{
    Appended, Change, Changed, Changes, HistoryPage, HistoryQuery, LogHead, Message, NewMessage,
    ReadMarker, Readers, SearchPage, SearchQuery, ThreadRead, ThreadSummary, Unread,
};
use chat_core::{ClientMessageId, Epoch, MessageId, Result, RoomId, Timestamp, UserId};
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::MongoStore;
use crate::log::{Known, Reading};

/// The number of concurrent reads of heads.
const AT_ONCE: usize = 16;

fn head_of(room: &RoomId, known: &Known) -> LogHead {
    LogHead {
        room_id: room.clone(),
        epoch: known.epoch,
        head: known.head,
        last_activity: known.newest,
    }
}

#[async_trait]
impl MessageLog for MongoStore {
    async fn open(&self, room: &RoomId) -> Result<LogHead> {
        let slot = self.inner.slot(room);
        let known = self
            .inner
            .read_or_create(room, &slot, Reading::Majority)
            .await
            .map_err(|e| e.to_error().during("open a log"))?;
        Ok(head_of(room, &known))
    }

    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<LogHead>> {
        let read = |room| async move {
            let slot = self.inner.slot(room);
            let known = self.inner.read_head(room, &slot, Reading::Majority).await?;
            Ok::<_, crate::error::Failure>(known.map(|known| head_of(room, &known)))
        };
        let reads: Vec<_> = rooms.iter().map(read).collect();
        let heads: Vec<Option<LogHead>> =
            stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
        Ok(heads.into_iter().flatten().collect())
    }

    async fn append(
        &self,
        room: &RoomId,
        epoch: Epoch,
        batch: Vec<NewMessage>,
    ) -> Vec<Result<Appended>> {
        self.inner.append(room, epoch, batch).await
    }

    async fn change(
        &self,
        room: &RoomId,
        epoch: Epoch,
        message: &MessageId,
        change: &Change,
        now: Timestamp,
    ) -> Result<Changed> {
        self.inner.change(room, epoch, message, change, now).await
    }

    async fn message(&self, room: &RoomId, id: &MessageId) -> Result<Option<Message>> {
        Ok(self.inner.message(room, id).await?)
    }

    async fn sent(
        &self,
        room: &RoomId,
        sender: &UserId,
        id: &ClientMessageId,
    ) -> Result<Option<Message>> {
        Ok(self.inner.sent(room, sender, id).await?)
    }

    async fn history(&self, room: &RoomId, query: &HistoryQuery) -> Result<HistoryPage> {
        Ok(self.inner.history(room, query).await?)
    }

    async fn changes(&self, room: &RoomId, after: u64, limit: usize) -> Result<Changes> {
        Ok(self.inner.changes(room, after, limit).await?)
    }

    async fn trim(&self, room: &RoomId, keep: u64) -> Result<u64> {
        let trimmed = self.inner.trim(room, keep).await;
        Ok(trimmed.map_err(|e| e.to_error().during("trim a log"))?)
    }

    async fn delete_log(&self, room: &RoomId, epoch: Option<Epoch>) -> Result<()> {
        Ok(self.inner.delete_log(room, epoch).await?)
    }

    async fn pins(&self, room: &RoomId, limit: usize) -> Result<Vec<Message>> {
        Ok(self.inner.pins(room, limit).await?)
    }

    async fn search(&self, query: &SearchQuery) -> Result<SearchPage> {
        Ok(self.inner.search(query).await?)
    }

    async fn threads(
        &self,
        room: &RoomId,
        roots: &[MessageId],
    ) -> Result<Vec<Option<ThreadSummary>>> {
        Ok(self.inner.threads(room, roots).await?)
    }
}

#[async_trait]
impl ReadStore for MongoStore {
    async fn mark_read(
        &self,
        room: &RoomId,
        user: &UserId,
        seq: u64,
        now: Timestamp,
    ) -> Result<(ReadMarker, bool)> {
        Ok(self.inner.mark_read(room, user, seq, now).await?)
    }

    async fn read_marker(&self, room: &RoomId, user: &UserId) -> Result<Option<ReadMarker>> {
        Ok(self.inner.read_marker(room, user).await?)
    }

    async fn read_markers(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<ReadMarker>> {
        Ok(self.inner.read_markers(room, after, limit).await?)
    }

    async fn readers(
        &self,
        room: &RoomId,
        seq: u64,
        except: Option<&UserId>,
        limit: usize,
    ) -> Result<Readers> {
        Ok(self.inner.readers(room, seq, except, limit).await?)
    }

    async fn unread(
        &self,
        user: &UserId,
        rooms: &[RoomId],
        without: &[UserId],
    ) -> Result<Vec<Unread>> {
        Ok(self.inner.unread(user, rooms, without).await?)
    }

    async fn mark_thread_read(
        &self,
        room: &RoomId,
        root: &MessageId,
        user: &UserId,
        seq: u64,
    ) -> Result<(u64, bool)> {
        Ok(self.inner.mark_thread_read(room, root, user, seq).await?)
    }

    async fn thread_reads(
        &self,
        room: &RoomId,
        user: &UserId,
        roots: &[MessageId],
    ) -> Result<Vec<ThreadRead>> {
        Ok(self.inner.thread_reads(room, user, roots).await?)
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
        Ok(self.inner.hidden(room, user).await?)
    }
}

#[async_trait]
impl PushQueue for MongoStore {
    async fn claim(&self, now: Timestamp, lease: Duration, limit: usize) -> Result<Vec<Message>> {
        Ok(self.inner.claim_pushes(now, lease, limit).await?)
    }

    async fn done(&self, room: &RoomId, messages: &[MessageId]) -> Result<()> {
        Ok(self.inner.pushed(room, messages).await?)
    }
}
