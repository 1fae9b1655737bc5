//! Removal of expired messages. A TTL index cannot do it, since the server does not know floors.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use chat_core::{RoomId, Timestamp};
use mongodb::bson::{Bson, Document, doc};
use tokio::task::JoinHandle;

use crate::MongoStore;
use crate::codec::{date, field, position, to_id};
use crate::error::Failure;
use crate::log::{JUMP, Reading};
use crate::schema::UNSWEPT_SECONDS;
use crate::store::{Inner, Name};

/// The number of messages removed at a time.
const PART: i64 = 1000;

/// A background task that sweeps until it is dropped.
#[derive(Debug)]
pub(crate) struct Sweeper(JoinHandle<()>);

impl Sweeper {
    pub(crate) fn start(inner: &Arc<Inner>, every: Duration) -> Self {
        let inner = Arc::downgrade(inner);
        Self(tokio::spawn(sweep_on(inner, every)))
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn sweep_on(inner: Weak<Inner>, every: Duration) {
    loop {
        // Random, so that nodes started together do not sweep together.
        tokio::time::sleep(every.mul_f64(0.5 + fastrand::f64())).await;
        let Some(inner) = inner.upgrade() else {
            return;
        };
        if let Err(e) = inner.sweep_in_turn(every).await {
            tracing::warn!(error = %e, "failed to remove expired messages");
        }
    }
}

impl MongoStore {
    /// Removes expired messages, as the store does periodically. Returns the number removed.
    ///
    /// A message is removed no sooner than 10 minutes after it was written. Reads skip it once it
    /// has expired.
    ///
    /// # Errors
    /// `Unavailable` if the database is unavailable.
    pub async fn sweep(&self) -> chat_core::Result<u64> {
        Ok(self.inner.sweep().await?)
    }
}

impl Inner {
    /// Sweeps unless another handle holds the lease.
    async fn sweep_in_turn(&self, every: Duration) -> Result<(), Failure> {
        let now = self.now();
        let due = doc! { "_id": "sweep", "until": { "$lte": date(now) } };
        let take = doc! { "$set": { "until": date(now.after(every.mul_f64(0.9))) } };
        let take = self
            .collection(Name::Meta)
            .update_one(due, take)
            .upsert(true);
        match self.within(take).await {
            Ok(_) => self.sweep().await.map(drop),
            Err(e) if e.taken().is_some() => Ok(()),
            Err(e) => Err(e),
        }
    }

    pub(crate) async fn sweep(&self) -> Result<u64, Failure> {
        let mut removed = 0;
        loop {
            let part = self.sweep_part().await?;
            removed += part;
            if part < PART.unsigned_abs() {
                break;
            }
        }
        let swept = doc! { "$max": { "swept": self.today() } };
        let schema = doc! { "_id": "schema" };
        self.within(self.collection(Name::Meta).update_one(schema, swept))
            .await?;
        Ok(removed)
    }

    async fn sweep_part(&self) -> Result<u64, Failure> {
        let due = || doc! { "$lte": self.today() };
        let find = self
            .messages()
            .find(doc! { "x": due() })
            .sort(doc! { "x": 1 })
            .limit(PART)
            .projection(doc! { "r": 1 });
        let mut rooms: HashMap<RoomId, Vec<Bson>> = HashMap::new();
        for document in self.all(find, Ok).await? {
            let room = to_id(field(&document, "r")?)?;
            let id = field(&document, "_id")?.clone();
            rooms.entry(room).or_default().push(id);
        }
        if rooms.is_empty() {
            return Ok(0);
        }
        // First, raise the floors of these rooms to their heads …
        for room in rooms.keys() {
            let slot = self.slot(room);
            slot.forget();
            if let Some(known) = self.read_head(room, &slot, Reading::Majority).await? {
                self.raise_floor(room, &slot, &known).await?;
            }
        }
        // … then let operations finish that have read the old floors …
        tokio::time::sleep(self.options.timeout).await;
        // … and then remove the messages, except those changed meanwhile: their `x` is later.
        let mut removed = 0;
        for (room, ids) in rooms {
            let gone = doc! { "r": room.as_str(), "_id": { "$in": ids }, "x": due() };
            removed += self
                .within(self.messages().delete_many(gone))
                .await?
                .deleted_count;
        }
        Ok(removed)
    }

    /// Advances all heads after a long time without a sweep.
    ///
    /// The TTL index may have removed messages by then, so a head may have gone back to its floor.
    /// The jump is larger than the distance it can have gone back.
    pub(crate) async fn bridge_unswept(&self) -> Result<(), Failure> {
        let meta = self.collection(Name::Meta);
        let schema = || doc! { "_id": "schema" };
        let Some(found) = self.within(meta.find_one(schema())).await? else {
            return Ok(());
        };
        let swept = crate::codec::to_date(field(&found, "swept")?)?;
        if !is_long_ago(swept, self.now()) {
            return Ok(());
        }
        tracing::warn!("no sweep for days: advancing the heads of all rooms");
        let jump = doc! { "$inc": { "f": position(JUMP) } };
        // Updates all logs, so it runs without a timeout.
        self.collection(Name::Logs)
            .update_many(Document::new(), jump)
            .await?;
        let done = doc! { "$max": { "swept": self.today() } };
        self.within(meta.update_one(schema(), done)).await?;
        Ok(())
    }
}

/// Returns `true` if the TTL index may have removed messages, with a day of tolerance for clocks.
fn is_long_ago(swept: Timestamp, now: Timestamp) -> bool {
    let most = Duration::from_secs((UNSWEPT_SECONDS - 24 * 3600).unsigned_abs());
    now.since(swept) > most
}
