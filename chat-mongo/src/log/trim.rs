use chat_core::RoomId;
use mongodb::bson::{Document, doc};

use crate::codec::{date, field, position, to_u64};
use crate::error::Failure;
use crate::options::KEPT;
use crate::store::{Inner, Name};

/// How many messages expire by one update.
const PART: u64 = 1000;

impl Inner {
    /// Has all but the newest `keep` messages expire. They are removed as all that has expired: by the
    /// sweep, which sees to the head.
    ///
    /// An index gives the newest that goes: `keep` entries of it are read, and no messages. How far a
    /// log was trimmed is kept with it, so that what waits for its removal is not looked at again.
    pub(crate) async fn trim(&self, room: &RoomId, keep: u64) -> Result<u64, Failure> {
        let logs = self.collection(Name::Logs);
        let log = doc! { "_id": room.as_str() };
        let Some(log) = self.within(logs.find_one(log)).await? else {
            return Ok(0);
        };
        let before = log.get("k").map(to_u64).transpose()?.unwrap_or(0);
        let Some(&newest) = self
            .seqs_between(room, before, u64::MAX, keep, 1)
            .await?
            .first()
        else {
            return Ok(0);
        };
        let (mut trimmed, mut high) = (0, newest);
        loop {
            let part = self.seqs_between(room, before, high, 0, PART).await?;
            let Some(&low) = part.last() else {
                break;
            };
            trimmed += self.expire(room, low, high).await?;
            high = low.saturating_sub(1);
        }
        // Unless the log has been deleted meanwhile, and there is another.
        let log = doc! { "_id": room.as_str(), "e": field(&log, "e")?.clone() };
        let up_to = doc! { "$max": { "k": position(newest) } };
        self.within(logs.update_one(log, up_to)).await?;
        Ok(trimmed)
    }

    /// Where messages between two positions stand, the newest first.
    async fn seqs_between(
        &self,
        room: &RoomId,
        after: u64,
        through: u64,
        skip: u64,
        limit: u64,
    ) -> Result<Vec<u64>, Failure> {
        let between = doc! { "$gt": position(after), "$lte": position(through) };
        let find = self
            .messages()
            .find(doc! { "r": room.as_str(), "s": between })
            .sort(doc! { "s": -1 })
            .skip(skip)
            .limit(position(limit))
            .projection(doc! { "_id": 0, "s": 1 });
        let seq = |d: Document| to_u64(field(&d, "s")?);
        self.all(find, seq).await
    }

    /// Twice as long as what expires by itself they stay, since a change that has not heard of it may
    /// take a position meanwhile.
    async fn expire(&self, room: &RoomId, from: u64, through: u64) -> Result<u64, Failure> {
        let now = self.now();
        let these = doc! {
            "r": room.as_str(),
            "s": { "$gte": position(from), "$lte": position(through) },
            "o": self.alive(),
        };
        let gone = doc! { "$set": { "o": date(now), "x": date(now.after(2 * KEPT)) } };
        let update = self.messages().update_many(these, gone);
        Ok(self.within(update).await?.modified_count)
    }
}
