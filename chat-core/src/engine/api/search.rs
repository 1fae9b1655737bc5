use std::time::Duration;

use super::super::slots::Slot;
use super::super::{Actor, Engine, Inner};
use crate::model::{Membership, SearchPage, SearchPosition, SearchQuery};
use crate::random::HashMap;
use crate::{Error, ErrorKind, Result, RoomId, Timestamp, UserId};

/// What to look for. All conditions given hold at once.
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
    /// The newest messages, at most `limit` of them.
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

    /// Every word of it is in the text.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// In this room alone; else in all rooms of the user.
    pub fn room(mut self, room: RoomId) -> Self {
        self.room = Some(room);
        self
    }

    /// From this sender.
    pub fn sender(mut self, sender: UserId) -> Self {
        self.sender = Some(sender);
        self
    }

    /// Created at or after this time.
    pub const fn since(mut self, since: Timestamp) -> Self {
        self.since = Some(since);
        self
    }

    /// Created before this time.
    pub const fn until(mut self, until: Timestamp) -> Self {
        self.until = Some(until);
        self
    }

    /// What comes after this place: where the page before said to go on.
    pub const fn after(mut self, after: SearchPosition) -> Self {
        self.after = Some(after);
        self
    }
}

impl Engine {
    /// Searches the messages that the actor may read, newest first. A page may hold fewer messages
    /// than asked for, or none, and go on all the same: the work of one call is bounded. A user has
    /// one search at a time on a node, over at most
    /// [`Limits::max_rooms_per_user`](crate::protocol::Limits::max_rooms_per_user) rooms. The app names
    /// a room.
    ///
    /// # Errors
    /// `Invalid` without any condition, or by the app without a room; `TooLarge` for a long text;
    /// `RateLimited` while another search of the user runs; `RoomNotFound`, `NotAMember`, `Unavailable`.
    pub async fn search(&self, actor: &Actor, search: Search) -> Result<SearchPage> {
        let inner = &self.inner;
        let Search { text, sender, .. } = search;
        let text = text.filter(|t| !t.trim().is_empty());
        if search.limit == 0 {
            return Err(Error::invalid("`limit` must be at least 1"));
        }
        if let Some(text) = &text
            && text.chars().count() > inner.config.limits.max_search_chars
        {
            let most = inner.config.limits.max_search_chars;
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
            .map(|user| one_at_a_time(inner, user))
            .transpose()?;
        let rooms = match (search.room, actor) {
            (Some(room), _) => vec![self.readable(actor, &room).await?.id.clone()],
            (None, Actor::User(user)) => {
                let rooms = inner.all_rooms_of(user).await?;
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
        let mut page = inner.log.search(&query).await?;
        if let Actor::User(user) = actor {
            let mut views = HashMap::default();
            for message in &page.messages {
                if !views.contains_key(&message.room_id) {
                    let view = inner.view_of(&message.room_id, user).await?;
                    views.insert(message.room_id.clone(), view);
                }
            }
            page.messages
                .retain(|m| views.get(&m.room_id).is_some_and(|v| v.sees(m)));
        }
        Ok(page)
    }
}

/// When a search may be tried again that came while another ran.
const RETRY_SEARCH: Duration = Duration::from_secs(1);

fn one_at_a_time(inner: &Inner, user: &UserId) -> Result<Slot<UserId>> {
    let slot = inner.searches.take(user, 1);
    slot.ok_or_else(|| {
        Error::new(
            ErrorKind::RateLimited,
            "a user may run one search at a time",
        )
        .with_retry_after(RETRY_SEARCH)
    })
}

impl Inner {
    /// Whether what a member sends is for their own eyes only.
    pub(super) async fn is_shadow_muted(
        &self,
        room: &super::super::room::Room,
        user: &UserId,
    ) -> Result<bool> {
        let membership = self.membership(room, user).await?;
        let member = membership.as_ref().and_then(Membership::member);
        Ok(member.is_some_and(|m| m.shadow_muted))
    }
}
