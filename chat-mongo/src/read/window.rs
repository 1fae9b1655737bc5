use chat_core::model::Message;
use chat_core::{MessageId, RoomId};
use mongodb::bson::{Document, doc};

use crate::codec::{LAST, position, uuid};
use crate::error::Failure;
use crate::message::decode;
use crate::store::Inner;

/// The width of the first window per wanted message, since some positions belong to changes.
const FIRST: u64 = 2;
/// The factor by which each next window is wider.
const WIDER: u64 = 8;
/// The minimum width of a window.
const LEAST: u64 = 64;

/// The messages that a page is taken from: a room or one of its threads.
#[derive(Debug, Clone)]
pub(crate) struct View<'a> {
    room: &'a RoomId,
    thread: Option<MessageId>,
}

impl<'a> View<'a> {
    pub(crate) fn of(room: &'a RoomId, thread: Option<MessageId>) -> Self {
        Self { room, thread }
    }

    /// Returns a filter on indexed fields only. The reader skips expired messages, which are few.
    ///
    /// A condition on another field would be cheap for MongoDB, but not for every server with its
    /// protocol.
    fn filter(&self, range: Document) -> Document {
        let mut filter = doc! { "r": self.room.as_str() };
        if let Some(root) = &self.thread {
            filter.insert("h", uuid(root.as_uuid()));
        }
        filter.insert("s", range);
        filter
    }
}

/// A part of a window.
struct Part {
    /// The messages that have not expired.
    messages: Vec<Message>,
    /// The last `seq` read, if the window holds more.
    rest: Option<u64>,
}

fn first_width(limit: usize) -> u64 {
    (limit as u64).saturating_mul(FIRST).max(LEAST)
}

impl Inner {
    async fn window(
        &self,
        view: &View<'_>,
        range: Document,
        ascending: bool,
        limit: usize,
    ) -> Result<Part, Failure> {
        let find = self
            .messages()
            .find(view.filter(range))
            .sort(doc! { "s": if ascending { 1 } else { -1 } })
            .limit(crate::codec::count(limit))
            .batch_size(u32::try_from(limit).unwrap_or(u32::MAX).saturating_add(1))
            .max_time(self.options.timeout);
        let mut messages = self.all(find, |d| Ok(decode(d)?.message)).await?;
        let is_cut = messages.len() >= limit;
        let rest = messages.last().filter(|_| is_cut).map(|m| m.seq);
        let now = self.now();
        messages.retain(|m| m.expires_at.is_none_or(|at| at > now));
        Ok(Part { messages, rest })
    }

    /// Reads the newest messages below `seq`, newest first. `head` may be stale.
    pub(crate) async fn below(
        &self,
        view: &View<'_>,
        seq: u64,
        head: u64,
        limit: usize,
    ) -> Result<Vec<Message>, Failure> {
        let mut found = Vec::new();
        let mut width = first_width(limit);
        let mut top = seq;
        while found.len() < limit && top > 1 {
            // The few messages above a stale head do not widen the window noticeably.
            let low = top.min(head.saturating_add(1)).saturating_sub(width).max(1);
            let range = doc! { "$gte": position(low), "$lt": position(top).min(LAST) };
            let part = self.window(view, range, false, limit - found.len()).await?;
            found.extend(part.messages);
            top = part.rest.unwrap_or_else(|| {
                width = width.saturating_mul(WIDER);
                low
            });
        }
        Ok(found)
    }

    /// Reads the oldest messages from `seq` on. `head` may be stale.
    pub(crate) async fn from(
        &self,
        view: &View<'_>,
        seq: u64,
        head: u64,
        limit: usize,
    ) -> Result<Vec<Message>, Failure> {
        let mut found = Vec::new();
        let mut width = first_width(limit);
        let mut low = seq.max(1);
        loop {
            let top = low.saturating_add(width);
            let is_last = top > head;
            let end = if is_last { LAST } else { position(top) };
            let range = doc! { "$gte": position(low), "$lt": end };
            let part = self.window(view, range, true, limit - found.len()).await?;
            found.extend(part.messages);
            low = match part.rest {
                _ if found.len() >= limit => return Ok(found),
                Some(seq) => seq + 1,
                None if is_last => return Ok(found),
                None => {
                    width = width.saturating_mul(WIDER);
                    top
                }
            };
        }
    }
}
