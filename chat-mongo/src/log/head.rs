use std::sync::Arc;

use chat_core::{Epoch, RoomId, Timestamp};
use mongodb::bson::{Bson, Document, doc};
use tokio::time::Instant;

use super::{Known, Slot};
use crate::codec::{LAST, Read, field, position, to_date, to_u64, to_uuid, uuid};
use crate::error::Failure;
use crate::store::{Inner, Name};

/// The read concern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Reads durable data: for results.
    Majority,
    /// Reads the newest data on this server: for writes.
    Latest,
}

/// The document of a log.
#[derive(Debug, Clone, Copy)]
struct LogDocument {
    epoch: Epoch,
    floor: u64,
    newest: Option<Timestamp>,
}

impl LogDocument {
    fn decode(d: &Document) -> Read<Self> {
        Ok(Self {
            epoch: Epoch::from_uuid(to_uuid(field(d, "e")?)?),
            floor: to_u64(field(d, "f")?)?,
            newest: d.get("t").map(to_date).transpose()?,
        })
    }
}

/// Returns the tag on a log's messages, which distinguishes them from those of a deleted log.
pub(crate) fn tag(epoch: Epoch) -> i64 {
    let (_, low) = epoch.as_uuid().as_u64_pair();
    i64::from_ne_bytes(low.to_ne_bytes())
}

impl Inner {
    pub(crate) fn slot(&self, room: &RoomId) -> Arc<Slot> {
        self.logs.slot(room)
    }

    async fn log_document(&self, room: &RoomId) -> Read<Option<LogDocument>> {
        let find = self
            .collection(Name::Logs)
            .find_one(doc! { "_id": room.as_str() });
        let found = self.within(find).await?;
        found.as_ref().map(LogDocument::decode).transpose()
    }

