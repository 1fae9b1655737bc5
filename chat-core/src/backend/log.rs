use std::fmt;

use crate::model::{
    Appended, Change, Changed, Changes, HistoryPage, HistoryQuery, LogHead, Message, NewMessage,
    SearchPage, SearchQuery, ThreadSummary,
};
use crate::{ClientMessageId, Epoch, MessageId, Result, RoomId, Timestamp, UserId};

store! {
    /// The log of each room: the source of truth for its messages.
    ///
    /// Every accepted append or change takes the next *position* in its room. A message's `seq` is
    /// the position at which it was created; its `rev` is the position of its latest change.
    /// Superseded positions and expired messages vanish from reads. They are not gaps.
    ///
    /// `MessageLog`, [`ReadStore`](super::ReadStore) and [`PushQueue`](super::PushQueue) are three
    /// views of one store: unread counts need the messages, a push carries one, and
    /// [`delete_log`](Self::delete_log) removes the data of all three.
    ///
    /// # Contract
    /// 1. **Order.** Each accepted append or change takes exactly head + 1. Concurrent writers to a
    ///    room, on any handles, never share or skip a position. The entries of a batch take
    ///    positions in order.
    /// 2. **Prefix.** A reader that has seen position n, on any handle, can read every position
    ///    below n that still exists.
    /// 3. **Durable.** After `Ok`, the write survives the death of this process and, in a
    ///    replicated database, the loss of a minority of replicas. (A memory store lives as long as
    ///    its process and has a new epoch afterwards.)
    /// 4. **Idempotent.** A second append with the same (room, sender, client message id) stores
    ///    nothing and returns the first message in its latest state, marked as a duplicate, for as
    ///    long as that message exists. This holds for concurrent appends and within one batch.
    ///    `sent` returns that message.
    /// 5. **Time.** `created_at` never decreases along the positions of a room, whatever the
    ///    callers' clocks say. The store raises an earlier time to that of the newest message.
    /// 6. **Unknown outcome.** After a lost connection, `append` looks the message up by id before
    ///    it returns: `Ok` if it is stored, an error if it is not and never will be.
    /// 7. **Partial success.** `append` returns one result per entry, in the given order. A failed
    ///    entry takes no position and does not stop later entries, unless the store is unavailable.
    /// 8. **Head.** The head never goes back, not even after deletion, expiry or a restart.
    /// 9. **Change.** A change applies [`Change::apply`] atomically to the message's latest state.
    ///    Concurrent changes are never lost. A change without effect takes no position.
    /// 10. **Catch-up.** `changes` returns each message whose `rev` is above `after` once, by
    ///     ascending `rev`, and the position through which the result is complete. Repeating the
    ///     call from `through` until `through == head` misses nothing, even while others write.
    /// 11. **Pages.** `history` sorts the messages of a room or a thread by `seq`. Reading page
    ///     after page in either direction, while messages arrive, neither skips nor repeats a
    ///     message that exists throughout.
    /// 12. **Expiry.** Once its `expires_at` has passed, a message may disappear at any time, from
    ///     all reads at once.
    /// 13. **Cancellation.** Dropping a returned future leaves each entry either stored completely
    ///     or not at all.
    /// 14. **Replies.** The summary of a thread counts the replies that exist now. Deleted, expired
    ///     and `shadowed` replies never count.
    /// 15. **Search** finds every message of the given rooms that contains each word of the text as
    ///     a whole word, ignoring ASCII case. Words are separated by white space. It may find more:
    ///     parts or other forms of words, and words without their punctuation. No text acts as an
    ///     operator or a pattern. Search matches the latest state of a message and never returns
    ///     tombstones or system messages. It does return `shadowed` and hidden messages: the engine
    ///     filters by visibility. Every page starts further on than the page before and guarantees
    ///     the same as the pages of `history`. A page may be short or empty and still have a
    ///     `next`: a store bounds the work of one call, in bytes and in messages.
    /// 16. **Trim.** After `trim`, all messages that existed when it was called have expired,
    ///     except the newest `keep`. Messages that are expired but still stored may count towards
    ///     `keep`. The head stays.
    /// 17. **Epoch.** A write names the epoch of its log. If the room has no log, or one with
    ///     another epoch (because it was deleted and opened again, or restored from a backup), the
    ///     store writes nothing and returns [`Error::log_replaced`](crate::Error::log_replaced). A
    ///     store that caches epochs documents how long a handle may use one that another handle has
    ///     replaced.
    ///
    /// # A minimal implementation
    /// In memory, without expiry:
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use std::sync::Arc;
    ///
    /// use async_trait::async_trait;
    /// use chat_core::backend::MessageLog;
    /// use chat_core::model::*;
    /// use chat_core::{ClientMessageId, Epoch, Error, MessageId, Result, RoomId, Timestamp, UserId};
    /// use parking_lot::Mutex;
    ///
    /// #[derive(Debug, Default)]
    /// struct Logs(Mutex<HashMap<RoomId, Log>>);
    ///
    /// #[derive(Debug)]
    /// struct Log {
    ///     epoch: Epoch,
    ///     head: u64,
    ///     messages: Vec<Message>, // by `seq`
    /// }
    ///
    /// impl Log {
    ///     fn append(&mut self, room: &RoomId, new: NewMessage) -> Appended {
    ///         let key = |m: &Message| (m.sender_id.clone(), m.client_message_id.clone());
    ///         let named = (new.sender_id.clone(), new.draft.client_message_id.clone());
    ///         let is_first = |m: &&Message| m.id == new.id || named.1.is_some() && key(m) == named;
    ///         if let Some(first) = self.messages.iter().find(is_first) {
    ///             return Appended { message: Arc::new(first.clone()), duplicate: true };
    ///         }
    ///         let newest = self.messages.last().map_or(new.created_at, |m| m.created_at);
    ///         let created_at = newest.max(new.created_at);
    ///         self.head += 1;
    ///         let message = new.at(room.clone(), self.head, created_at);
    ///         self.messages.push(message.clone());
    ///         Appended { message: Arc::new(message), duplicate: false }
    ///     }
    ///
    ///     fn change(&mut self, id: &MessageId, change: &Change, now: Timestamp) -> Result<Changed> {
    ///         let message = self.messages.iter_mut().find(|m| m.id == *id);
    ///         let message = message.ok_or_else(Error::message_not_found)?;
    ///         let changed = change.apply(message, self.head + 1, now)?;
    ///         self.head += u64::from(changed);
    ///         Ok(Changed { message: Arc::new(message.clone()), changed })
    ///     }
    ///
    ///     fn head(&self, room: &RoomId) -> LogHead {
    ///         LogHead {
    ///             room_id: room.clone(),
    ///             epoch: self.epoch,
    ///             head: self.head,
    ///             last_activity: self.messages.last().map(|m| m.created_at),
    ///         }
    ///     }
    /// }
    ///
    /// impl Logs {
    ///     fn open<T>(&self, room: &RoomId, f: impl FnOnce(&mut Log) -> T) -> T {
    ///         let new = || Log { epoch: Epoch::random(), head: 0, messages: Vec::new() };
    ///         f(self.0.lock().entry(room.clone()).or_insert_with(new))
    ///     }
    ///
    ///     fn write<T>(&self, room: &RoomId, epoch: Epoch, f: impl FnOnce(&mut Log) -> T) -> Result<T> {
    ///         match self.0.lock().get_mut(room) {
    ///             Some(log) if log.epoch == epoch => Ok(f(log)),
    ///             _ => Err(Error::log_replaced()),
    ///         }
    ///     }
    ///
    ///     fn read(&self, room: &RoomId, keep: impl Fn(&Message) -> bool) -> Vec<Message> {
    ///         let logs = self.0.lock();
    ///         let all = logs.get(room).into_iter().flat_map(|log| &log.messages);
    ///         all.filter(|m| keep(m)).cloned().collect()
    ///     }
    /// }
    ///
    /// #[async_trait]
    /// impl MessageLog for Logs {
    ///     async fn open(&self, room: &RoomId) -> Result<LogHead> {
    ///         Ok(self.open(room, |log| log.head(room)))
    ///     }
    ///
    ///     async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<LogHead>> {
    ///         let logs = self.0.lock();
    ///         Ok(rooms.iter().filter_map(|room| Some(logs.get(room)?.head(room))).collect())
    ///     }
    ///
    ///     async fn append(
    ///         &self,
    ///         room: &RoomId,
    ///         epoch: Epoch,
    ///         batch: Vec<NewMessage>,
    ///     ) -> Vec<Result<Appended>> {
    ///         let append = |new| self.write(room, epoch, |log| log.append(room, new));
    ///         batch.into_iter().map(append).collect()
    ///     }
    ///
    ///     async fn change(
    ///         &self,
    ///         room: &RoomId,
    ///         epoch: Epoch,
    ///         message: &MessageId,
    ///         change: &Change,
    ///         now: Timestamp,
    ///     ) -> Result<Changed> {
    ///         self.write(room, epoch, |log| log.change(message, change, now))?
    ///     }
    ///
    ///     async fn message(&self, room: &RoomId, id: &MessageId) -> Result<Option<Message>> {
    ///         Ok(self.read(room, |m| m.id == *id).pop())
    ///     }
    ///
    ///     async fn sent(
    ///         &self,
    ///         room: &RoomId,
    ///         sender: &UserId,
    ///         id: &ClientMessageId,
    ///     ) -> Result<Option<Message>> {
    ///         let is_it = |m: &Message| {
    ///             m.sender_id.as_ref() == Some(sender) && m.client_message_id.as_ref() == Some(id)
    ///         };
    ///         Ok(self.read(room, is_it).pop())
    ///     }
    ///
    ///     async fn history(&self, room: &RoomId, query: &HistoryQuery) -> Result<HistoryPage> {
    ///         let all = self.read(room, |m| query.thread.is_none() || m.thread_id == query.thread);
    ///         let below = |seq: u64| all.partition_point(|m| m.seq < seq);
    ///         let earlier = |time: Timestamp| all.partition_point(|m| m.created_at < time);
    ///         let up_to = |end: usize| end.saturating_sub(query.limit)..end;
    ///         let from = |start: usize| start..all.len().min(start + query.limit);
    ///         let page = match query.anchor {
    ///             Anchor::Newest => up_to(all.len()),
    ///             Anchor::Before(seq) => up_to(below(seq)),
    ///             Anchor::After(seq) => from(below(seq + 1)),
    ///             Anchor::Around(seq) => from(below(seq).saturating_sub(query.limit / 2)),
    ///             Anchor::BeforeTime(time) => up_to(earlier(time)),
    ///             Anchor::AfterTime(time) => from(earlier(time)),
    ///         };
    ///         Ok(HistoryPage {
    ///             has_before: page.start > 0,
    ///             has_after: page.end < all.len(),
    ///             messages: all[page].to_vec(),
    ///         })
    ///     }
    ///
    ///     async fn changes(&self, room: &RoomId, after: u64, limit: usize) -> Result<Changes> {
    ///         Ok(self.open(room, |log| {
    ///             let mut messages = log.messages.clone();
    ///             messages.retain(|m| m.rev > after);
    ///             messages.sort_by_key(|m| m.rev);
    ///             let complete = messages.len() <= limit;
    ///             messages.truncate(limit);
    ///             Changes {
    ///                 through: if complete { log.head } else { messages[limit - 1].rev },
    ///                 messages,
    ///                 head: log.head,
    ///                 epoch: log.epoch,
    ///             }
    ///         }))
    ///     }
    ///
    ///     async fn trim(&self, room: &RoomId, keep: u64) -> Result<u64> {
    ///         Ok(self.open(room, |log| {
    ///             let above = log.messages.len().saturating_sub(keep as usize);
    ///             log.messages.drain(..above).count() as u64
    ///         }))
    ///     }
    ///
    ///     async fn delete_log(&self, room: &RoomId, epoch: Option<Epoch>) -> Result<()> {
    ///         let mut logs = self.0.lock();
    ///         if logs.get(room).is_some_and(|log| epoch.is_none_or(|e| e == log.epoch)) {
    ///             logs.remove(room);
    ///         }
    ///         Ok(())
    ///     }
    ///
    ///     async fn pins(&self, room: &RoomId, limit: usize) -> Result<Vec<Message>> {
    ///         let mut pins = self.read(room, |m| m.pinned_at.is_some());
    ///         pins.sort_by_key(|m| std::cmp::Reverse(m.pinned_at));
    ///         pins.truncate(limit);
    ///         Ok(pins)
    ///     }
    ///
    ///     async fn search(&self, query: &SearchQuery) -> Result<SearchPage> {
    ///         let text = query.text.as_deref().unwrap_or_default().to_ascii_lowercase();
    ///         let position = |m: &Message| SearchPosition { at: m.created_at, id: m.id };
    ///         let matches = |m: &Message| {
    ///             let found = m.text.to_ascii_lowercase();
    ///             text.split_whitespace().all(|word| found.contains(word))
    ///                 && query.sender.as_ref().is_none_or(|s| m.sender_id.as_ref() == Some(s))
    ///                 && query.since.is_none_or(|t| m.created_at >= t)
    ///                 && query.until.is_none_or(|t| m.created_at < t)
    ///                 && query.after.is_none_or(|after| position(m) < after)
    ///                 && m.deleted_at.is_none()
    ///                 && m.kind == MessageKind::User
    ///         };
    ///         let found = query.rooms.iter().flat_map(|room| self.read(room, matches));
    ///         let mut messages: Vec<_> = found.collect();
    ///         messages.sort_by_key(|m| std::cmp::Reverse(position(m)));
    ///         let more = messages.len() > query.limit;
    ///         messages.truncate(query.limit);
    ///         let next = messages.last().filter(|_| more).map(position);
    ///         Ok(SearchPage { messages, next })
    ///     }
    ///
    ///     async fn threads(
    ///         &self,
    ///         room: &RoomId,
    ///         roots: &[MessageId],
    ///     ) -> Result<Vec<Option<ThreadSummary>>> {
    ///         let summary = |root: &MessageId| {
    ///             let counts = |m: &Message| m.deleted_at.is_none() && !m.shadowed;
    ///             let replies = self.read(room, |m| m.thread_id == Some(*root) && counts(m));
    ///             let last = replies.last()?;
    ///             Some(ThreadSummary {
    ///                 reply_count: replies.len() as u64,
    ///                 last_reply_id: last.id,
    ///                 last_reply_seq: last.seq,
    ///                 last_reply_at: last.created_at,
    ///             })
    ///         };
    ///         Ok(roots.iter().map(summary).collect())
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    /// let (logs, room) = (Logs::default(), RoomId::new("general")?);
    /// let epoch = MessageLog::open(&logs, &room).await?.epoch;
    /// let hi = NewMessage::user(UserId::new("alice")?, Draft::text("hi"), Timestamp::from_millis(0));
    /// let appended = logs.append(&room, epoch, vec![hi.clone()]).await.remove(0)?;
    /// assert_eq!((appended.message.seq, appended.duplicate), (1, false));
    /// logs.delete_log(&room, None).await?;
    /// assert!(logs.append(&room, epoch, vec![hi]).await.remove(0).is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub trait MessageLog: fmt::Debug + Send + Sync + 'static {
        /// Returns the head of a room's log. Creates a log with a new epoch if the room has none.
        async fn open(&self, room: &RoomId) -> Result<LogHead>;
        /// Returns the heads of several rooms. A room without a log is left out.
        async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<LogHead>>;
        /// Appends a batch to the log with this epoch. Returns one result per entry, in order.
        async fn append(
            &self,
            room: &RoomId,
            epoch: Epoch,
            batch: Vec<NewMessage>,
        ) -> Vec<Result<Appended>>;
        /// Changes a stored message of the log with this epoch. Fails with `MessageNotFound` if it
        /// does not exist.
        async fn change(
            &self,
            room: &RoomId,
            epoch: Epoch,
            message: &MessageId,
            change: &Change,
            now: Timestamp,
        ) -> Result<Changed>;
        /// Returns a message by its id.
        async fn message(&self, room: &RoomId, id: &MessageId) -> Result<Option<Message>>;
        /// Returns the message that a user sent with this client message id.
        async fn sent(
            &self,
            room: &RoomId,
            sender: &UserId,
            id: &ClientMessageId,
        ) -> Result<Option<Message>>;
        /// Returns a page of a room's or a thread's history.
        async fn history(&self, room: &RoomId, query: &HistoryQuery) -> Result<HistoryPage>;
        /// Returns at most `limit` messages that were created or changed after a position.
        async fn changes(&self, room: &RoomId, after: u64, limit: usize) -> Result<Changes>;
        /// Expires the oldest messages of a room and keeps the newest `keep`. Returns the number
        /// expired.
        async fn trim(&self, room: &RoomId, keep: u64) -> Result<u64>;
        /// Permanently deletes a room's log, its read markers, hidden messages and due pushes. A
        /// log opened later has a new epoch. With `Some` epoch, does nothing unless the log has
        /// that epoch.
        async fn delete_log(&self, room: &RoomId, epoch: Option<Epoch>) -> Result<()>;
        /// Returns up to `limit` pinned messages of a room, most recently pinned first.
        async fn pins(&self, room: &RoomId, limit: usize) -> Result<Vec<Message>>;
        /// Returns a page of search results.
        async fn search(&self, query: &SearchQuery) -> Result<SearchPage>;
        /// Returns a summary of the thread of each of these roots, in the given order, or `None`
        /// for a root without replies.
        async fn threads(
            &self,
            room: &RoomId,
            roots: &[MessageId],
        ) -> Result<Vec<Option<ThreadSummary>>>;
    }
}
