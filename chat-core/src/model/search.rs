use super::Message;
use crate::{MessageId, RoomId, Timestamp, UserId};

/// A search over messages. All conditions given hold at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    /// In which rooms. One named twice is searched once.
    pub rooms: Vec<RoomId>,
    /// Every word of it is in the message's text. Without a word, any text will do.
    pub text: Option<String>,
    /// Who sent it.
    pub sender: Option<UserId>,
    /// Created at or after this time.
    pub since: Option<Timestamp>,
    /// Created before this time.
    pub until: Option<Timestamp>,
    /// What comes after this in the results: where the page before said to go on.
    pub after: Option<SearchPosition>,
    /// The most messages to return, at least 1.
    pub limit: usize,
}

impl SearchQuery {
    /// A search for the newest messages of these rooms.
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

/// A place in the results of a search: newest first, then by descending message id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SearchPosition {
    /// When the message was created.
    pub at: Timestamp,
    /// The message.
    pub id: MessageId,
}

/// A page of what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchPage {
    /// Newest first, then by descending id.
    pub messages: Vec<Message>,
    /// Where to go on; `None` when all was searched. A store that bounds its work may say so after
    /// fewer messages than the limit, or after none.
    pub next: Option<SearchPosition>,
}
