use std::sync::Arc;

use super::super::room::Room;
use super::super::view::View;
use super::super::{Actor, Engine, Inner};
use crate::model::{
    Action, Anchor, Changes, HistoryPage, HistoryQuery, LogHead, Message, MessageKind, Presence,
    ReadMarker, Readers, RoomPresence, ThreadRead, Unread,
};
use crate::protocol::Event;
use crate::{Error, MessageId, Result, RoomId, UserId};

/// A page of a room's history, or of a thread, as its reader sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct History {
    /// By ascending `seq`, tombstones included. What the reader hid or is not to see is left out, so
    /// there may be fewer than asked for, or none, and more on both sides all the same.
    pub messages: Vec<Message>,
    /// What lies before the page is found with [`Anchor::Before`] of this; `None`: there is nothing.
    pub before: Option<u64>,
    /// What lies after it is found with [`Anchor::After`] of this; `None`: there is nothing.
    pub after: Option<u64>,
}

impl History {
    /// Where the page is empty, everything lies on one side of its anchor.
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
    /// The message that was answered, with what was answered in all.
    pub root: Message,
    /// The replies.
    pub replies: History,
    /// How far the reader has read; nothing for the app.
    pub read: ThreadRead,
}

/// What a user has not read, over all their rooms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UnreadTotal {
    /// Messages, each room counted up to [`Unread::MAX`](crate::model::Unread::MAX).
    pub unread: u64,
    /// Those that mention the user.
    pub mentions: u64,
    /// Rooms with unread messages.
    pub rooms: u64,
}

/// The store is asked for the unread counts of this many rooms at once.
const UNREAD_PAGE: usize = 200;

impl Engine {
    /// A page of a room's history.
    ///
    /// # Errors
    /// `RoomNotFound`, `NotAMember`, `Invalid` for a limit of 0, `Unavailable`.
    pub async fn history(
        &self,
        actor: &Actor,
        room: &RoomId,
        query: &HistoryQuery,
    ) -> Result<History> {
        let room = self.readable(actor, room).await?;
        self.inner.read_history(&room, actor, query).await
    }

