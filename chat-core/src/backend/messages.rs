use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::model::{
    Appended, Change, Changed, Changes, HistoryPage, HistoryQuery, LogHead, Message, NewMessage,
    ReadMarker, Readers, SearchPage, SearchQuery, ThreadRead, ThreadSummary, Unread,
};
use crate::{ClientMessageId, Epoch, MessageId, Result, RoomId, Timestamp, UserId};

/// The durable message log of each room, with search, read markers and due pushes.
///
/// Every accepted append or change takes the next *position* in its room. A message's `seq` is the
/// position at which it was created; its `rev` is the position of its latest change. Superseded
/// positions and expired messages vanish from reads. They are not gaps.
///
/// # Contract
/// 1. **Order.** Each accepted append or change takes exactly head + 1. Concurrent writers to a
///    room, on any handles, never share or skip a position. The entries of a batch take positions
///    in order.
/// 2. **Prefix.** A reader that has seen position n, on any handle, can read every position below n
///    that still exists.
/// 3. **Durable.** After `Ok`, the write survives the death of this process and, in a replicated
///    database, the loss of a minority of replicas. (A memory store lives as long as its process
///    and has a new epoch afterwards.)
/// 4. **Idempotent.** A second append with the same (room, sender, client message id) stores
///    nothing and returns the first message in its latest state, marked as a duplicate, for as long
///    as that message exists. This holds for concurrent appends and within one batch. `sent`
///    returns that message.
/// 5. **Time.** `created_at` never decreases along the positions of a room, whatever the callers'
///    clocks say. The store raises an earlier time to that of the newest message.
/// 6. **Unknown outcome.** After a lost connection, `append` looks the message up by id before it
///    returns: `Ok` if it is stored, an error if it is not and never will be.
/// 7. **Partial success.** `append` returns one result per entry, in the given order. A failed
///    entry takes no position and does not stop later entries, unless the store is unavailable.
/// 8. **Head.** The head never goes back, not even after deletion, expiry or a restart.
/// 9. **Change.** A change applies [`Change::apply`] atomically to the message's latest state.
///    Concurrent changes are never lost. A change without effect takes no position.
/// 10. **Catch-up.** `changes` returns each message whose `rev` is above `after` once, by ascending
///     `rev`, and the position through which the result is complete. Repeating the call from
///     `through` until `through == head` misses nothing, even while others write.
/// 11. **Pages.** `history` sorts the messages of a room or a thread by `seq`. Reading page after
///     page in either direction, while messages arrive, neither skips nor repeats a message that
///     exists throughout.
/// 12. **Expiry.** Once its `expires_at` has passed, a message may disappear at any time, from all
///     reads at once.
/// 13. **Markers** of rooms and threads never move back. A marker beyond the head is set to the
///     head.
/// 14. **Cancellation.** Dropping a returned future leaves each entry either stored completely or
///     not at all.
/// 15. **Counts** of unread messages, mentions and replies include only messages that exist now.
///     Deleted, expired, `shadowed` and system messages never count, nor do messages that the user
///     sent or has hidden. A message that mentions a user twice is one mention.
/// 16. **Search** finds every message of the given rooms that contains each word of the text as a
///     whole word, ignoring ASCII case. Words are separated by white space. It may find more: parts
///     or other forms of words, and words without their punctuation. No text acts as an operator or
///     a pattern. Search matches the latest state of a message and never returns tombstones or
///     system messages. It does return `shadowed` and hidden messages: the engine filters by
///     visibility. Every page starts further on than the page before and guarantees the same as the
///     pages of `history`. A page may be short or empty and still have a `next`: a store bounds the
///     work of one call, in bytes and in messages.
/// 17. **Pushes.** `claim_pushes` gives a message appended with `push_due` to one caller once that
///     time has come, and again whenever its lease runs out, until `pushed` names it or it is
///     deleted or expires. A duplicate append does not affect it.
/// 18. **Trim.** After `trim`, all messages that existed when it was called have expired, except
///     the newest `keep`. Messages that are expired but still stored may count towards `keep`. The
///     head stays.
#[async_trait]
pub trait MessageStore: fmt::Debug + Send + Sync + 'static {
    /// Returns the head of a room's log. Creates a log with a new epoch if the room has none.
    async fn open(&self, room: &RoomId) -> Result<LogHead>;
    /// Returns the heads of several rooms. A room without a log is left out.
    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<LogHead>>;
    /// Appends a batch to a room's log. Returns one result per entry, in order.
    async fn append(&self, room: &RoomId, batch: Vec<NewMessage>) -> Vec<Result<Appended>>;
    /// Changes a stored message. Fails with `MessageNotFound` if it does not exist.
    async fn change(
        &self,
        room: &RoomId,
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
    /// Permanently deletes a room's log, its read markers, hidden messages and due pushes. A log
    /// opened later has a new epoch. With `Some` epoch, does nothing unless the log has that epoch.
    async fn delete_log(&self, room: &RoomId, epoch: Option<Epoch>) -> Result<()>;
    /// Moves a user's read marker forward. Returns the current marker, and `true` if it moved.
    async fn mark_read(
        &self,
        room: &RoomId,
        user: &UserId,
        seq: u64,
        now: Timestamp,
    ) -> Result<(ReadMarker, bool)>;
    /// Returns a user's read marker, or `None` if the user has read nothing.
    async fn read_marker(&self, room: &RoomId, user: &UserId) -> Result<Option<ReadMarker>>;
    /// Returns up to `limit` read markers of a room whose user id is greater than `after`.
    async fn read_markers(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<ReadMarker>>;
    /// Returns the users, other than `except`, whose read marker is at `seq` or above: their
    /// number, and up to `limit` of them by user id.
    async fn readers(
        &self,
        room: &RoomId,
        seq: u64,
        except: Option<&UserId>,
        limit: usize,
    ) -> Result<Readers>;
    /// Returns a user's unread counts in each of these rooms, in the given order. Messages sent by
    /// the users in `without` do not count.
    async fn unread(
        &self,
        user: &UserId,
        rooms: &[RoomId],
        without: &[UserId],
    ) -> Result<Vec<Unread>>;
    /// Returns a summary of the thread of each of these roots, in the given order, or `None` for a
    /// root without replies.
    async fn threads(
        &self,
        room: &RoomId,
        roots: &[MessageId],
    ) -> Result<Vec<Option<ThreadSummary>>>;
    /// Moves a user's read marker in a thread forward. Returns the current marker, and `true` if it
    /// moved. The marker is independent of the room's. The store does not check that the root
    /// exists.
    async fn mark_thread_read(
        &self,
        room: &RoomId,
        root: &MessageId,
        user: &UserId,
        seq: u64,
    ) -> Result<(u64, bool)>;
    /// Returns a user's read marker and unread count in each of these threads, in the given order.
    async fn thread_reads(
        &self,
        room: &RoomId,
        user: &UserId,
        roots: &[MessageId],
    ) -> Result<Vec<ThreadRead>>;
    /// Hides a message from a user. Returns `true` if it was not hidden before. Fails with
    /// `MessageNotFound` if it does not exist, or with `Conflict` if the user already hides `max`
    /// other existing messages of the room.
    async fn hide(
        &self,
        room: &RoomId,
        user: &UserId,
        message: &MessageId,
        max: usize,
    ) -> Result<bool>;
    /// Returns the `seq` of each message of a room that is hidden from a user, in ascending order.
    async fn hidden(&self, room: &RoomId, user: &UserId) -> Result<Vec<u64>>;
    /// Returns up to `limit` pinned messages of a room, most recently pinned first.
    async fn pins(&self, room: &RoomId, limit: usize) -> Result<Vec<Message>>;
    /// Returns a page of search results.
    async fn search(&self, query: &SearchQuery) -> Result<SearchPage>;
    /// Claims up to `limit` messages, of any rooms, whose push notifications are due. No other
    /// caller gets them until `now + lease`.
    async fn claim_pushes(
        &self,
        now: Timestamp,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<Message>>;
    /// Marks the push notifications of these messages as delivered.
    async fn pushed(&self, room: &RoomId, messages: &[MessageId]) -> Result<()>;
}

store!(MessageStore {
    async fn open(&self, room: &RoomId) -> Result<LogHead>;
    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<LogHead>>;
    async fn append(&self, room: &RoomId, batch: Vec<NewMessage>) -> Vec<Result<Appended>>;
    async fn change(&self, room: &RoomId, message: &MessageId, change: &Change, now: Timestamp) -> Result<Changed>;
    async fn message(&self, room: &RoomId, id: &MessageId) -> Result<Option<Message>>;
    async fn sent(&self, room: &RoomId, sender: &UserId, id: &ClientMessageId) -> Result<Option<Message>>;
    async fn history(&self, room: &RoomId, query: &HistoryQuery) -> Result<HistoryPage>;
    async fn changes(&self, room: &RoomId, after: u64, limit: usize) -> Result<Changes>;
    async fn trim(&self, room: &RoomId, keep: u64) -> Result<u64>;
    async fn delete_log(&self, room: &RoomId, epoch: Option<Epoch>) -> Result<()>;
    async fn mark_read(&self, room: &RoomId, user: &UserId, seq: u64, now: Timestamp) -> Result<(ReadMarker, bool)>;
    async fn read_marker(&self, room: &RoomId, user: &UserId) -> Result<Option<ReadMarker>>;
    async fn read_markers(&self, room: &RoomId, after: Option<&UserId>, limit: usize) -> Result<Vec<ReadMarker>>;
    async fn readers(&self, room: &RoomId, seq: u64, except: Option<&UserId>, limit: usize) -> Result<Readers>;
    async fn unread(&self, user: &UserId, rooms: &[RoomId], without: &[UserId]) -> Result<Vec<Unread>>;
    async fn threads(&self, room: &RoomId, roots: &[MessageId]) -> Result<Vec<Option<ThreadSummary>>>;
    async fn mark_thread_read(&self, room: &RoomId, root: &MessageId, user: &UserId, seq: u64) -> Result<(u64, bool)>;
    async fn thread_reads(&self, room: &RoomId, user: &UserId, roots: &[MessageId]) -> Result<Vec<ThreadRead>>;
    async fn hide(&self, room: &RoomId, user: &UserId, message: &MessageId, max: usize) -> Result<bool>;
    async fn hidden(&self, room: &RoomId, user: &UserId) -> Result<Vec<u64>>;
    async fn pins(&self, room: &RoomId, limit: usize) -> Result<Vec<Message>>;
    async fn search(&self, query: &SearchQuery) -> Result<SearchPage>;
    async fn claim_pushes(&self, now: Timestamp, lease: Duration, limit: usize) -> Result<Vec<Message>>;
    async fn pushed(&self, room: &RoomId, messages: &[MessageId]) -> Result<()>;
});