    /// Reads the highest position above `from` and the newest creation time above it. It is cheap,
    /// since few positions are above a floor or a cached head.
    async fn top(
        &self,
        reading: Reading,
        room: &RoomId,
        from: u64,
    ) -> Read<(Option<u64>, Option<Timestamp>)> {
        let pipeline = [
            doc! { "$match": { "r": room.as_str(), "p": { "$gt": position(from), "$lte": LAST } } },
            doc! { "$group": {
                "_id": Bson::Null,
                "v": { "$max": { "$ifNull": ["$v", "$s"] } },
                "t": { "$max": "$t" },
            } },
        ];
        let messages = match reading {
            Reading::Majority => self.messages(),
            Reading::Latest => &self.latest,
        };
        let aggregate = messages.aggregate(pipeline).max_time(self.options.timeout);
        let found = self
            .all(aggregate, |d| {
                Ok((
                    d.get("v").map(to_u64).transpose()?,
                    d.get("t").map(to_date).transpose()?,
                ))
            })
            .await?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// Reads the head of a log. Returns `None` if the log does not exist.
    ///
    /// The floor and the messages above it are not read atomically. That is sound, since
    /// [`sweep`](Self::sweep) raises the floor and waits for such reads to finish before it removes
    /// messages.
    pub(crate) async fn read_head(
        &self,
        room: &RoomId,
        slot: &Slot,
        reading: Reading,
    ) -> Read<Option<Known>> {
        let read_at = Instant::now();
        let mut log = None;
        let mut below = None;
        if let Some(known) = slot.fresh() {
            // The cached head serves as a floor, so both reads can run concurrently.
            let from = match reading {
                Reading::Majority => known.head,
                Reading::Latest => known.taken,
            };
            let top = self.top(reading, room, from);
            let (read, top) = tokio::try_join!(self.log_document(room), top)?;
            below = read
                .filter(|log| log.epoch == known.epoch)
                .map(|_| (from, top));
            log = read;
        }
        if log.is_none() {
            log = self.log_document(room).await?;
        }
        let Some(log) = log else {
            slot.forget();
            return Ok(None);
        };
        let (from, (highest, newest)) = match below {
            Some(read) => read,
            None => {
                // A stale cached head is still a lower bound.
                let known = slot.known().filter(|known| known.epoch == log.epoch);
                let known = known.map_or(0, |known| match reading {
                    Reading::Majority => known.head,
                    Reading::Latest => known.taken,
                });
                let from = log.floor.max(known);
                (from, self.top(reading, room, from).await?)
            }
        };
        let taken = highest.unwrap_or_default().max(from).max(log.floor);
        Ok(Some(slot.learn(Known {
            epoch: log.epoch,
            head: match reading {
                Reading::Majority => taken,
                Reading::Latest => log.floor,
            },
            taken,
            newest: newest.max(log.newest),
            floor: log.floor,
            read_at,
        })))
    }

    /// Like [`read_head`](Self::read_head), but creates the log if it does not exist.
    pub(crate) async fn read_or_create(
        &self,
        room: &RoomId,
        slot: &Slot,
        reading: Reading,
    ) -> Read<Known> {
        loop {
            if let Some(known) = self.read_head(room, slot, reading).await? {
                return Ok(known);
            }
            self.create_log(room).await?;
        }
    }

    /// Returns the cached state of the log with this epoch for writes. Reads the log if the cache is
    /// stale or holds another epoch. Returns `None` if the room has no log or another one.
    pub(crate) async fn for_write(
        &self,
        room: &RoomId,
        slot: &Slot,
        epoch: Epoch,
    ) -> Read<Option<Known>> {
        if let Some(known) = slot.fresh()
            && known.epoch == epoch
        {
            return Ok(Some(known));
        }
        let known = self.read_head(room, slot, Reading::Latest).await?;
        Ok(known.filter(|known| known.epoch == epoch))
    }

    /// Returns the cached state of a log for reads. Reads it if stale.
    pub(crate) async fn for_read(&self, room: &RoomId) -> Read<Option<Known>> {
        let slot = self.slot(room);
        match slot.fresh() {
            Some(known) => Ok(Some(known)),
            None => self.read_head(room, &slot, Reading::Majority).await,
        }
    }

    /// Reads the positions that others have taken, after a collision.
    pub(crate) async fn look_again(&self, room: &RoomId, slot: &Slot) -> Read<()> {
        if let Some(known) = slot.fresh() {
            let (highest, newest) = self.top(Reading::Latest, room, known.taken).await?;
            if let Some(highest) = highest {
                slot.taken(known.epoch, highest, newest);
                return Ok(());
            }
        }
        // No position above the head is taken, so the log must have been replaced.
        slot.forget();
        self.read_head(room, slot, Reading::Latest).await.map(drop)
    }

    async fn create_log(&self, room: &RoomId) -> Read<()> {
        let epoch = Epoch::random();
        let log = doc! { "_id": room.as_str(), "e": uuid(epoch.as_uuid()), "f": 0_i64 };
        match self
            .within(self.collection(Name::Logs).insert_one(log))
            .await
        {
            Ok(_) => {}
            Err(e) if e.taken().is_some() => return Ok(()),
            Err(e) => return Err(e),
        }
        // Remove messages written to a previous log during its deletion. Only the creator of the
        // new log does this, and the tag protects the messages of the new log.
        let left = doc! { "r": room.as_str(), "g": { "$ne": tag(epoch) } };
        self.within(self.messages().delete_many(left)).await?;
        Ok(())
    }

    /// Deletes a log with its messages and read state. With an epoch, only if the log has it.
    pub(crate) async fn delete_log(
        &self,
        room: &RoomId,
        epoch: Option<Epoch>,
    ) -> Result<(), Failure> {
        let slot = self.slot(room);
        if let Some(epoch) = epoch {
            // Bypass the cache: another node may have replaced the log.
            let log = self.log_document(room).await?;
            if log.is_none_or(|log| log.epoch != epoch) {
                return Ok(());
            }
        }
        // An interrupted deletion may have left messages without a log. Creating one removes them.
        let known = self.read_or_create(room, &slot, Reading::Latest).await?;
        if epoch.is_some_and(|epoch| epoch != known.epoch) {
            return Ok(());
        }
        let log = doc! { "_id": room.as_str(), "e": uuid(known.epoch.as_uuid()) };
        self.within(self.collection(Name::Logs).delete_one(log))
            .await?;
        slot.forget();
        // In parts, so that each stays within the timeout.
        const PART: u64 = 20_000;
        let mut below = known.taken + 1;
        while below > 0 {
            let from = below.saturating_sub(PART);
            let part = doc! {
                "r": room.as_str(),
                "s": { "$gte": position(from), "$lt": position(below) },
                "g": tag(known.epoch),
            };
            self.within(self.messages().delete_many(part)).await?;
            below = from;
        }
        let rest = doc! { "r": room.as_str(), "g": tag(known.epoch) };
        self.within(self.messages().delete_many(rest)).await?;
        let readers = self.collection(Name::Readers);
        self.within(readers.delete_many(doc! { "r": room.as_str() }))
            .await?;
        Ok(())
    }
}