    /// A page of a thread: the root, and its replies as a history of their own.
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
        let inner = &self.inner;
        let room = self.readable(actor, room).await?;
        let mut root = inner.seen(&room, actor, root).await?;
        let query = query.in_thread(root.id);
        let replies = inner.read_history(&room, actor, &query).await?;
        let asked = [root.id];
        root.thread = inner.log.threads(&room.id, &asked).await?.pop().flatten();
        let read = match actor {
            Actor::User(user) => inner.reads.thread_reads(&room.id, user, &asked).await?,
            Actor::App => Vec::new(),
        };
        Ok(ThreadPage {
            root,
            replies,
            read: read.into_iter().next().unwrap_or_default(),
        })
    }

    /// What changed in a room after a position: at most `limit` messages, each in its latest state.
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
        let room = self.readable(actor, room).await?;
        let view = self.inner.view(&room, actor).await?;
        let changes = self.inner.log.changes(&room.id, after, limit).await?;
        Ok(view.changes(changes))
    }

    /// A message by its id.
    ///
    /// # Errors
    /// As [`history`](Self::history), and `MessageNotFound`.
    pub async fn message(
        &self,
        actor: &Actor,
        room: &RoomId,
        message: &MessageId,
    ) -> Result<Message> {
        let room = self.readable(actor, room).await?;
        let mut message = self.inner.seen(&room, actor, message).await?;
        let page = std::slice::from_mut(&mut message);
        self.inner.sum_up_threads(&room.id, page).await?;
        Ok(message)
    }

    /// The pinned messages of a room, the one pinned last first.
    ///
    /// # Errors
    /// As [`history`](Self::history).
    pub async fn pins(&self, actor: &Actor, room: &RoomId) -> Result<Vec<Message>> {
        let room = self.readable(actor, room).await?;
        let view = self.inner.view(&room, actor).await?;
        let most = self.inner.config.limits.max_pins;
        let mut pins = self.inner.log.pins(&room.id, most).await?;
        pins.retain(|m| view.sees(m));
        Ok(pins)
    }

    /// Who has read a message: all are counted, and in rooms up to
    /// [`Config::presence_max`](crate::Config::presence_max) members up to
    /// [`Limits::max_readers`](crate::protocol::Limits::max_readers) are named. Its sender is left
    /// out, and so are users whom the actor has blocked among those that are named.
    ///
    /// # Errors
    /// As [`history`](Self::history), and `MessageNotFound`.
    pub async fn readers(
        &self,
        actor: &Actor,
        room: &RoomId,
        message: &MessageId,
    ) -> Result<Readers> {
        let inner = &self.inner;
        let room = self.readable(actor, room).await?;
        let message = inner.seen(&room, actor, message).await?;
        let info = inner.room_info(&room).await?;
        let named = if info.member_count <= inner.config.presence_max as u64 {
            inner.config.limits.max_readers
        } else {
            0
        };
        let sender = message.sender_id.as_ref();
        let mut readers = inner
            .reads
            .readers(&room.id, message.seq, sender, named)
            .await?;
        let view = inner.view(&room, actor).await?;
        let all = readers.users.len();
        readers.users.retain(|user| !view.has_blocked(user));
        readers.count -= (all - readers.users.len()) as u64;
        Ok(readers)
    }

    /// What a user has not read in a room.
    ///
    /// # Errors
    /// As [`history`](Self::history).
    pub async fn unread(&self, user: &UserId, room: &RoomId) -> Result<Unread> {
        let actor = Actor::User(user.clone());
        let room = self.readable(&actor, room).await?;
        let view = self.inner.view(&room, &actor).await?;
        let asked = std::slice::from_ref(&room.id);
        let unread = self.inner.reads.unread(user, asked, view.blocked());
        let unread = unread.await?.pop();
        unread.ok_or_else(|| Error::internal("the message store returned no count"))
    }

    /// What a user has not read in up to
    /// [`Limits::max_rooms_per_user`](crate::protocol::Limits::max_rooms_per_user) rooms.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn unread_total(&self, user: &UserId) -> Result<UnreadTotal> {
        let inner = &self.inner;
        let settings = inner.settings(user).await?;
        let rooms = inner.all_rooms_of(user).await?;
        let ids: Vec<_> = rooms.into_iter().map(|(room, _)| room.id).collect();
        let mut total = UnreadTotal::default();
        for page in ids.chunks(UNREAD_PAGE) {
            for unread in inner.reads.unread(user, page, &settings.blocked).await? {
                total.unread += unread.count;
                total.mentions += unread.mentions;
                total.rooms += u64::from(unread.count > 0);
            }
        }
        Ok(total)
    }

    /// Moves a user's marker in a thread forward; it never moves back, and the room's marker is
    /// another. Returns it as it is now.
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
        let room = self.inner.room_for(&user.into(), room).await?;
        self.inner.mark_thread_read(&room, user, root, seq).await
    }

    /// How far a user has read a thread.
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
        let room = self.readable(&actor, room).await?;
        let asked = std::slice::from_ref(root);
        let read = self.inner.reads.thread_reads(&room.id, user, asked);
        Ok(read.await?.pop().unwrap_or_default())
    }

    /// The head of a room's log.
    ///
    /// # Errors
    /// As [`history`](Self::history).
    pub async fn head(&self, actor: &Actor, room: &RoomId) -> Result<LogHead> {
        let room = self.readable(actor, room).await?;
        self.inner.log.open(&room.id).await
    }

    /// Moves a user's read marker forward; a marker never moves back.
    ///
    /// # Errors
    /// As [`history`](Self::history).
    pub async fn mark_read(&self, user: &UserId, room: &RoomId, seq: u64) -> Result<ReadMarker> {
        let room = self.inner.room_for(&user.into(), room).await?;
        self.inner.mark_read(&room, user, seq).await
    }

    /// How far the members of a room have read, by user id after this one, without those whom the actor
    /// has blocked.
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
        let room = self.readable(actor, room).await?;
        let view = self.inner.view(&room, actor).await?;
        let reads = &self.inner.reads;
        let mut markers = Vec::new();
        let mut after = after.cloned();
        // Where some are left out the next round fills the page.
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

    /// Who of these users is online. A user is told only of those with whom they share a room, of
    /// which [`Config::presence_rooms_max`](crate::Config::presence_rooms_max) are looked at; the
    /// others are left out.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn presence(&self, actor: &Actor, users: &[UserId]) -> Result<Vec<Presence>> {
        let visible = match actor {
            Actor::App => users.to_vec(),
            Actor::User(me) => self.inner.known_to(me, users).await?,
        };
        self.inner.presence_of(&visible).await
    }

    /// Who of a room's members is online; in rooms above
    /// [`Config::presence_max`](crate::Config::presence_max) only how many, as far as this node has
    /// heard: where it had nothing to do with the room before, after one
    /// [`Config::occupancy_ms`](crate::Config::occupancy_ms) it has.
    ///
    /// # Errors
    /// As [`history`](Self::history).
    pub async fn room_presence(&self, actor: &Actor, room: &RoomId) -> Result<RoomPresence> {
        let inner = &self.inner;
        let active = self.readable(actor, room).await?;
        let members = inner.room_info(&active).await?.member_count;
        let most = inner.config.presence_max;
        if members > most as u64 {
            return Ok(RoomPresence::Count {
                online_count: inner.occupancy_now(&active, members),
                members,
            });
        }
        let members = inner.rooms.members(room, None, most).await?;
        let users: Vec<_> = members.into_iter().map(|m| m.user_id).collect();
        let presence = inner.presence_of(&users).await?;
        let online = presence.into_iter().filter(|p| p.online);
        Ok(RoomPresence::Users {
            online: online.map(|p| p.user_id).collect(),
            members: users.len() as u64,
        })
    }

    /// Ends all connections of a user, on all nodes, with close code 4003 and this reason. They may
    /// come back as long as their tokens are valid.
    pub fn disconnect(&self, user: &UserId, reason: &str) {
        self.inner.disconnect_user(user, reason);
    }

    pub(super) async fn readable(&self, actor: &Actor, room: &RoomId) -> Result<Arc<Room>> {
        let room = self.inner.room_for(actor, room).await?;
        self.inner.authorize(&room, actor, Action::Read).await?;
        Ok(room)
    }
}

