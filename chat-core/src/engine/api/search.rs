use std::time::Duration;

use crate::engine::slots::{Slot, Slots};
use crate::engine::{Actor, Engine};
use crate::model::{SearchPage, SearchPosition, SearchQuery};
use crate::random::HashMap;
use crate::{Error, ErrorKind, Result, RoomId, Timestamp, UserId};

/// A search. Messages must match all conditions given.
///
/// ```
/// use chat_core::engine::Search;
/// let search = Search::new(20).text("lunch friday").room("general".parse()?);
/// # Ok::<(), chat_core::InvalidId>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Search {
    text: Option<String>,
    room: Option<RoomId>,
    sender: Option<UserId>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    after: Option<SearchPosition>,
    limit: usize,
}

impl Search {
    /// Creates a search for the newest messages, at most `limit` per page.
    pub const fn new(limit: usize) -> Self {
        Self {
            text: None,
            room: None,
            sender: None,
            since: None,
            until: None,
            after: None,
            limit,
        }
    }

    /// Requires every word of `text`.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Searches only this room instead of all rooms of the user.
    pub fn room(mut self, room: RoomId) -> Self {
        self.room = Some(room);
        self
    }

    /// Requires this sender.
    pub fn sender(mut self, sender: UserId) -> Self {
        self.sender = Some(sender);
        self
    }

    /// Requires a creation time at or after `since`.
    pub const fn since(mut self, since: Timestamp) -> Self {
        self.since = Some(since);
        self
    }

    /// Requires a creation time before `until`.
    pub const fn until(mut self, until: Timestamp) -> Self {
        self.until = Some(until);
        self
    }

    /// Continues after the position that the previous page returned.
    pub const fn after(mut self, after: SearchPosition) -> Self {
        self.after = Some(after);
        self
    }
}

impl Engine {
    /// Searches the messages that the actor may read, newest first. The work of a call is bounded,
    /// so a page may be short or empty although more follow. A user has one search at a time on a
    /// node, over up to [`Limits::max_rooms_per_user`](crate::protocol::Limits::max_rooms_per_user)
    /// rooms.
    ///
    /// # Errors
    /// `Invalid` without a condition, or for the app without a room; `TooLarge` for a long text;
    /// `RateLimited` during another search; `RoomNotFound`, `NotAMember`, `Unavailable`.
    pub async fn search(&self, actor: &Actor, search: Search) -> Result<SearchPage> {
        let parts = &self.parts;
        let Search { text, sender, .. } = search;
        let text = text.filter(|t| !t.trim().is_empty());
        if search.limit == 0 {
            return Err(Error::invalid("`limit` must be at least 1"));
        }
        if let Some(text) = &text
            && text.chars().count() > parts.config.limits.max_search_chars
        {
            let most = parts.config.limits.max_search_chars;
            let rule = format!("`q` must have at most {most} characters");
            return Err(Error::new(ErrorKind::TooLarge, rule));
        }
        if text.is_none() && sender.is_none() && search.since.or(search.until).is_none() {
            return Err(Error::invalid(
                "a search must have `q`, `senderId`, `since` or `until`",
            ));
        }
        let _running = actor
            .user()
            .map(|user| one_at_a_time(&parts.searches, user))
            .transpose()?;
        let rooms = match (search.room, actor) {
            (Some(room), _) => vec![self.parts.access.readable(actor, &room).await?.id.clone()],
            (None, Actor::User(user)) => {
                let rooms = self.all_rooms_of(user).await?;
                rooms.into_iter().map(|(room, _)| room.id).collect()
            }
            (None, Actor::App) => {
                return Err(Error::invalid("`room` is required for a search by the app"));
            }
        };
        let query = SearchQuery {
            text,
            sender,
            since: search.since,
            until: search.until,
            after: search.after,
            ..SearchQuery::new(rooms, search.limit)
        };
        let mut page = parts.log.search(&query).await?;
        if let Actor::User(user) = actor {
            let mut views = HashMap::default();
            for message in &page.messages {
                if !views.contains_key(&message.room_id) {
                    let view = parts.access.view_of(&message.room_id, user).await?;
                    views.insert(message.room_id.clone(), view);
                }
            }
            page.messages
                .retain(|m| views.get(&m.room_id).is_some_and(|v| v.sees(m)));
        }
        Ok(page)
    }
}

const RETRY_SEARCH: Duration = Duration::from_secs(1);

fn one_at_a_time(searches: &Slots<UserId>, user: &UserId) -> Result<Slot<UserId>> {
    let slot = searches.take(user, 1);
    slot.ok_or_else(|| {
        Error::new(
            ErrorKind::RateLimited,
            "a user may run one search at a time",
        )
        .with_retry_after(RETRY_SEARCH)
    })
}
