use chat_core::Epoch;
use futures::{StreamExt, TryStreamExt};
use mongodb::bson::{Document, doc};
use uuid::Uuid;

use crate::MongoStore;
use crate::codec::{field, to_uuid, uuid};
use crate::error::Failure;
use crate::store::{Inner, Name};

/// How many logs are written to side by side.
const AT_ONCE: usize = 32;

impl MongoStore {
    /// Gives every log a new epoch, so that no position that a client knows means anything any longer,
    /// and it loads its rooms anew. Returns of how many logs.
    ///
    /// For a database that was restored from a backup: clients may have seen positions that it does not
    /// have, and that others will take. To be called once, before the first node starts on it; repeated
    /// after an error, it does what is left and all the rest again.
    ///
    /// # Errors
    /// `Unavailable` when the database is.
    pub async fn renew_epochs(&self) -> chat_core::Result<u64> {
        Ok(self.inner.renew_epochs().await?)
    }
}

impl Inner {
    async fn renew_epochs(&self) -> Result<u64, Failure> {
        let logs = self.collection(Name::Logs);
        // Of all logs; it takes what it takes.
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

/// Messages name their log by the lower half of its epoch, and stay as they are.
fn renewed(old: &Uuid) -> Uuid {
    let (high, _) = Epoch::random().as_uuid().as_u64_pair();
    let (_, low) = old.as_u64_pair();
    Uuid::from_u64_pair(high, low)
}
