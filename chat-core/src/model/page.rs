use super::Message;
use crate::{Epoch, MessageId, RoomId, Timestamp};

/// The start of a history page. All numbers are values of `seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The newest messages.
    Newest,
    /// The newest messages with a lower `seq`.
    Before(u64),
    /// The oldest messages with a higher `seq`.
    After(u64),
    /// The messages around this one, with `limit / 2` older ones if there are enough.
    Around(u64),
    /// The newest messages created before this time.
    BeforeTime(Timestamp),
    /// The oldest messages created at or after this time.
    AfterTime(Timestamp),
}

/// A request for a page of a room's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryQuery {
    /// The start of the page.
    pub anchor: Anchor,
    /// The maximum number of messages, at least 1.
    pub limit: usize,
    /// The root of the thread to read, or `None` to read all messages of the room.
    pub thread: Option<MessageId>,
}

impl HistoryQuery {
    /// Creates a query for all messages of a room.
    ///
    /// ```
    /// use chat_core::model::{Anchor, HistoryQuery};
    /// assert_eq!(HistoryQuery::new(Anchor::Newest, 50).thread, None);
    /// ```
    #[must_use]
    pub const fn new(anchor: Anchor, limit: usize) -> Self {
        Self {
            anchor,
            limit,
            thread: None,
        }
    }

    /// Restricts the query to the replies in a thread.
    #[must_use]
    pub const fn in_thread(self, root: MessageId) -> Self {
        Self {
            thread: Some(root),
            ..self
        }
    }
}

/// A page of a room's history, or of a thread.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryPage {
    /// The messages by ascending `seq`, including tombstones.
    pub messages: Vec<Message>,
    /// `true` if there are older messages.
    pub has_before: bool,
    /// `true` if there are newer messages.
    pub has_after: bool,
}

/// The changes of a room after a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Each changed message once, in its latest state, by ascending `rev`.
    pub messages: Vec<Message>,
    /// The position up to which the result is complete. The next read starts here.
    pub through: u64,
    /// The head of the log at the time of the read. While `through < head`, there is more to read.
    pub head: u64,
    /// The epoch of the log.
    pub epoch: Epoch,
}

impl Changes {
    /// Truncates to the first changes that take at most `max_bytes` as JSON. Keeps at least one.
    pub(crate) fn cut(mut self, max_bytes: usize) -> Self {
        // Positions beyond `through` may have gaps before them.
        self.messages.retain(|m| m.rev <= self.through);
        let fit = super::fitting(&self.messages, max_bytes);
        if fit < self.messages.len() {
            self.messages.truncate(fit);
            self.through = self.messages.last().map_or(self.through, |m| m.rev);
        }
        self
    }
}

/// The head of a room's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogHead {
    /// The room.
    pub room_id: RoomId,
    /// The epoch of the log.
    pub epoch: Epoch,
    /// The highest position taken, or 0. It never goes back.
    pub head: u64,
    /// The creation time of the newest message.
    pub last_activity: Option<Timestamp>,
}
