use super::Message;
use crate::{MessageId, RoomId, Timestamp, UserId};

/// A search over messages. A result satisfies every given condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    /// The rooms to search. Duplicates are ignored.
    pub rooms: Vec<RoomId>,
    /// The words that a message must contain. Without a word, every text matches.
    pub text: Option<String>,
    /// The sender.
    pub sender: Option<UserId>,
    /// The earliest creation time, inclusive.
    pub since: Option<Timestamp>,
    /// The latest creation time, exclusive.
    pub until: Option<Timestamp>,
    /// The position to continue after: the `next` of the page before.
    pub after: Option<SearchPosition>,
    /// The maximum number of messages, at least 1.
    pub limit: usize,
}

impl SearchQuery {
    /// Creates a query for the newest messages of these rooms.
    ///
    /// ```
    /// use chat_core::model::SearchQuery;
    /// use chat_core::RoomId;
    /// let query = SearchQuery {
    ///     text: Some("lunch".to_owned()),
    ///     ..SearchQuery::new(vec![RoomId::new("general")?], 20)
    /// };
    /// # Ok::<(), chat_core::InvalidId>(())
    /// ```
    #[must_use]
    pub const fn new(rooms: Vec<RoomId>, limit: usize) -> Self {
        Self {
            rooms,
            text: None,
            sender: None,
            since: None,
            until: None,
            after: None,
            limit,
        }
    }
}

/// A position in search results, which are newest first, then by descending message id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SearchPosition {
    /// The creation time of the message.
    pub at: Timestamp,
    /// The message id.
    pub id: MessageId,
}

/// A page of search results.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchPage {
    /// The messages, newest first, then by descending id.
    pub messages: Vec<Message>,
    /// The position to continue after, or `None` at the end. It may be set on a short or empty
    /// page, because a store bounds the work of one call.
    pub next: Option<SearchPosition>,
}
