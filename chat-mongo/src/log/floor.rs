use std::sync::Arc;

use chat_core::RoomId;
use mongodb::bson::{Document, doc};

use super::{Known, Slot};
use crate::codec::{date, position, uuid};
use crate::error::Failure;
use crate::store::{Inner, Name};

/// The floor is never further behind the head than this, or not by much: reading a head without
/// knowing anything looks at as many index entries.
const LAG: u64 = 1024;

/// By as much all heads jump when messages may have gone without the floor having been raised: more
/// than a floor can be behind.
pub(crate) const JUMP: u64 = 1 << 20;

impl Inner {
    /// Writes down that the head was here. With the time of the newest message, as that may be gone
    /// one day, too.
    pub(crate) async fn raise_floor(
        &self,
        room: &RoomId,
        slot: &Slot,
        known: &Known,
    ) -> Result<(), Failure> {
        let mut highest: Document = doc! { "f": position(known.head) };
        if let Some(newest) = known.newest {
            highest.insert("t", date(newest));
        }
        let log = doc! { "_id": room.as_str(), "e": uuid(known.epoch.as_uuid()) };
        let raise = self
            .collection(Name::Logs)
            .update_one(log, doc! { "$max": highest });
        self.within(raise).await?;
        slot.raise(known.epoch, known.head);
        Ok(())
    }

    /// Raises the floor behind a write, so that nobody waits for it.
    pub(crate) fn follow(self: &Arc<Self>, room: &RoomId, slot: &Arc<Slot>) {
        let Some(known) = slot.known() else {
            return;
        };
        if known.head.saturating_sub(known.floor) < LAG {
            return;
        }
        // So that the writes that follow now do not start another one.
        slot.raise(known.epoch, known.head);
        let (inner, room, slot) = (Arc::clone(self), room.clone(), Arc::clone(slot));
        tokio::spawn(async move {
            // The next one comes LAG positions later.
            if let Err(e) = inner.raise_floor(&room, &slot, &known).await {
                tracing::debug!(%room, error = %e, "the floor of a log was not raised");
            }
        });
    }
}
