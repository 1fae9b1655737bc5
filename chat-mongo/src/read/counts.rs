use std::collections::HashMap;

use chat_core::model::Unread;
use chat_core::{RoomId, UserId};
use futures::stream::{self, StreamExt, TryStreamExt};
use mongodb::bson::{Bson, Document, doc};

use super::readers::Reader;
use crate::codec::{LAST, position, strings};
use crate::error::Failure;
use crate::store::{Inner, Name};

/// The number of rooms counted concurrently.
const AT_ONCE: usize = 16;
/// The width of the first window, and the factor by which each next one is wider.
const FIRST: u64 = 2 * Unread::MAX;
const WIDER: u64 = 8;

impl Inner {
    pub(crate) async fn unread(
        &self,
        user: &UserId,
        rooms: &[RoomId],
        without: &[UserId],
    ) -> Result<Vec<Unread>, Failure> {
        let ids = strings(rooms.iter().map(RoomId::as_str));
        let filter = doc! { "r": { "$in": ids }, "u": user.as_str() };
        let find = self.collection(Name::Readers).find(filter);
        let readers = self.all(find, |d| Reader::decode(&d)).await?;
        let readers: HashMap<RoomId, Reader> =
            readers.into_iter().map(|r| (r.room.clone(), r)).collect();
        let each = rooms
            .iter()
            .map(|room| self.unread_in(user, room, without, readers.get(room)));
        let each: Vec<_> = each.collect();
        stream::iter(each).buffered(AT_ONCE).try_collect().await
    }

    async fn unread_in(
        &self,
        user: &UserId,
        room: &RoomId,
        without: &[UserId],
        reader: Option<&Reader>,
    ) -> Result<Unread, Failure> {
        let read_seq = reader.map_or(0, |r| r.seq);
        let mut unread = Unread {
            room_id: room.clone(),
            read_seq,
            count: 0,
            mentions: 0,
        };
        let Some(known) = self.for_read(room).await? else {
            return Ok(unread);
        };
        let others = others(user, without, reader.map_or(&[], |r| &r.hidden));
        let mentions = doc! { "m": user.as_str() };
        let (count, mentions) = tokio::try_join!(
            self.count(room, read_seq, known.head, others.clone(), Unread::MAX),
            self.count_mentions(room, read_seq, others, mentions),
        )?;
        unread.count = count;
        unread.mentions = mentions;
        Ok(unread)
    }

    async fn count_mentions(
        &self,
        room: &RoomId,
        after: u64,
        others: Document,
        mentions: Document,
    ) -> Result<u64, Failure> {
        let mut filter = doc! { "r": room.as_str(), "s": { "$gt": position(after) } };
        filter.extend(mentions);
        filter.extend(others);
        self.count_up_to(filter, Unread::MAX).await
    }

    /// Counts the unread messages above a position that match `what`, up to a maximum.
    pub(crate) async fn count(
        &self,
        room: &RoomId,
        after: u64,
        head: u64,
        what: Document,
        most: u64,
    ) -> Result<u64, Failure> {
        let (mut low, mut width, mut total) = (after, FIRST, 0);
        loop {
            let top = low.saturating_add(width);
            let end = if top < head { position(top) } else { LAST };
            let range = doc! { "$gt": position(low), "$lte": end };
            let mut filter = doc! { "r": room.as_str(), "s": range };
            filter.extend(what.clone());
            total += self.count_up_to(filter, most - total).await?;
            if total >= most || top >= head {
                return Ok(total);
            }
            low = top;
            width = width.saturating_mul(WIDER);
        }
    }

    pub(crate) async fn count_up_to(
        &self,
        mut filter: Document,
        most: u64,
    ) -> Result<u64, Failure> {
        filter.insert("n", 1);
        filter.insert("o", self.alive());
        let count = self
            .messages()
            .count_documents(filter)
            .limit(most)
            .max_time(self.options.timeout);
        self.within(count).await
    }
}

/// Returns the filter for messages of other users except `without`, and not hidden.
pub(crate) fn others(user: &UserId, without: &[UserId], hidden: &[u64]) -> Document {
    let senders = std::iter::once(user).chain(without).map(UserId::as_str);
    let mut others = doc! { "u": { "$nin": strings(senders) } };
    if !hidden.is_empty() {
        let hidden: Vec<Bson> = hidden.iter().map(|s| Bson::Int64(position(*s))).collect();
        others.insert("$nor", vec![doc! { "s": { "$in": hidden } }]);
    }
    others
}
