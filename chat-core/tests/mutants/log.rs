//! One room of the textbook store: a list of messages, searched from end to end.

use chat_core::model::{
    Anchor, HistoryPage, HistoryQuery, LogHead, Message, NewMessage, ReadMarker,
};
use chat_core::{Clock, Epoch, RoomId, SystemClock, Timestamp};

use crate::textbook::Bug;

#[derive(Debug, Clone)]
pub(crate) struct Log {
    pub(crate) epoch: Epoch,
    pub(crate) head: u64,
    pub(crate) last: Option<Timestamp>,
    /// By ascending `seq`; of a mutant perhaps not.
    pub(crate) messages: Vec<Message>,
    pub(crate) markers: Vec<ReadMarker>,
}

impl Log {
    pub(crate) fn new() -> Self {
        Self {
            epoch: Epoch::random(),
            head: 0,
            last: None,
            messages: Vec::new(),
            markers: Vec::new(),
        }
    }

    pub(crate) fn head(&self, room: &RoomId) -> LogHead {
        LogHead {
            room_id: room.clone(),
            epoch: self.epoch,
            head: self.head,
            last_activity: self.last,
        }
    }

    /// Removes what has expired.
    pub(crate) fn expire(&mut self, bug: Bug) {
        let now = SystemClock.now();
        let before = self.messages.len();
        let dead = |m: &Message| m.expires_at.is_some_and(|at| at <= now);
        self.messages.retain(|m| !dead(m));
        if bug == Bug::HeadFromNewest && self.messages.len() < before {
            self.head = self.messages.iter().map(|m| m.rev).max().unwrap_or(0);
        }
    }

    /// Stores a message at the next position.
    pub(crate) fn push(&mut self, room: &RoomId, new: NewMessage, bug: Bug) -> Message {
        let step = if bug == Bug::SkipsPositions && self.head % 10 == 9 {
            2
        } else {
            1
        };
        self.head += step;
        self.insert(room, new, self.head, bug)
    }

    pub(crate) fn insert(&mut self, room: &RoomId, new: NewMessage, seq: u64, bug: Bug) -> Message {
        let mut at = self
            .last
            .map_or(new.created_at, |last| last.max(new.created_at));
        if bug == Bug::TrustsClocks {
            at = new.created_at;
        }
        self.last = Some(at);
        let mut message = new.at(room.clone(), seq, at);
        if bug == Bug::DropsMetadata {
            message.metadata.clear();
        }
        if !(bug == Bug::LosesAcknowledged && seq.is_multiple_of(20)) {
            self.messages.push(message.clone());
            self.messages.sort_by_key(|m| m.seq);
        }
        message
    }

    pub(crate) fn page(&self, query: &HistoryQuery, bug: Bug) -> HistoryPage {
        let all = &self.messages;
        let time_of = |seq| all.iter().find(|m| m.seq == seq).map(|m| m.created_at);
        let below = |seq: u64| all.partition_point(|m| m.seq < seq);
        let older = |t: Timestamp| all.partition_point(|m| m.created_at < t);
        let limit = query.limit;
        let (from, to) = match query.anchor {
            Anchor::Newest => (all.len().saturating_sub(limit), all.len()),
            Anchor::Before(seq) => {
                let by_time = time_of(seq).filter(|_| bug == Bug::PagesByTime).map(older);
                let to = by_time.unwrap_or_else(|| below(seq));
                (to.saturating_sub(limit), to)
            }
            Anchor::After(seq) => (below(seq + 1), below(seq + 1) + limit),
            Anchor::BeforeTime(t) => (older(t).saturating_sub(limit), older(t)),
            Anchor::AfterTime(t) => (older(t), older(t) + limit),
            Anchor::Around(seq) => {
                let from = below(seq).saturating_sub(limit / 2);
                (from, from + limit)
            }
        };
        let to = to.min(all.len());
        let messages = all[from..to].to_vec();
        let full = messages.len() == limit || all.is_empty();
        HistoryPage {
            has_before: if bug == Bug::GuessesMore {
                full
            } else {
                from > 0 && !all.is_empty()
            },
            has_after: to < all.len(),
            messages,
        }
    }
}