impl Inner {
    async fn read_history(
        &self,
        room: &Room,
        actor: &Actor,
        query: &HistoryQuery,
    ) -> Result<History> {
        if query.limit == 0 {
            return Err(Error::invalid("`limit` must be at least 1"));
        }
        let view = self.view(room, actor).await?;
        let page = self.history_page(&room.id, query).await?;
        Ok(History::new(query.anchor, page, &view))
    }

    /// A page as the log has it, with what was answered in each thread.
    pub(crate) async fn history_page(
        &self,
        room: &RoomId,
        query: &HistoryQuery,
    ) -> Result<HistoryPage> {
        let mut page = self.log.history(room, query).await?;
        if query.thread.is_none() {
            self.sum_up_threads(room, &mut page.messages).await?;
        }
        Ok(page)
    }

    /// Tells of each message that is the root of a thread what was answered in it.
    async fn sum_up_threads(&self, room: &RoomId, messages: &mut [Message]) -> Result<()> {
        let could_be = |m: &&mut Message| m.kind == MessageKind::User && m.thread_id.is_none();
        let roots: Vec<_> = messages.iter_mut().filter(could_be).collect();
        let ids: Vec<_> = roots.iter().map(|m| m.id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let threads = self.log.threads(room, &ids).await?;
        for (root, thread) in roots.into_iter().zip(threads) {
            root.thread = thread;
        }
        Ok(())
    }

    pub(crate) async fn mark_thread_read(
        &self,
        room: &Room,
        user: &UserId,
        root: &MessageId,
        seq: u64,
    ) -> Result<u64> {
        let actor = Actor::User(user.clone());
        self.authorize(room, &actor, Action::Read).await?;
        self.seen(room, &actor, root).await?;
        let marked = self.reads.mark_thread_read(&room.id, root, user, seq);
        Ok(marked.await?.0)
    }

    pub(crate) async fn mark_read(
        self: &Arc<Self>,
        room: &Arc<Room>,
        user: &UserId,
        seq: u64,
    ) -> Result<ReadMarker> {
        self.authorize(room, &Actor::User(user.clone()), Action::Read)
            .await?;
        let info = self.room_info(room).await?;
        let (engine, room, user) = (Arc::clone(self), Arc::clone(room), user.clone());
        let mark = async move {
            let now = engine.clock.now();
            let mark = || engine.reads.mark_read(&room.id, &user, seq, now);
            let (marked, repeated) = engine.write_settled(mark).await;
            let (marker, moved) = marked?;
            let moved = moved || repeated;
            if moved && info.member_count <= engine.config.presence_max as u64 {
                let event = Event::ReadReceipt {
                    room_id: &room.id,
                    user_id: &user,
                    seq: marker.seq,
                };
                engine.broadcast(&room, &event, Some(&user), true);
            }
            if moved {
                engine.read_further(&room.id, &user, room.delivered());
            }
            Ok(marker)
        };
        self.to_the_end(mark).await
    }

    /// Those of `users` who share a room with a user, and the user themself.
    async fn known_to(&self, me: &UserId, users: &[UserId]) -> Result<Vec<UserId>> {
        let mut known = vec![false; users.len()];
        for (user, known) in users.iter().zip(&mut known) {
            *known = user == me;
        }
        let mut after = None;
        let mut left = self.config.presence_rooms_max;
        while left > 0 && known.iter().any(|k| !k) {
            let page = self
                .rooms
                .rooms_of(me, after.as_ref(), left.min(100))
                .await?;
            let Some((last, _)) = page.last() else {
                break;
            };
            after = Some(last.id.clone());
            left -= page.len();
            for (room, _) in &page {
                let unknown: Vec<_> = (0..users.len()).filter(|i| !known[*i]).collect();
                if unknown.is_empty() {
                    break;
                }
                let asked: Vec<_> = unknown.iter().map(|i| users[*i].clone()).collect();
                let found = self.rooms.memberships(&room.id, &asked).await?;
                for (i, membership) in unknown.into_iter().zip(found) {
                    known[i] = membership.is_some_and(|m| m.member().is_some());
                }
            }
        }
        let both = users.iter().zip(known);
        Ok(both.filter(|(_, k)| *k).map(|(u, _)| u.clone()).collect())
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
