//! Retention by count: trims rooms to their newest messages.

use std::sync::Arc;

use super::{ActiveRoom, Rooms};
use crate::model::Message;

/// A room may exceed its limit by one part in this many. A trim reads an index entry per kept
/// message, so each new message costs this many reads.
const SLACK: u64 = 16;

impl Rooms {
    pub(crate) async fn trim_behind(&self, room: &Arc<ActiveRoom>, stored: &[Arc<Message>]) {
        let (Some(first), Some(last)) = (stored.first(), stored.last()) else {
            return;
        };
        // On failure, the next step trims these messages, too.
        let Ok(info) = self.info(room).await else {
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

    /// Expires all but the newest messages in the background, with one trim per room at a time.
    pub(crate) fn trim(&self, room: &Arc<ActiveRoom>, keep: u64) {
        let (log, room) = (Arc::clone(&self.log), Arc::clone(room));
        tokio::spawn(async move {
            let Ok(_alone) = room.trimming.try_lock() else {
                return;
            };
            match log.trim(&room.id, keep).await {
                Ok(trimmed) => metrics::counter!("chat_messages_trimmed_total").increment(trimmed),
                Err(error) => tracing::warn!(room = %room.id, %error, "trim failed"),
            }
        });
    }
}
