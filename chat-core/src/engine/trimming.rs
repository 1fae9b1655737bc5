//! Rooms that keep so many messages and no more.

use std::sync::Arc;

use super::Inner;
use super::room::Room;
use crate::model::Message;

/// What may be there beyond what is kept, as a part of it: a trim reads as many entries of an index as
/// are kept, so that each message costs so many.
const SLACK: u64 = 16;

impl Inner {
    /// Trims a room when what was stored now takes it a step further.
    pub(crate) async fn trim_behind(self: &Arc<Self>, room: &Arc<Room>, stored: &[Arc<Message>]) {
        let (Some(first), Some(last)) = (stored.first(), stored.last()) else {
            return;
        };
        // Where the settings cannot be read, the next step trims for this one as well.
        let Ok(info) = self.room_info(room).await else {
            return;
        };
        let Some(keep) = info.settings.retention_messages else {
            return;
        };
        let step = (keep / SLACK).max(1);
        if (first.seq - 1) / step < last.seq / step {
            self.trim(room, keep);
        }
    }

    /// Has all but the newest messages expire, behind the writes; one trim of a room at a time.
    pub(crate) fn trim(self: &Arc<Self>, room: &Arc<Room>, keep: u64) {
        let (engine, room) = (Arc::clone(self), Arc::clone(room));
        tokio::spawn(async move {
            let Ok(_alone) = room.trimming.try_lock() else {
                return;
            };
            match engine.log.trim(&room.id, keep).await {
                Ok(trimmed) => metrics::counter!("chat_messages_trimmed_total").increment(trimmed),
                Err(error) => tracing::warn!(room = %room.id, %error, "trim failed"),
            }
        });
    }
}
