use crate::engine::feed::View;
use crate::engine::rooms::ActiveRoom;
use crate::engine::{Actor, Engine};
use crate::model::{
    Anchor, Changes, HistoryPage, HistoryQuery, LogHead, Message, Presence, ReadMarker, Readers,
    RoomPresence, ThreadRead, Unread,
};
use crate::{Error, MessageId, Result, RoomId, UserId};

/// A page of a room's history or of a thread, as its reader sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct History {
    /// Messages by ascending `seq`, tombstones included. Messages hidden from the reader are
    /// omitted, so a page may be short or empty although more follow.
    pub messages: Vec<Message>,
    /// The cursor of the previous page for [`Anchor::Before`]; `None` at the start.
    pub before: Option<u64>,
    /// The cursor of the next page for [`Anchor::After`]; `None` at the end.
    pub after: Option<u64>,
}

impl History {
    /// An empty page means that all messages lie on one side of its anchor.
    fn new(anchor: Anchor, page: HistoryPage, view: &View) -> Self {
        let before = match (page.messages.first(), anchor) {
            (Some(first), _) => first.seq,
            (None, Anchor::After(seq)) => seq.saturating_add(1),
            (None, _) => u64::MAX,
        };
        let after = match (page.messages.last(), anchor) {
            (Some(last), _) => last.seq,
            (None, Anchor::Before(seq)) => seq.saturating_sub(1),
            (None, _) => 0,
        };
        Self {
            before: page.has_before.then_some(before),
            after: page.has_after.then_some(after),
            messages: view.page(page).messages,
        }
    }
}

/// A page of a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThreadPage {
    /// The root message, with a summary of its thread.
    pub root: Message,
    /// The replies.
    pub replies: History,
    /// The reader's marker in the thread; the default for the app.
    pub read: ThreadRead,
}

/// A user's unread counts over all their rooms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UnreadTotal {
    /// Unread messages, with each room counted up to [`Unread::MAX`](crate::model::Unread::MAX).
    pub unread: u64,
    /// Unread messages that mention the user.
    pub mentions: u64,
    /// Rooms with unread messages.
    pub rooms: u64,
}

const UNREAD_PAGE: usize = 200;

impl Engine {
    /// Returns a page of a room's history.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`, `Invalid` for a limit of 0, `Unavailable`.
    pub async fn history(
        &self,
        actor: &Actor,
        room: &RoomId,
        query: &HistoryQuery,
    ) -> Result<History> {
        let room = self.parts.access.readable(actor, room).await?;
        self.read_history(&room, actor, query).await
    }

    /// Returns a page of a thread: the root and a page of its replies.
    ///
    /// # Errors
    /// As [`history`](Self::history), and `MessageNotFound`.
    pub async fn thread(
        &self,
        actor: &Actor,
        room: &RoomId,
        root: &MessageId,
        query: &HistoryQuery,
    ) -> Result<ThreadPage> {
        let parts = &self.parts;
        let room = self.parts.access.readable(actor, room).await?;
        let mut root = parts.messages.seen(&room, actor, root).await?;
        let query = query.in_thread(root.id);
        let replies = self.read_history(&room, actor, &query).await?;
        let asked = [root.id];
        root.thread = parts.log.threads(&room.id, &asked).await?.pop().flatten();
        let read = match actor {
            Actor::User(user) => parts.reads.thread_reads(&room.id, user, &asked).await?,
            Actor::App => Vec::new(),
        };
        Ok(ThreadPage {
            root,
            replies,
            read: read.into_iter().next().unwrap_or_default(),
        })
    }

    /// Returns up to `limit` messages that changed after a position, each in its latest state.
    ///
    /// # Errors
    /// As [`history`](Self::history).
    pub async fn changes(
        &self,
        actor: &Actor,
        room: &RoomId,
        after: u64,
        limit: usize,
    ) -> Result<Changes> {
        let room = self.parts.access.readable(actor, room).await?;
        let view = self.parts.access.view(&room, actor).await?;
        let changes = self.parts.log.changes(&room.id, after, limit).await?;
        Ok(view.changes(changes))
    }

    /// Returns a message by its id.
    ///
    /// # Errors
    /// As [`history`](Self::history), and `MessageNotFound`.
    pub async fn message(
        &self,
        actor: &Actor,
        room: &RoomId,
        message: &MessageId,
    ) -> Result<Message> {
        let room = self.parts.access.readable(actor, room).await?;
        let mut message = self.parts.messages.seen(&room, actor, message).await?;
        let page = std::slice::from_mut(&mut message);
        self.parts.messages.sum_up_threads(&room.id, page).await?;
        Ok(message)
    }

