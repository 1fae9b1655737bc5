use chat_core::Epoch;
use futures::{StreamExt, TryStreamExt};
use mongodb::bson::{Document, doc};
use uuid::Uuid;

use crate::MongoStore;
use crate::codec::{field, to_uuid, uuid};
use crate::error::Failure;
use crate::store::{Inner, Name};

/// The number of concurrent updates.
const AT_ONCE: usize = 32;

impl MongoStore {
    /// Gives every log a new epoch, so that clients reload their rooms. Returns the number of logs.
    ///
    /// Use it after restoring a backup: clients may have seen positions that the backup lacks and
    /// that other messages will take. Call it once, before the first node starts on the database.
    /// After an error, it can be repeated.
    ///
    /// # Errors
    /// `Unavailable` if the database is unavailable.
    pub async fn renew_epochs(&self) -> chat_core::Result<u64> {
        Ok(self.inner.renew_epochs().await?)
    }
}

impl Inner {
    async fn renew_epochs(&self) -> Result<u64, Failure> {
        let logs = self.collection(Name::Logs);
        // Lists all logs; only the first response has a timeout.
        let found = logs.find(Document::new()).projection(doc! { "e": 1 });
        let found = self.within(found).await?.map_err(Failure::from);
        found
            .map(|log| async move {
                let log = log?;
                let old = to_uuid(field(&log, "e")?)?;
                let this = doc! { "_id": field(&log, "_id")?.clone(), "e": uuid(&old) };
                let new = doc! { "$set": { "e": uuid(&renewed(&old)) } };
                Ok::<_, Failure>(
                    self.within(logs.update_one(this, new))
                        .await?
                        .modified_count,
                )
            })
            .buffer_unordered(AT_ONCE)
            .try_fold(0, |sum, n| async move { Ok(sum + n) })
            .await
    }
}

/// Returns a new epoch with the old lower half, which tags the messages of the log.
fn renewed(old: &Uuid) -> Uuid {
    let (high, _) = Epoch::random().as_uuid().as_u64_pair();
    let (_, low) = old.as_u64_pair();
    Uuid::from_u64_pair(high, low)
}
