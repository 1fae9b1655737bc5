use std::sync::Arc;
use std::time::Duration;

use chat_core::model::{Change, Changed, Message};
use chat_core::{Epoch, Error, MessageId, Result, RoomId, Timestamp};
use mongodb::bson::{Bson, Document, doc};
use tokio::time::Instant;

use super::Slot;
use super::append::jitter;
use super::head::tag;
use super::lifetime::{positions, removal};
use crate::codec::{date, position, uuid};
use crate::error::Failure;
use crate::message::{Stored, decode, encode};
use crate::store::Inner;

/// A change of a message.
struct Request<'a> {
    id: &'a MessageId,
    change: &'a Change,
    now: Timestamp,
    /// Recognizes an earlier attempt with an unknown outcome.
    mark: i64,
}

impl Inner {
    pub(crate) async fn change(
        self: &Arc<Self>,
        room: &RoomId,
        epoch: Epoch,
        id: &MessageId,
        change: &Change,
        now: Timestamp,
    ) -> Result<Changed> {
        let slot = self.slot(room);
        let deadline = Instant::now() + self.options.timeout;
        let turn = tokio::time::timeout_at(deadline, slot.turn.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(Error::unavailable(
                "too many concurrent writes to this room",
            ));
        };
        let request = Request {
            id,
            change,
            now,
            mark: fastrand::i64(..),
        };
        let mut collisions = 0;
        loop {
            let tried = self.try_change(room, epoch, &slot, &request).await;
            let again = match tried {
                Ok(Some(changed)) => {
                    self.follow(room, &slot);
                    return Ok(changed);
                }
                Ok(None) => {
                    jitter(collisions).await;
                    collisions += 1;
                    self.look_again(room, &slot).await.err()
                }
                Err(Attempt::Refused(e)) => return Err(e),
                Err(Attempt::Failed(e)) => Some(e),
            };
            if let Some(e) = again {
                if !e.is_unknown() || Instant::now() >= deadline {
                    return Err(e.into());
                }
                slot.forget();
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            if Instant::now() >= deadline {
                return Err(Error::unavailable(
                    "too many concurrent writes to this room",
                ));
            }
        }
    }

    /// Attempts the change once. Returns `None` after a collision with another write.
    async fn try_change(
        &self,
        room: &RoomId,
        epoch: Epoch,
        slot: &Slot,
        request: &Request<'_>,
    ) -> Result<Option<Changed>, Attempt> {
        let Request {
            id,
            change,
            now,
            mark,
        } = *request;
        let Some(known) = self.for_write(room, slot, epoch).await? else {
            return Err(Attempt::Refused(Error::log_replaced()));
        };
        let Some((stored, document)) = self.stored(room, epoch, id).await? else {
            return Err(Attempt::Refused(Error::message_not_found()));
        };
        let changed = |message: Message, changed| {
            Ok(Some(Changed {
                message: Arc::new(message),
                changed,
            }))
        };
        if stored.write == Some(mark) {
            return changed(stored.message, true);
        }
        if stored.message.rev > known.taken {
            return Ok(None);
        }
        let rev = known.taken + 1;
        let mut message = stored.message.clone();
        if !change
            .apply(&mut message, rev, now)
            .map_err(Attempt::Refused)?
        {
            return changed(message, false);
        }
        let update = self.update(&stored, &document, &message, mark)?;
        // Matches only if the message is unchanged. The index rejects a position already taken.
        let filter = doc! {
            "r": room.as_str(),
            "_id": uuid(id.as_uuid()),
            "v": match document.get("v") {
                Some(rev) => rev.clone(),
                None => Bson::Document(doc! { "$exists": false }),
            },
        };
        match self
            .within(self.messages().update_one(filter, update))
            .await
        {
            Ok(done) if done.matched_count == 1 => {
                slot.advance(known.epoch, rev, None);
                changed(message, true)
            }
            Ok(_) => Ok(None),
            Err(e) if e.taken().is_some() => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// Reads a message of a log that has not expired, with its document. The tag excludes those of a
    /// log that replaced it, while the cache still holds the old epoch.
    async fn stored(
        &self,
        room: &RoomId,
        epoch: Epoch,
        id: &MessageId,
    ) -> Result<Option<(Stored, Document)>, Failure> {
        let filter = doc! {
            "r": room.as_str(),
            "_id": uuid(id.as_uuid()),
            "s": { "$gt": 0_i64 },
            "g": tag(epoch),
            "o": self.alive(),
        };
        let Some(document) = self.within(self.latest.find_one(filter)).await? else {
            return Ok(None);
        };
        Ok(Some((decode(document.clone())?, document)))
    }

    /// Returns the update from the stored document to the changed message.
    fn update(
        &self,
        old: &Stored,
        document: &Document,
        message: &Message,
        write: i64,
    ) -> Result<Document, Attempt> {
        let now = self.now();
        let new = encode(message).map_err(Attempt::Refused)?;
        let (held, let_go) = positions(old, message.rev, now);
        let mut set = doc! {
            "p": held.into_iter().map(position).collect::<Vec<i64>>(),
            "w": write,
        };
        if let Some((at, last)) = let_go {
            set.insert("pg", date(at));
            set.insert("pl", position(last));
        }
        if let Some(at) = message.expires_at {
            set.insert("x", date(removal(at, now)));
        }
        let mut unset = Document::new();
        let before = encode(&old.message).map_err(Attempt::Refused)?;
        for key in before.keys() {
            if !new.contains_key(key) {
                unset.insert(key, Bson::String(String::new()));
            }
        }
        for (key, value) in new {
            if document.get(&key) != Some(&value) {
                set.insert(key, value);
            }
        }
        if message.deleted_at.is_some() {
            unset.insert("q", "");
        }
        let mut update = doc! { "$set": set };
        if !unset.is_empty() {
            update.insert("$unset", unset);
        }
        Ok(update)
    }
}

/// The error of an attempt.
enum Attempt {
    /// The change is invalid: the error goes to the caller.
    Refused(Error),
    Failed(Failure),
}

impl From<Failure> for Attempt {
    fn from(e: Failure) -> Self {
        Self::Failed(e)
    }
}
