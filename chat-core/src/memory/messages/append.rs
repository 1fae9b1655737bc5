use std::sync::Arc;

use super::log::Log;
use crate::model::{Appended, Message, NewMessage};
use crate::{ClientMessageId, RoomId, UserId};

impl Log {
    /// Appends a message, unless it is a duplicate.
    pub(super) fn append(&mut self, room: &RoomId, new: NewMessage) -> Appended {
        let client_key = new
            .draft
            .client_message_id
            .clone()
            .map(|id| (new.sender_id.clone(), id));
        let first = match &client_key {
            Some(key) => self.by_client_id.get(key),
            None => None,
        };
        // A known id is a retry by a caller that did not learn the outcome.
        let first = first.or_else(|| self.by_id.get(&new.id));
        if let Some(first) = first.and_then(|seq| self.by_seq.get(seq)) {
            return Appended {
                message: Arc::clone(first),
                duplicate: true,
            };
        }
        let created_at = self
            .last_activity
            .map_or(new.created_at, |last| last.max(new.created_at));
        let seq = self.head + 1;
        let message = Arc::new(new.at(room.clone(), seq, created_at));
        self.head = seq;
        self.last_activity = Some(created_at);
        self.by_id.insert(message.id, seq);
        if let Some(key) = client_key {
            self.by_client_id.insert(key, seq);
        }
        if let Some(at) = message.expires_at {
            self.expiring.insert((at, seq));
        }
        self.counts.add(&message);
        self.threads.add(&message);
        self.by_seq.insert(seq, Arc::clone(&message));
        self.by_rev.insert(seq, Arc::clone(&message));
        Appended {
            message,
            duplicate: false,
        }
    }

    pub(super) fn sent(&self, sender: &UserId, id: &ClientMessageId) -> Option<Arc<Message>> {
        let key = (Some(sender.clone()), id.clone());
        self.by_seq.get(self.by_client_id.get(&key)?).cloned()
    }
}
