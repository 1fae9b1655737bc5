use std::sync::Arc;

use chat_core::{Epoch, RoomId, Timestamp};
use mongodb::bson::{Bson, Document, doc};
use tokio::time::Instant;

use super::{Known, Slot};
use crate::codec::{LAST, Read, field, position, to_date, to_u64, to_uuid, uuid};
use crate::error::Failure;
use crate::store::{Inner, Name};

/// As whom to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// What a majority of the servers has, and so is never lost: for all that is told to others.
    Majority,
    /// What this server has now: for writes.
    Latest,
}

/// The small document of a log.
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

/// What the documents of a log are marked with, so that those of a deleted log can be told from
/// those of a later one.
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

    /// The highest position above `from` that is there, and the newest time of a message beyond it.
    /// Cheap, as few are above a floor or above what a handle knows.
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

    /// Reads the head of a log, if there is one.
    ///
    /// The floor and the messages above it are not read at one moment. That is sound, as
    /// [`sweep`](Self::sweep) removes messages only when whoever read a floor before it was raised
    /// has come to an end.
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
            // What is known is a floor of its own, so that both can be read at once.
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
                // What was known before is old, but still below the head.
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

    /// The same, creating the log where there is none.
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

    /// What is known of a log, read again when that is too old; for writes.
    pub(crate) async fn for_write(&self, room: &RoomId, slot: &Slot) -> Read<Known> {
        match slot.fresh() {
            Some(known) => Ok(known),
            None => self.read_or_create(room, slot, Reading::Latest).await,
        }
    }

    /// The same, for reads; a log that is not there stays so.
    pub(crate) async fn for_read(&self, room: &RoomId) -> Read<Option<Known>> {
        let slot = self.slot(room);
        match slot.fresh() {
            Some(known) => Ok(Some(known)),
            None => self.read_head(room, &slot, Reading::Majority).await,
        }
    }

    /// After a collision: what others have taken meanwhile.
    pub(crate) async fn look_again(&self, room: &RoomId, slot: &Slot) -> Read<()> {
        if let Some(known) = slot.fresh() {
            let (highest, newest) = self.top(Reading::Latest, room, known.taken).await?;
            if let Some(highest) = highest {
                slot.taken(known.epoch, highest, newest);
                return Ok(());
            }
        }
        // The position is taken by nothing that is above the head: it is another log by now.
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
        // What is left of a log that was deleted while somebody wrote to it. Only who created the
        // new one does this, and never to what belongs to it.
        let left = doc! { "r": room.as_str(), "g": { "$ne": tag(epoch) } };
        self.within(self.messages().delete_many(left)).await?;
        Ok(())
    }

    /// Removes a log, its messages and what is kept of its readers; with an epoch, only the log of that
    /// epoch.
    pub(crate) async fn delete_log(
        &self,
        room: &RoomId,
        epoch: Option<Epoch>,
    ) -> Result<(), Failure> {
        let slot = self.slot(room);
        if let Some(epoch) = epoch {
            // Read anew: the log that is remembered may have been replaced by another node.
            let log = self.log_document(room).await?;
            if log.is_none_or(|log| log.epoch != epoch) {
                return Ok(());
            }
        }
        // A log that is not there may have left messages, when its deletion broke off; creating one
        // removes them.
        let known = self.read_or_create(room, &slot, Reading::Latest).await?;
        if epoch.is_some_and(|epoch| epoch != known.epoch) {
            return Ok(());
        }
        let log = doc! { "_id": room.as_str(), "e": uuid(known.epoch.as_uuid()) };
        self.within(self.collection(Name::Logs).delete_one(log))
            .await?;
        slot.forget();
        // In parts, so that each takes its bounded time however long the log is.
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
