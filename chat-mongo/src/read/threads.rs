use std::collections::HashMap;

use chat_core::model::{Message, ThreadSummary};
use chat_core::{ClientMessageId, MessageId, RoomId, UserId};
use mongodb::bson::{Bson, doc};

use crate::codec::{count, field, to_date, to_u64, to_uuid, uuid};
use crate::error::Failure;
use crate::message::decode;
use crate::store::Inner;

impl Inner {
    pub(crate) async fn threads(
        &self,
        room: &RoomId,
        roots: &[MessageId],
    ) -> Result<Vec<Option<ThreadSummary>>, Failure> {
        let ids: Vec<Bson> = roots.iter().map(|r| uuid(r.as_uuid())).collect();
        let pipeline = [
            doc! { "$match": {
                "r": room.as_str(),
                "h": { "$in": ids },
                "n": 1,
                "o": self.alive(),
            } },
            // Documents compare by their first field, so this is the last reply.
            doc! { "$group": {
                "_id": "$h",
                "n": { "$sum": 1_i64 },
                "l": { "$max": { "s": "$s", "i": "$_id", "t": "$t" } },
            } },
        ];
        let aggregate = self.messages().aggregate(pipeline);
        let read = self.all(aggregate.max_time(self.options.timeout), |d| {
            let last = match field(&d, "l")? {
                Bson::Document(last) => last,
                _ => return Err(Failure::Malformed("expected a last reply")),
            };
            Ok((
                MessageId::from_uuid(to_uuid(field(&d, "_id")?)?),
                ThreadSummary {
                    reply_count: to_u64(field(&d, "n")?)?,
                    last_reply_id: MessageId::from_uuid(to_uuid(field(last, "i")?)?),
                    last_reply_seq: to_u64(field(last, "s")?)?,
                    last_reply_at: to_date(field(last, "t")?)?,
                },
            ))
        });
        let found: HashMap<_, _> = read.await?.into_iter().collect();
        Ok(roots.iter().map(|root| found.get(root).copied()).collect())
    }

    pub(crate) async fn pins(&self, room: &RoomId, limit: usize) -> Result<Vec<Message>, Failure> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let find = self
            .messages()
            .find(doc! { "r": room.as_str(), "pt": { "$exists": true }, "o": self.alive() })
            .sort(doc! { "pt": -1, "s": -1 })
            .limit(count(limit))
            .max_time(self.options.timeout);
        self.all(find, |d| Ok(decode(d)?.message)).await
    }

    pub(crate) async fn sent(
        &self,
        room: &RoomId,
        sender: &UserId,
        id: &ClientMessageId,
    ) -> Result<Option<Message>, Failure> {
        let newest = self.messages().find_one(doc! {
            "r": room.as_str(),
            "u": sender.as_str(),
            "c": id.as_str(),
            "s": { "$gt": 0_i64 },
            "o": self.alive(),
        });
        let newest = newest.sort(doc! { "l": -1 });
        let found = self.within(newest.max_time(self.options.timeout)).await?;
        found.map(|d| Ok(decode(d)?.message)).transpose()
    }

    pub(crate) async fn message(
        &self,
        room: &RoomId,
        id: &MessageId,
    ) -> Result<Option<Message>, Failure> {
        let find = self.messages().find_one(doc! {
            "r": room.as_str(),
            "_id": uuid(id.as_uuid()),
            "s": { "$gt": 0_i64 },
            "o": self.alive(),
        });
        let found = self.within(find.max_time(self.options.timeout)).await?;
        found.map(|d| Ok(decode(d)?.message)).transpose()
    }
}