    /// Returns the pinned messages of a room, latest pin first.
    ///
    /// # Errors
    /// As [`history`](Self::history).
    pub async fn pins(&self, actor: &Actor, room: &RoomId) -> Result<Vec<Message>> {
        let room = self.parts.access.readable(actor, room).await?;
        let view = self.parts.access.view(&room, actor).await?;
        let most = self.parts.config.limits.max_pins;
        let mut pins = self.parts.log.pins(&room.id, most).await?;
        pins.retain(|m| view.sees(m));
        Ok(pins)
    }

    /// Returns the readers of a message, without its sender. All are counted. In rooms with up to
    /// [`Config::presence_max`](crate::Config::presence_max) members, up to
    /// [`Limits::max_readers`](crate::protocol::Limits::max_readers) are listed. Of these, users
    /// whom the actor has blocked are neither listed nor counted.
    ///
    /// # Errors
    /// As [`history`](Self::history), and `MessageNotFound`.
    pub async fn readers(
        &self,
        actor: &Actor,
        room: &RoomId,
        message: &MessageId,
    ) -> Result<Readers> {
        let parts = &self.parts;
        let room = self.parts.access.readable(actor, room).await?;
        let message = parts.messages.seen(&room, actor, message).await?;
        let info = parts.rooms.info(&room).await?;
        let named = if parts.config.broadcasts_presence(&info) {
            parts.config.limits.max_readers
        } else {
            0
        };
        let sender = message.sender_id.as_ref();
        let mut readers = parts
            .reads
            .readers(&room.id, message.seq, sender, named)
            .await?;
        let view = parts.access.view(&room, actor).await?;
        let all = readers.users.len();
        readers.users.retain(|user| !view.has_blocked(user));
        readers.count -= (all - readers.users.len()) as u64;
        Ok(readers)
    }

    /// Returns a user's unread counts in a room.
    ///
    /// # Errors
    /// As [`history`](Self::history).
    pub async fn unread(&self, user: &UserId, room: &RoomId) -> Result<Unread> {
        let actor = Actor::User(user.clone());
        let room = self.parts.access.readable(&actor, room).await?;
        let view = self.parts.access.view(&room, &actor).await?;
        let asked = std::slice::from_ref(&room.id);
        let unread = self.parts.reads.unread(user, asked, view.blocked());
        let unread = unread.await?.pop();
        unread.ok_or_else(|| Error::internal("the message store returned no count"))
    }

