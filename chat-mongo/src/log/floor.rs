use std::sync::Arc;

use chat_core::RoomId;
use mongodb::bson::{Document, doc};

use super::{Known, Slot};
use crate::codec::{date, position, uuid};
use crate::error::Failure;
use crate::store::{Inner, Name};

/// The distance from the head at which the floor is raised. A cold read of the head scans about
/// that many index entries.
const LAG: u64 = 1024;

/// The distance by which all heads advance if messages may have been removed above their floors. It
/// is larger than the distance of a floor from its head.
pub(crate) const JUMP: u64 = 1 << 20;

impl Inner {
    /// Raises the floor to the known head, and stores the time of the newest message.
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

    /// Raises the floor in the background if it lags behind after a write.
    pub(crate) fn follow(self: &Arc<Self>, room: &RoomId, slot: &Arc<Slot>) {
        let Some(known) = slot.known() else {
            return;
        };
        if known.head.saturating_sub(known.floor) < LAG {
            return;
        }
        // Prevents subsequent writes from starting another task.
        slot.raise(known.epoch, known.head);
        let (inner, room, slot) = (Arc::clone(self), room.clone(), Arc::clone(slot));
        tokio::spawn(async move {
            // On failure, the next attempt follows LAG positions later.
            if let Err(e) = inner.raise_floor(&room, &slot, &known).await {
                tracing::debug!(%room, error = %e, "failed to raise the floor of a log");
            }
        });
    }
}
