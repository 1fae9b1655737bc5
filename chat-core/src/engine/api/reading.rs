use std::sync::Arc;

use super::super::room::Room;
use super::super::{Actor, Engine, Inner};
use crate::model::{
    Action, Changes, HistoryPage, HistoryQuery, LogHead, Message, Presence, ReadMarker,
    RoomPresence,
};
use crate::protocol::Event;
use crate::{Error, MessageId, Result, RoomId, UserId};

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
    ) -> Result<HistoryPage> {
        if query.limit == 0 {
            return Err(Error::invalid("a page has at least one message"));
        }
        let room = self.readable(actor, room).await?;
        self.inner.messages.history(&room.id, query).await
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
        self.inner.messages.changes(&room.id, after, limit).await
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
        self.inner
            .messages
            .message(&room.id, message)
            .await?
            .ok_or_else(Error::message_not_found)
    }

    /// The head of a room's log.
    ///
    /// # Errors
    /// As [`history`](Self::history).
    pub async fn head(&self, actor: &Actor, room: &RoomId) -> Result<LogHead> {
        let room = self.readable(actor, room).await?;
        self.inner.messages.open(&room.id).await
    }

    /// Moves a user's read marker forward; a marker never moves back.
    ///
    /// # Errors
    /// As [`history`](Self::history).
    pub async fn mark_read(&self, user: &UserId, room: &RoomId, seq: u64) -> Result<ReadMarker> {
        let room = self.inner.room(room).await?;
        self.inner.mark_read(&room, user, seq).await
    }

    /// How far the members of a room have read, by user id after this one.
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
        self.inner
            .messages
            .read_markers(&room.id, after, limit)
            .await
    }

    /// Who of these users is online. A user is told only of those with whom they share a room; the
    /// others are left out.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn presence(&self, actor: &Actor, users: &[UserId]) -> Result<Vec<Presence>> {
        let visible = match actor {
            Actor::App => users.to_vec(),
            Actor::User(me) => self.inner.known_to(me, users).await?,
        };
        self.inner.presence.presence(&visible).await
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
        let presence = inner.presence.presence(&users).await?;
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
        let room = self.inner.room(room).await?;
        self.inner.authorize(&room, actor, Action::Read).await?;
        Ok(room)
    }
}

impl Inner {
    pub(crate) async fn mark_read(
        self: &Arc<Self>,
        room: &Arc<Room>,
        user: &UserId,
        seq: u64,
    ) -> Result<ReadMarker> {
        self.authorize(room, &Actor::User(user.clone()), Action::Read)
            .await?;
        let now = self.clock.now();
        let (marker, moved) = self.messages.mark_read(&room.id, user, seq, now).await?;
        if moved {
            let info = self.room_info(room).await?;
            if info.member_count <= self.config.presence_max as u64 {
                let event = Event::ReadReceipt {
                    room_id: &room.id,
                    user_id: user,
                    seq: marker.seq,
                };
                self.broadcast(room, &event, None);
            }
            self.read_further(&room.id, user, room.delivered());
        }
        Ok(marker)
    }

    /// Those of `users` who share a room with a user, and the user themself.
    async fn known_to(&self, me: &UserId, users: &[UserId]) -> Result<Vec<UserId>> {
        let mut known = vec![false; users.len()];
        for (user, known) in users.iter().zip(&mut known) {
            *known = user == me;
        }
        let mut after = None;
        let mut left = self.config.limits.max_rooms_per_user;
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
