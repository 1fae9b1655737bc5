use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::model::{
    Appended, Change, Changed, Changes, HistoryPage, HistoryQuery, LogHead, Message, NewMessage,
    ReadMarker, Readers, SearchPage, SearchQuery, ThreadRead, ThreadSummary, Unread,
};
use crate::{ClientMessageId, Epoch, MessageId, Result, RoomId, Timestamp, UserId};

/// The log of each room: the truth about what was said.
///
/// Every accepted append or change takes the next *position* in its room. A message's `seq` is the
/// position at which it was created; its `rev` is that of its latest change. Superseded positions
/// vanish, and so do messages that expire; neither is a gap.
///
/// # Contract
/// 1. **Order.** Each accepted append or change takes exactly head + 1. Handles that write to one
///    room at once never share or skip a position. The entries of one batch are taken in order.
/// 2. **Prefix.** Whoever has seen position n, on any handle, can read every position below n that
///    still exists.
/// 3. **Durable.** `Ok` means it survives the death of this process and, where the database has
///    replicas, of a minority of them. (A memory store lives as long as its process; its new epoch
///    says so.)
/// 4. **Idempotent.** A second append with the same (room, sender, client message id) stores nothing
///    and returns the first message in its latest state, marked as a duplicate, for as long as that
///    message lives; also when both run at once, and also within one batch. `sent` finds it.
/// 5. **Time.** `created_at` never decreases along the positions of a room, whatever the callers'
///    clocks say: the store raises it to that of the newest message.
/// 6. **Unknown outcome.** An append whose connection broke is looked up by message id before it is
///    reported: `Ok` if it is there, an error if it is not and never will be.
/// 7. **Partial success.** `append` answers for each entry by itself, in the order given. An entry
///    that fails takes no position and does not stop those behind it, unless the store is
///    unavailable.
/// 8. **Head.** The head never goes back: not by deletion, expiry or a restart.
/// 9. **Change.** A change applies [`Change::apply`] to the message's latest state, atomically: of
///    two changes at once, none is lost. One that changes nothing takes no position.
/// 10. **Catch-up.** `changes` gives each message whose `rev` is above `after` once, by ascending
///     `rev`, and says through which position the answer is complete. Repeated from `through` until
///     `through == head`, it misses nothing, whatever is written meanwhile.
/// 11. **Pages.** `history` sorts by `seq`, of a room or of one thread. Pages read one after the
///     other in either direction, while messages arrive, skip none and repeat none that was there
///     all the time.
/// 12. **Expiry.** A message whose `expires_at` has passed may disappear at any time later, from all
///     reads at once.
/// 13. **Markers**, those of threads too, never move back; a marker beyond the head is set to the
///     head.
/// 14. **Cancellation.** Dropping a returned future leaves each entry either stored in whole or not
///     at all.
/// 15. **Counts** (unread, mentions, replies) are of what is there now: what was deleted, has
///     expired or is `shadowed` counts nowhere, nor do system messages, nor what the user sent or
///     has hidden. A message that mentions a user twice is one mention.
/// 16. **Search** finds every message of the rooms asked that holds each word of the text (words are
///     parted by white space) as a whole word, whatever its case in ASCII. It may find more: parts
///     and other forms of words, and words without their punctuation. No text is an operator or a
///     pattern. It finds the latest state of a message, no tombstones and no system messages; what
///     is `shadowed` or hidden it finds, since who may see that is not the store's to say. Pages
///     follow on each other as those of the history do, each further on than the one before. A page
///     may be short, or empty, and go on: a store bounds the work of one call, in bytes as well as in
///     messages.
/// 17. **Pushes.** A message appended with `push_due` is given out by `claim_pushes` to one caller
///     once that time has come, and again each time its lease has run out, until `pushed` names it
///     or it is deleted or expires. A duplicate changes nothing about it.
/// 18. **Trim.** Of the messages that were there when `trim` was called, all but the newest `keep`
///     have expired once it is done. Messages that had expired but are still stored may be counted
///     among those. The head stays.
#[async_trait]
pub trait MessageStore: fmt::Debug + Send + Sync + 'static {
    /// The head of a room's log. Creates the log, with a new epoch, where there is none.
    async fn open(&self, room: &RoomId) -> Result<LogHead>;
    /// The heads of many rooms at once; a room without a log is left out.
    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<LogHead>>;
    /// Appends a batch to one room's log. The answer has one entry for each of the batch.
    async fn append(&self, room: &RoomId, batch: Vec<NewMessage>) -> Vec<Result<Appended>>;
    /// Changes a stored message. No such message is an error of kind `MessageNotFound`.
    async fn change(
        &self,
        room: &RoomId,
        message: &MessageId,
        change: &Change,
        now: Timestamp,
    ) -> Result<Changed>;
    /// A message by its id.
    async fn message(&self, room: &RoomId, id: &MessageId) -> Result<Option<Message>>;
    /// The message that a user sent under this name: the one of which an append would be a duplicate.
    async fn sent(
        &self,
        room: &RoomId,
        sender: &UserId,
        id: &ClientMessageId,
    ) -> Result<Option<Message>>;
    /// A page of the history.
    async fn history(&self, room: &RoomId, query: &HistoryQuery) -> Result<HistoryPage>;
    /// What changed after a position: at most `limit` messages.
    async fn changes(&self, room: &RoomId, after: u64, limit: usize) -> Result<Changes>;
    /// Lets the oldest messages of a room expire, so that the newest `keep` are left. Returns how many
    /// expired.
    async fn trim(&self, room: &RoomId, keep: u64) -> Result<u64>;
    /// Removes a room's log, for good, and with it all that was kept of its readers (markers, those
    /// of threads too, and what they had hidden) and its pushes. A log opened later has a new epoch.
    /// With an epoch, nothing happens unless it is that of the log.
    async fn delete_log(&self, room: &RoomId, epoch: Option<Epoch>) -> Result<()>;
    /// Moves a user's read marker forward. Returns it as it is now, and whether it moved.
    async fn mark_read(
        &self,
        room: &RoomId,
        user: &UserId,
        seq: u64,
        now: Timestamp,
    ) -> Result<(ReadMarker, bool)>;
    /// A user's read marker, if they have read anything.
    async fn read_marker(&self, room: &RoomId, user: &UserId) -> Result<Option<ReadMarker>>;
    /// The read markers of a room after this user's, by user id.
    async fn read_markers(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<ReadMarker>>;
    /// Whose read marker is at this `seq` or above, but for one user: their count, and up to `limit`
    /// of them by user id.
    async fn readers(
        &self,
        room: &RoomId,
        seq: u64,
        except: Option<&UserId>,
        limit: usize,
    ) -> Result<Readers>;
    /// What a user has not read, for each of these rooms in the order asked; what the users `without`
    /// sent does not count.
    async fn unread(
        &self,
        user: &UserId,
        rooms: &[RoomId],
        without: &[UserId],
    ) -> Result<Vec<Unread>>;
    /// What was answered in the threads of these roots, in the order asked.
    async fn threads(
        &self,
        room: &RoomId,
        roots: &[MessageId],
    ) -> Result<Vec<Option<ThreadSummary>>>;
    /// Moves a user's marker in a thread forward. Returns it as it is now, and whether it moved. It
    /// is apart from the room's. Whether there is such a root is not the store's to check.
    async fn mark_thread_read(
        &self,
        room: &RoomId,
        root: &MessageId,
        user: &UserId,
        seq: u64,
    ) -> Result<(u64, bool)>;
    /// How far a user has read these threads, in the order asked.
    async fn thread_reads(
        &self,
        room: &RoomId,
        user: &UserId,
        roots: &[MessageId],
    ) -> Result<Vec<ThreadRead>>;
    /// Hides a message from one user. Returns whether it was not hidden before. No such message is
    /// `MessageNotFound`; where the user has hidden `max` others of the room that are still there,
    /// it is a `Conflict`.
    async fn hide(
        &self,
        room: &RoomId,
        user: &UserId,
        message: &MessageId,
        max: usize,
    ) -> Result<bool>;
    /// The `seq` of what is hidden from a user in a room, ascending.
    async fn hidden(&self, room: &RoomId, user: &UserId) -> Result<Vec<u64>>;
    /// The pinned messages of a room, the one pinned last first.
    async fn pins(&self, room: &RoomId, limit: usize) -> Result<Vec<Message>>;
    /// A page of the messages that match.
    async fn search(&self, query: &SearchQuery) -> Result<SearchPage>;
    /// Takes up to `limit` messages of any rooms whose push notifications are due, for as long as
    /// `lease`: until `now + lease`, nobody else is given them.
    async fn claim_pushes(
        &self,
        now: Timestamp,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<Message>>;
    /// The push notifications of these messages are done.
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
