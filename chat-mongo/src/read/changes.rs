use std::collections::HashMap;

use chat_core::model::{Changes, Message};
use chat_core::{MessageId, RoomId};
use mongodb::bson::doc;

use crate::codec::{count, position};
use crate::error::Failure;
use crate::log::Reading;
use crate::message::decode;
use crate::store::Inner;

/// As for the windows of the history; changes lie closer.
const LEAST: u64 = 256;
const WIDER: u64 = 8;

impl Inner {
    /// Windows of positions, ascending, up to the head that was read first; the last one is open
    /// towards what came meanwhile. A message that is changed while this goes on moves on to a
    /// position that is read later, or not at all in this answer, but then that is not complete up
    /// to there either.
    pub(crate) async fn changes(
        &self,
        room: &RoomId,
        after: u64,
        limit: usize,
    ) -> Result<Changes, Failure> {
        let slot = self.slot(room);
        let known = self.read_or_create(room, &slot, Reading::Majority).await?;
        let limit = limit.max(1);
        let mut found: Vec<Message> = Vec::new();
        let mut at: HashMap<MessageId, usize> = HashMap::new();
        let mut low = after;
        let mut width = (limit as u64).saturating_mul(2).max(LEAST);
        while found.len() <= limit && low < known.head {
            let top = low.saturating_add(width);
            let mut range = doc! { "$gt": position(low) };
            if top < known.head {
                range.insert("$lte", position(top));
            }
            let find = self
                .messages()
                .find(doc! { "r": room.as_str(), "v": range, "o": self.alive() })
                .sort(doc! { "v": 1 })
                .limit(count(limit + 1))
                .max_time(self.options.timeout);
            for message in self.all(find, |d| Ok(decode(d)?.message)).await? {
                match at.insert(message.id, found.len()) {
                    // Read before, and changed meanwhile.
                    Some(before) => found[before].rev = 0,
                    None => {}
                }
                found.push(message);
            }
            found.retain(|m| m.rev > 0);
            at = found.iter().enumerate().map(|(n, m)| (m.id, n)).collect();
            low = top;
            width = width.saturating_mul(WIDER);
        }
        let is_cut = found.len() > limit;
        found.truncate(limit);
        let last = found.last().map_or(0, |m| m.rev);
        let head = known.head.max(last);
        Ok(Changes {
            messages: found,
            through: if is_cut { last } else { head },
            head,
            epoch: known.epoch,
        })
    }
}
