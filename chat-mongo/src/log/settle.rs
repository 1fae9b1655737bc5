use std::collections::HashMap;
use std::time::Duration;

use chat_core::model::Message;
use chat_core::{MessageId, RoomId};
use mongodb::bson::{Bson, Document, doc};
use mongodb::error::ErrorKind as Driver;
use tokio::time::Instant;

use super::Known;
use super::head::tag;
use crate::codec::{date, uuid};
use crate::error::{Failure, is_duplicate};
use crate::message::decode;
use crate::options::KEPT;
use crate::store::Inner;

impl Inner {
    /// Determines which messages were stored by an insert with an unknown outcome.
    ///
    /// It inserts placeholders, which take no positions, with the ids of the messages. A message
    /// whose id is not free was stored. The others never will be, even if the insert is still in
    /// flight.
    pub(crate) async fn settle(
        &self,
        room: &RoomId,
        known: &Known,
        ids: &[MessageId],
    ) -> Result<HashMap<MessageId, Message>, Failure> {
        let until = self.now().after(KEPT);
        let placeholders: Vec<Document> = ids
            .iter()
            .map(|id| {
                // Negative, so it is outside of all reads and collides with no position.
                let below = -fastrand::i64(1..i64::MAX);
                doc! {
                    "_id": uuid(id.as_uuid()),
                    "r": room.as_str(),
                    "s": below,
                    "p": below,
                    "g": tag(known.epoch),
                    "x": date(until),
                }
            })
            .collect();
        let deadline = Instant::now() + self.options.settle;
        let mut pause = Duration::from_millis(20);
        loop {
            let tried = self.place(&placeholders).await;
            let tried = match tried {
                Ok(()) => self.placed(room, ids).await,
                Err(e) => Err(e),
            };
            match tried {
                Ok(found) => return Ok(found),
                Err(e) if Instant::now() >= deadline => return Err(e),
                Err(_) => {}
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    /// Inserts the placeholders whose ids are free.
    async fn place(&self, placeholders: &[Document]) -> Result<(), Failure> {
        let insert = self.messages().insert_many(placeholders).ordered(false);
        match self.within(insert).await {
            Ok(_) => Ok(()),
            Err(Failure::Driver(e)) => match e.kind.as_ref() {
                Driver::InsertMany(many)
                    if many.write_concern_error.is_none()
                        && many
                            .write_errors
                            .iter()
                            .flatten()
                            .all(|e| is_duplicate(e.code)) =>
                {
                    Ok(())
                }
                _ => Err(e.into()),
            },
            Err(e) => Err(e),
        }
    }

    /// Reads the messages with these ids, without placeholders.
    async fn placed(
        &self,
        room: &RoomId,
        ids: &[MessageId],
    ) -> Result<HashMap<MessageId, Message>, Failure> {
        let all: Vec<Bson> = ids.iter().map(|id| uuid(id.as_uuid())).collect();
        let filter = doc! { "r": room.as_str(), "_id": { "$in": all } };
        let documents = self.all(self.messages().find(filter), Ok).await?;
        if documents.len() < ids.len() {
            // Some are not on a majority yet.
            return Err(Failure::TimedOut(self.options.timeout));
        }
        let messages = documents
            .into_iter()
            .filter(|d| d.get_i64("s").is_ok_and(|s| s > 0));
        messages
            .map(|d| decode(d).map(|s| (s.message.id, s.message)))
            .collect()
    }
}
