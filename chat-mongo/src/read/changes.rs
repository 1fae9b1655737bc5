use chat_core::RoomId;
use chat_core::model::{Changes, Message};
use mongodb::bson::{Document, doc};

use crate::codec::{count, position};
use crate::error::Failure;
use crate::log::Reading;
use crate::message::decode;
use crate::store::Inner;

/// The minimum width of a window, and the factor by which each next one is wider.
const LEAST: u64 = 256;
const WIDER: u64 = 8;

impl Inner {
    /// Reads windows of positions, ascending, up to the head at the start. A message changed
    /// meanwhile moves beyond that head, and a later read returns it.
    ///
    /// Each window reads unchanged messages first and changed ones second. A message that changes
    /// in between is not missed: it moves beyond the head.
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
        let mut low = after;
        let mut width = (limit as u64).saturating_mul(2).max(LEAST);
        let now = self.now();
        while found.len() <= limit && low < known.head {
            let top = low.saturating_add(width).min(known.head);
            let range = || doc! { "$gt": position(low), "$lte": position(top) };
            let (sent, sent_to) = self
                .part(doc! { "r": room.as_str(), "s": range() }, "s", limit)
                .await?;
            let (changed, changed_to) = self
                .part(doc! { "r": room.as_str(), "v": range() }, "v", limit)
                .await?;
            let sent_to = sent_to.map_or(top, |m: (u64, u64)| m.0);
            let end = changed_to.map_or(sent_to, |(_, rev)| rev.min(sent_to));
            let sent = sent.into_iter().filter(|m| m.rev == m.seq);
            let mut part: Vec<Message> = sent.chain(changed).filter(|m| m.rev <= end).collect();
            part.sort_unstable_by_key(|m| m.rev);
            // Expired messages are filtered here, so that an index bounds the query.
            part.retain(|m| m.expires_at.is_none_or(|at| at > now));
            found.extend(part);
            low = end;
            width = width.saturating_mul(WIDER);
        }
        let is_cut = found.len() > limit;
        found.truncate(limit);
        Ok(Changes {
            through: match found.last() {
                Some(last) if is_cut => last.rev,
                _ => known.head,
            },
            messages: found,
            head: known.head,
            epoch: known.epoch,
        })
    }

    /// Reads the first messages of a window, ascending by a field. If the window holds more, also
    /// returns the `seq` and `rev` of the last one.
    async fn part(
        &self,
        filter: Document,
        by: &str,
        limit: usize,
    ) -> Result<(Vec<Message>, Option<(u64, u64)>), Failure> {
        let find = self
            .messages()
            .find(filter)
            .sort(doc! { by: 1 })
            .limit(count(limit + 1))
            .max_time(self.options.timeout);
        let messages = self.all(find, |d| Ok(decode(d)?.message)).await?;
        let is_cut = messages.len() > limit;
        let last = messages.last().filter(|_| is_cut);
        let last = last.map(|m| (m.seq, m.rev));
        Ok((messages, last))
    }
}
