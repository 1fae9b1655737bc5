use chat_core::{RoomId, Timestamp};
use mongodb::bson::doc;

use crate::codec::{field, position, to_date, to_u64};
use crate::error::Failure;
use crate::store::Inner;

/// The width of the first window, and the factor by which each next one is wider.
const NEAR: u64 = 32;
const FARTHER: u64 = 16;

impl Inner {
    /// Returns a `seq` that separates messages created before `time` from later ones.
    ///
    /// Creation times never decrease along positions, so it is a binary search with about twenty
    /// queries. An index by time would slow down each append.
    pub(crate) async fn first_since(
        &self,
        room: &RoomId,
        time: Timestamp,
        head: u64,
    ) -> Result<u64, Failure> {
        let (mut low, mut high) = (1, head.saturating_add(1));
        while low < high {
            let middle = low + (high - low) / 2;
            match self.time_from(room, middle, high).await? {
                Some((seq, at)) if at < time => low = seq + 1,
                _ => high = middle,
            }
        }
        // One more query for messages written since the head was read.
        match self.time_from(room, low, low.saturating_add(1)).await? {
            Some((seq, at)) if at < time => Ok(seq + 1),
            _ => Ok(low),
        }
    }

    /// Reads the first message in `seq..end` and its creation time.
    async fn time_from(
        &self,
        room: &RoomId,
        seq: u64,
        end: u64,
    ) -> Result<Option<(u64, Timestamp)>, Failure> {
        let (mut low, mut width) = (seq, NEAR);
        while low < end {
            let top = low.saturating_add(width).min(end);
            let range = doc! { "$gte": position(low), "$lt": position(top) };
            let find = self
                .messages()
                .find_one(doc! { "r": room.as_str(), "s": range })
                .sort(doc! { "s": 1 })
                .projection(doc! { "s": 1, "t": 1 })
                .max_time(self.options.timeout);
            if let Some(d) = self.within(find).await? {
                return Ok(Some((to_u64(field(&d, "s")?)?, to_date(field(&d, "t")?)?)));
            }
            low = top;
            width = width.saturating_mul(FARTHER);
        }
        Ok(None)
    }
}
