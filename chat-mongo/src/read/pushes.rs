use std::time::Duration;

use chat_core::model::Message;
use chat_core::{MessageId, RoomId, Timestamp};
use mongodb::bson::{Bson, doc};
use mongodb::options::ReturnDocument;

use crate::codec::{count, date, field, uuid};
use crate::error::Failure;
use crate::message::decode;
use crate::store::Inner;

/// The maximum number of queries of a claim when other nodes claim the same messages.
const LOOKS: usize = 8;

impl Inner {
    /// Claims due messages of all rooms. Each claim matches the due time that was read, so only one
    /// of two callers succeeds.
    pub(crate) async fn claim_pushes(
        &self,
        now: Timestamp,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<Message>, Failure> {
        let mut claimed = Vec::new();
        for _ in 0..LOOKS {
            if claimed.len() >= limit {
                break;
            }
            let find = self
                .messages()
                .find(doc! { "q": { "$lte": date(now) } })
                .sort(doc! { "q": 1 })
                .limit(count(limit - claimed.len()))
                .projection(doc! { "r": 1, "q": 1 })
                .max_time(self.options.timeout);
            let due = self.all(find, Ok).await?;
            if due.is_empty() {
                break;
            }
            for d in due {
                let this = doc! {
                    "r": field(&d, "r")?.clone(),
                    "_id": field(&d, "_id")?.clone(),
                    "q": field(&d, "q")?.clone(),
                };
                let take = doc! { "$set": { "q": date(now.after(lease)) } };
                let take = self
                    .messages()
                    .find_one_and_update(this, take)
                    .return_document(ReturnDocument::After);
                let Some(taken) = self.within(take).await? else {
                    continue;
                };
                let message = decode(taken)?.message;
                let gone = message.deleted_at.is_some()
                    || message.expires_at.is_some_and(|at| at <= self.now());
                if gone {
                    self.pushed(&message.room_id, &[message.id]).await?;
                } else {
                    claimed.push(message);
                }
            }
        }
        Ok(claimed)
    }

    pub(crate) async fn pushed(
        &self,
        room: &RoomId,
        messages: &[MessageId],
    ) -> Result<(), Failure> {
        let ids: Vec<Bson> = messages.iter().map(|id| uuid(id.as_uuid())).collect();
        let these = doc! { "r": room.as_str(), "_id": { "$in": ids } };
        let done = doc! { "$unset": { "q": "" } };
        self.within(self.messages().update_many(these, done))
            .await?;
        Ok(())
    }
}
