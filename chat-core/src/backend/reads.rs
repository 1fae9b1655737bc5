use std::fmt;

use crate::model::{ReadMarker, Readers, ThreadRead, Unread};
use crate::{MessageId, Result, RoomId, Timestamp, UserId};

store! {
    /// Read state: how far each user has read each room and thread, and the messages they have
    /// hidden.
    ///
    /// [`MessageLog`](super::MessageLog), `ReadStore` and [`PushQueue`](super::PushQueue) are three
    /// views of one store. [`MessageLog::delete_log`](super::MessageLog::delete_log) removes the
    /// read state of a room.
    ///
    /// # Contract
    /// 1. **Markers** of rooms and threads never move back. A marker beyond the head is set to the
    ///    head.
    /// 2. **Counts** of unread messages, mentions and unread replies include only messages that
    ///    exist now. Deleted, expired, `shadowed` and system messages never count, nor do messages
    ///    that the user sent or has hidden. A message that mentions a user twice is one mention.
    /// 3. **Durable.** `Ok` means the same as in the contract of the log.
    /// 4. **Rooms without a log** have no read state: reads are empty, and no marker moves.
    ///
    /// # A minimal implementation
    /// The `messages` stand for the log that the same store keeps:
    ///
    /// ```
    /// use std::collections::{BTreeMap, BTreeSet, HashMap};
    ///
    /// use async_trait::async_trait;
    /// use chat_core::backend::ReadStore;
    /// use chat_core::model::{Message, MessageKind, ReadMarker, Readers, ThreadRead, Unread};
    /// use chat_core::{Error, ErrorKind, MessageId, Result, RoomId, Timestamp, UserId};
    /// use parking_lot::Mutex;
    ///
    /// #[derive(Debug, Default)]
    /// struct Reads(Mutex<HashMap<RoomId, Room>>);
    ///
    /// #[derive(Debug, Default)]
    /// struct Room {
    ///     messages: Vec<Message>, // by `seq`
    ///     head: u64,
    ///     markers: BTreeMap<UserId, ReadMarker>,
    ///     threads: HashMap<(MessageId, UserId), u64>,
    ///     hidden: HashMap<UserId, BTreeSet<u64>>,
    /// }
    ///
    /// impl Room {
    ///     fn counts(&self, user: &UserId, m: &Message) -> bool {
    ///         let is_hidden = self.hidden.get(user).is_some_and(|hidden| hidden.contains(&m.seq));
    ///         m.kind == MessageKind::User
    ///             && m.deleted_at.is_none()
    ///             && !m.shadowed
    ///             && !is_hidden
    ///             && m.sender_id.as_ref() != Some(user)
    ///     }
    ///
    ///     fn unread(&self, user: &UserId, room: &RoomId, without: &[UserId]) -> Unread {
    ///         let read_seq = self.markers.get(user).map_or(0, |m| m.seq);
    ///         let after = self.messages.iter().filter(|m| m.seq > read_seq && self.counts(user, m));
    ///         let seen = |m: &&Message| !m.sender_id.as_ref().is_some_and(|s| without.contains(s));
    ///         let unread: Vec<_> = after.filter(seen).collect();
    ///         Unread {
    ///             room_id: room.clone(),
    ///             read_seq,
    ///             count: unread.len() as u64,
    ///             mentions: unread.iter().filter(|m| m.mentions.contains(user)).count() as u64,
    ///         }
    ///     }
    /// }
    ///
    /// #[async_trait]
    /// impl ReadStore for Reads {
    ///     async fn mark_read(
    ///         &self,
    ///         room: &RoomId,
    ///         user: &UserId,
    ///         seq: u64,
    ///         now: Timestamp,
    ///     ) -> Result<(ReadMarker, bool)> {
    ///         let mut rooms = self.0.lock();
    ///         let room = rooms.entry(room.clone()).or_default();
    ///         let seq = seq.min(room.head);
    ///         let old = room.markers.get(user).cloned();
    ///         if let Some(old) = old.filter(|old| old.seq >= seq) {
    ///             return Ok((old, false));
    ///         }
    ///         let marker = ReadMarker { user_id: user.clone(), seq, at: now };
    ///         if seq > 0 {
    ///             room.markers.insert(user.clone(), marker.clone());
    ///         }
    ///         Ok((marker, seq > 0))
    ///     }
    ///
    ///     async fn read_marker(&self, room: &RoomId, user: &UserId) -> Result<Option<ReadMarker>> {
    ///         Ok(self.0.lock().get(room).and_then(|room| room.markers.get(user).cloned()))
    ///     }
    ///
    ///     async fn read_markers(
    ///         &self,
    ///         room: &RoomId,
    ///         after: Option<&UserId>,
    ///         limit: usize,
    ///     ) -> Result<Vec<ReadMarker>> {
    ///         let rooms = self.0.lock();
    ///         let markers = rooms.get(room).into_iter().flat_map(|room| room.markers.values());
    ///         let markers = markers.filter(|m| after.is_none_or(|after| m.user_id > *after));
    ///         Ok(markers.take(limit).cloned().collect())
    ///     }
    ///
    ///     async fn readers(
    ///         &self,
    ///         room: &RoomId,
    ///         seq: u64,
    ///         except: Option<&UserId>,
    ///         limit: usize,
    ///     ) -> Result<Readers> {
    ///         let rooms = self.0.lock();
    ///         let markers = rooms.get(room).into_iter().flat_map(|room| room.markers.values());
    ///         let markers = markers.filter(|m| m.seq >= seq && Some(&m.user_id) != except);
    ///         let mut users: Vec<_> = markers.map(|m| m.user_id.clone()).collect();
    ///         let count = users.len() as u64;
    ///         users.truncate(limit);
    ///         Ok(Readers { count, users })
    ///     }
    ///
    ///     async fn unread(
    ///         &self,
    ///         user: &UserId,
    ///         rooms: &[RoomId],
    ///         without: &[UserId],
    ///     ) -> Result<Vec<Unread>> {
    ///         let (all, none) = (self.0.lock(), Room::default());
    ///         let unread = |room| all.get(room).unwrap_or(&none).unread(user, room, without);
    ///         Ok(rooms.iter().map(unread).collect())
    ///     }
    ///
    ///     async fn mark_thread_read(
    ///         &self,
    ///         room: &RoomId,
    ///         root: &MessageId,
    ///         user: &UserId,
    ///         seq: u64,
    ///     ) -> Result<(u64, bool)> {
    ///         let mut rooms = self.0.lock();
    ///         let room = rooms.entry(room.clone()).or_default();
    ///         let seq = seq.min(room.head);
    ///         let marker = room.threads.entry((*root, user.clone())).or_default();
    ///         let moved = *marker < seq;
    ///         *marker = seq.max(*marker);
    ///         Ok((*marker, moved))
    ///     }
    ///
    ///     async fn thread_reads(
    ///         &self,
    ///         room: &RoomId,
    ///         user: &UserId,
    ///         roots: &[MessageId],
    ///     ) -> Result<Vec<ThreadRead>> {
    ///         let (rooms, none) = (self.0.lock(), Room::default());
    ///         let room = rooms.get(room).unwrap_or(&none);
    ///         let read = |root: &MessageId| {
    ///             let read_seq = room.threads.get(&(*root, user.clone())).copied().unwrap_or(0);
    ///             let replies = room.messages.iter().filter(|m| m.thread_id == Some(*root));
    ///             let unread = replies.filter(|m| m.seq > read_seq && room.counts(user, m));
    ///             ThreadRead { read_seq, unread: unread.count() as u64 }
    ///         };
    ///         Ok(roots.iter().map(read).collect())
    ///     }
    ///
    ///     async fn hide(
    ///         &self,
    ///         room: &RoomId,
    ///         user: &UserId,
    ///         message: &MessageId,
    ///         max: usize,
    ///     ) -> Result<bool> {
    ///         let mut rooms = self.0.lock();
    ///         let room = rooms.entry(room.clone()).or_default();
    ///         let message = room.messages.iter().find(|m| m.id == *message);
    ///         let seq = message.ok_or_else(Error::message_not_found)?.seq;
    ///         let hidden = room.hidden.entry(user.clone()).or_default();
    ///         if !hidden.contains(&seq) && hidden.len() >= max {
    ///             return Err(Error::new(ErrorKind::Conflict, "too many messages are hidden"));
    ///         }
    ///         Ok(hidden.insert(seq))
    ///     }
    ///
    ///     async fn hidden(&self, room: &RoomId, user: &UserId) -> Result<Vec<u64>> {
    ///         let rooms = self.0.lock();
    ///         let hidden = rooms.get(room).and_then(|room| room.hidden.get(user));
    ///         Ok(hidden.into_iter().flatten().copied().collect())
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    /// let (reads, room, bob) = (Reads::default(), RoomId::new("general")?, UserId::new("bob")?);
    /// reads.0.lock().entry(room.clone()).or_default().head = 3;
    /// let (marker, moved) = reads.mark_read(&room, &bob, 5, Timestamp::from_millis(0)).await?;
    /// assert_eq!((marker.seq, moved), (3, true));
    /// # Ok(())
    /// # }
    /// ```
    pub trait ReadStore: fmt::Debug + Send + Sync + 'static {
        /// Moves a user's read marker forward. Returns the current marker, and `true` if it moved.
        async fn mark_read(
            &self,
            room: &RoomId,
            user: &UserId,
            seq: u64,
            now: Timestamp,
        ) -> Result<(ReadMarker, bool)>;
        /// Returns a user's read marker, or `None` if the user has read nothing.
        async fn read_marker(&self, room: &RoomId, user: &UserId) -> Result<Option<ReadMarker>>;
        /// Returns up to `limit` read markers of a room whose user id is greater than `after`.
        async fn read_markers(
            &self,
            room: &RoomId,
            after: Option<&UserId>,
            limit: usize,
        ) -> Result<Vec<ReadMarker>>;
        /// Returns the users, other than `except`, whose read marker is at `seq` or above: their
        /// number, and up to `limit` of them by user id.
        async fn readers(
            &self,
            room: &RoomId,
            seq: u64,
            except: Option<&UserId>,
            limit: usize,
        ) -> Result<Readers>;
        /// Returns a user's unread counts in each of these rooms, in the given order. Messages sent
        /// by the users in `without` do not count.
        async fn unread(
            &self,
            user: &UserId,
            rooms: &[RoomId],
            without: &[UserId],
        ) -> Result<Vec<Unread>>;
        /// Moves a user's read marker in a thread forward. Returns the current marker, and `true`
        /// if it moved. The marker is independent of the room's. The store does not check that the
        /// root exists.
        async fn mark_thread_read(
            &self,
            room: &RoomId,
            root: &MessageId,
            user: &UserId,
            seq: u64,
        ) -> Result<(u64, bool)>;
        /// Returns a user's read marker and unread count in each of these threads, in the given
        /// order.
        async fn thread_reads(
            &self,
            room: &RoomId,
            user: &UserId,
            roots: &[MessageId],
        ) -> Result<Vec<ThreadRead>>;
        /// Hides a message from a user. Returns `true` if it was not hidden before. Fails with
        /// `MessageNotFound` if it does not exist, or with `Conflict` if the user already hides
        /// `max` other existing messages of the room.
        async fn hide(
            &self,
            room: &RoomId,
            user: &UserId,
            message: &MessageId,
            max: usize,
        ) -> Result<bool>;
        /// Returns the `seq` of each message of a room that is hidden from a user, in ascending
        /// order.
        async fn hidden(&self, room: &RoomId, user: &UserId) -> Result<Vec<u64>>;
    }
}