    /// Returns a user's unread counts over up to
    /// [`Limits::max_rooms_per_user`](crate::protocol::Limits::max_rooms_per_user) rooms.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn unread_total(&self, user: &UserId) -> Result<UnreadTotal> {
        let parts = &self.parts;
        let settings = parts.settings.of(user).await?;
        let rooms = self.all_rooms_of(user).await?;
        let ids: Vec<_> = rooms.into_iter().map(|(room, _)| room.id).collect();
        let mut total = UnreadTotal::default();
        for page in ids.chunks(UNREAD_PAGE) {
            for unread in parts.reads.unread(user, page, &settings.blocked).await? {
                total.unread += unread.count;
                total.mentions += unread.mentions;
                total.rooms += u64::from(unread.count > 0);
            }
        }
        Ok(total)
    }

    /// Moves a user's marker in a thread forward, never back. The room's marker stays as it is.
    ///
    /// # Errors
    /// As [`history`](Self::history), and `MessageNotFound`.
    pub async fn mark_thread_read(
        &self,
        user: &UserId,
        room: &RoomId,
        root: &MessageId,
        seq: u64,
    ) -> Result<u64> {
        let room = self.parts.rooms.open_for(&user.into(), room).await?;
        self.parts
            .messages
            .mark_thread_read(&room, user, root, seq)
            .await
    }

    /// Returns a user's marker in a thread.
    ///
    /// # Errors
    /// As [`history`](Self::history).
    pub async fn thread_read(
        &self,
        user: &UserId,
        room: &RoomId,
        root: &MessageId,
    ) -> Result<ThreadRead> {
        let actor = Actor::User(user.clone());
        let room = self.parts.access.readable(&actor, room).await?;
        let asked = std::slice::from_ref(root);
        let read = self.parts.reads.thread_reads(&room.id, user, asked);
        Ok(read.await?.pop().unwrap_or_default())
    }

    /// Returns the head of a room's log.
    ///
    /// # Errors
    /// As [`history`](Self::history).
    pub async fn head(&self, actor: &Actor, room: &RoomId) -> Result<LogHead> {
        let room = self.parts.access.readable(actor, room).await?;
        self.parts.log.open(&room.id).await
    }

    /// Moves a user's read marker forward, never back.
    ///
    /// # Errors
    /// As [`history`](Self::history).
    pub async fn mark_read(&self, user: &UserId, room: &RoomId, seq: u64) -> Result<ReadMarker> {
        let room = self.parts.rooms.open_for(&user.into(), room).await?;
        self.parts.messages.mark_read(&room, user, seq).await
    }

    /// Returns the read markers of a room's members by user id, starting after `after`. Users whom
    /// the actor has blocked are omitted.
    ///
    /// # Errors
    /// As [`history`](Self::history).
    pub async fn read_markers(
        &self,
        actor: &Actor,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<ReadMarker>> {
        let room = self.parts.access.readable(actor, room).await?;
        let view = self.parts.access.view(&room, actor).await?;
        let reads = &self.parts.reads;
        let mut markers = Vec::new();
        let mut after = after.cloned();
        // Each round replaces the omitted markers until the page is full.
        while markers.len() < limit {
            let most = limit - markers.len();
            let page = reads.read_markers(&room.id, after.as_ref(), most);
            let page = page.await?;
            let last = page.len() < most;
            after = page.last().map(|marker| marker.user_id.clone());
            let shown = page.into_iter().filter(|m| !view.has_blocked(&m.user_id));
            markers.extend(shown);
            if last {
                break;
            }
        }
        Ok(markers)
    }

    /// Returns the presence of these users. For a user, only those are included who share one of
    /// their first [`Config::presence_rooms_max`](crate::Config::presence_rooms_max) rooms.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn presence(&self, actor: &Actor, users: &[UserId]) -> Result<Vec<Presence>> {
        let visible = match actor {
            Actor::App => users.to_vec(),
            Actor::User(me) => self.parts.presence.known_to(me, users).await?,
        };
        self.parts.presence.of(&visible).await
    }

    /// Returns the presence of a room's members, in rooms above
    /// [`Config::presence_max`](crate::Config::presence_max) only as a count. On a node new to the
    /// room, a full count takes one [`Config::occupancy_ms`](crate::Config::occupancy_ms).
    ///
    /// # Errors
    /// As [`history`](Self::history).
    pub async fn room_presence(&self, actor: &Actor, room: &RoomId) -> Result<RoomPresence> {
        let parts = &self.parts;
        let active = self.parts.access.readable(actor, room).await?;
        let members = parts.rooms.info(&active).await?.member_count;
        let most = parts.config.presence_max;
        if members > most as u64 {
            return Ok(RoomPresence::Count {
                online_count: parts.occupancies.now(&active, members),
                members,
            });
        }
        let members = parts.store.members(room, None, most).await?;
        let users: Vec<_> = members.into_iter().map(|m| m.user_id).collect();
        let presence = parts.presence.of(&users).await?;
        let online = presence.into_iter().filter(|p| p.online);
        Ok(RoomPresence::Users {
            online: online.map(|p| p.user_id).collect(),
            members: users.len() as u64,
        })
    }

    /// Closes all connections of a user on all nodes, with close code 4003 and this reason. The
    /// user may reconnect while their tokens are valid.
    pub fn disconnect(&self, user: &UserId, reason: &str) {
        self.parts.fanout.disconnect(user, reason);
    }

    async fn read_history(
        &self,
        room: &ActiveRoom,
        actor: &Actor,
        query: &HistoryQuery,
    ) -> Result<History> {
        if query.limit == 0 {
            return Err(Error::invalid("`limit` must be at least 1"));
        }
        let view = self.parts.access.view(room, actor).await?;
        let page = self.parts.messages.history_page(&room.id, query).await?;
        Ok(History::new(query.anchor, page, &view))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    #[test]
    fn an_empty_page_leads_back() {
        let time = Timestamp::from_millis(0);
        for (anchor, has_before, before, after) in [
            (Anchor::After(41), true, Some(42), None),
            (Anchor::Before(1), false, None, Some(0)),
            (Anchor::BeforeTime(time), false, None, Some(0)),
            (Anchor::AfterTime(time), true, Some(u64::MAX), None),
        ] {
            let page = HistoryPage {
                messages: Vec::new(),
                has_before,
                has_after: !has_before,
            };
            let history = History::new(anchor, page, &View::of_app());
            assert_eq!(
                (history.before, history.after),
                (before, after),
                "{anchor:?}"
            );
        }
    }
}
