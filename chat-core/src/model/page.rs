use super::Message;
use crate::{Epoch, MessageId, RoomId, Timestamp};

/// Where a history page starts. All but the times are in `seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The newest messages.
    Newest,
    /// The newest with a `seq` below this.
    Before(u64),
    /// The oldest with a `seq` above this.
    After(u64),
    /// This one in the middle, as far as there are messages on both sides; `limit / 2` older ones.
    Around(u64),
    /// The newest created before this time.
    BeforeTime(Timestamp),
    /// The oldest created at or after this time.
    AfterTime(Timestamp),
}

/// A request for a page of a room's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Where it starts.
    pub anchor: Anchor,
    /// The most messages to return, at least 1.
    pub limit: usize,
    /// The replies in the thread of this root alone; `None`: all messages of the room.
    pub thread: Option<MessageId>,
}

impl HistoryQuery {
    /// A page of all messages of a room.
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

    /// Of the replies in a thread alone.
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
    /// By ascending `seq`, tombstones of deleted messages included.
    pub messages: Vec<Message>,
    /// Whether there are older messages than these.
    pub has_before: bool,
    /// Whether there are newer messages than these.
    pub has_after: bool,
}

/// What changed in a room after a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Each message that changed, once, in its latest state, by ascending `rev`.
    pub messages: Vec<Message>,
    /// The answer is complete up to this position: nothing between the position asked for and this
    /// one is missing. The next read starts here.
    pub through: u64,
    /// The head of the log when it was read; more is to be read while `through < head`.
    pub head: u64,
    /// The epoch of the log.
    pub epoch: Epoch,
}

impl Changes {
    /// The first of the changes, as many as take at most `max_bytes` as JSON, and at least one.
    pub(crate) fn cut(mut self, max_bytes: usize) -> Self {
        // Beyond `through`, something before may not have been read.
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
    /// Which room.
    pub room_id: RoomId,
    /// The identity of the log.
    pub epoch: Epoch,
    /// The highest position taken; 0 when none is. It never goes back.
    pub head: u64,
    /// When the newest message was created.
    pub last_activity: Option<Timestamp>,
}
