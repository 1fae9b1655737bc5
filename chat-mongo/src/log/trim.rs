use chat_core::RoomId;
use mongodb::bson::{Document, doc};

use crate::codec::{date, field, position, to_u64};
use crate::error::Failure;
use crate::options::KEPT;
use crate::store::{Inner, Name};

/// The number of messages that one update expires.
const PART: u64 = 1000;

impl Inner {
    /// Expires all but the newest `keep` messages. The sweep removes them and preserves the head.
    ///
    /// Finding the newest message to expire reads `keep` index entries and no messages. The log
    /// stores how far it was trimmed, so that messages waiting for removal are not read again.
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
        // The epoch excludes a new log after a concurrent deletion.
        let log = doc! { "_id": room.as_str(), "e": field(&log, "e")?.clone() };
        let up_to = doc! { "$max": { "k": position(newest) } };
        self.within(logs.update_one(log, up_to)).await?;
        Ok(trimmed)
    }

    /// Reads the `seq` of messages between two positions, newest first.
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

    /// Expires messages now and delays their removal by `2 * KEPT`: a change that has read the old
    /// expiry may still take a position.
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
