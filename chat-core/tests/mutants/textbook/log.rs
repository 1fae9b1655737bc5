//! One room of the textbook store: a list of messages that every operation scans.

use std::collections::HashMap;

use chat_core::model::{
    Anchor, HistoryPage, HistoryQuery, LogHead, Message, NewMessage, ReadMarker,
};
use chat_core::{Clock, Epoch, MessageId, RoomId, SystemClock, Timestamp, UserId};

use super::Bug;

#[derive(Debug, Clone)]
pub(super) struct Log {
    pub(super) epoch: Epoch,
    pub(super) head: u64,
    pub(super) last: Option<Timestamp>,
    /// In ascending `seq` order, except in some mutants.
    pub(super) messages: Vec<Message>,
    pub(super) markers: Vec<ReadMarker>,
    pub(super) thread_markers: Vec<(MessageId, UserId, u64)>,
    pub(super) hidden: Vec<(UserId, u64)>,
    /// State that some mutants keep for too long: expired messages, pinned messages, and the first
    /// text of each message.
    expired: Vec<Message>,
    pub(super) pinned: Vec<Message>,
    pub(super) first_texts: HashMap<MessageId, String>,
}

impl Log {
    pub(super) fn new() -> Self {
        Self {
            epoch: Epoch::random(),
            head: 0,
            last: None,
            messages: Vec::new(),
            markers: Vec::new(),
            thread_markers: Vec::new(),
            hidden: Vec::new(),
            expired: Vec::new(),
            pinned: Vec::new(),
            first_texts: HashMap::new(),
        }
    }

    pub(super) fn head(&self, room: &RoomId) -> LogHead {
        LogHead {
            room_id: room.clone(),
            epoch: self.epoch,
            head: self.head,
            last_activity: self.last,
        }
    }

    pub(super) fn expire(&mut self, bug: Bug) {
        let now = SystemClock.now();
        let before = self.messages.len();
        let dead = |m: &Message| m.expires_at.is_some_and(|at| at <= now);
        self.expired
            .extend(self.messages.iter().filter(|m| dead(m)).cloned());
        self.messages.retain(|m| !dead(m));
        if bug == Bug::HeadFromNewest && self.messages.len() < before {
            self.head = self.messages.iter().map(|m| m.rev).max().unwrap_or(0);
        }
    }

    /// Removes all but the newest messages.
    pub(super) fn trim(&mut self, keep: u64, bug: Bug) -> u64 {
        let keep = usize::try_from(keep).unwrap_or(usize::MAX);
        let surplus = match bug {
            Bug::TrimsByPosition => {
                let oldest = self.head.saturating_sub(keep as u64);
                self.messages.iter().filter(|m| m.seq <= oldest).count()
            }
            _ => self.messages.len().saturating_sub(keep),
        };
        let gone = match bug {
            Bug::TrimsNewest => self.messages.split_off(self.messages.len() - surplus),
            _ => self.messages.drain(..surplus).collect(),
        };
        if bug == Bug::HeadFromTrim {
            self.head = self.messages.iter().map(|m| m.rev).max().unwrap_or(0);
        }
        let trimmed = gone.len() as u64;
        self.expired.extend(gone);
        trimmed
    }

    /// The messages, including expired ones for some mutants.
    pub(super) fn all(&self, with_expired: bool) -> impl Iterator<Item = &Message> {
        let expired = self.expired.iter().filter(move |_| with_expired);
        self.messages.iter().chain(expired)
    }

    pub(super) fn push(&mut self, room: &RoomId, new: NewMessage, bug: Bug) -> Message {
        let step = if bug == Bug::SkipsPositions && self.head % 10 == 9 {
            2
        } else {
            1
        };
        self.head += step;
        self.insert(room, new, self.head, bug)
    }

    pub(super) fn insert(&mut self, room: &RoomId, new: NewMessage, seq: u64, bug: Bug) -> Message {
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
        if bug == Bug::DropsShadowed {
            message.shadowed = false;
        }
        self.first_texts.insert(message.id, message.text.clone());
        if !(bug == Bug::LosesAcknowledged && seq.is_multiple_of(20)) {
            self.messages.push(message.clone());
            self.messages.sort_by_key(|m| m.seq);
        }
        message
    }

    pub(super) fn page(&self, query: &HistoryQuery, bug: Bug) -> HistoryPage {
        let in_view = |m: &&Message| match query.thread {
            Some(_) if bug == Bug::IgnoresThreads => true,
            Some(root) => {
                let left_out = bug == Bug::ThreadsWithoutTombstones && m.deleted_at.is_some();
                m.thread_id == Some(root) && !left_out
            }
            None => true,
        };
        let view: Vec<Message> = self.messages.iter().filter(in_view).cloned().collect();
        let is_thread = query.thread.is_some();
        match bug {
            Bug::FiltersPages => {
                let mut page = page_of(&self.messages, query, bug);
                page.messages.retain(|m| in_view(&m));
                page
            }
            Bug::FlagsOfRoom if is_thread => HistoryPage {
                messages: page_of(&view, query, bug).messages,
                ..page_of(&self.messages, query, bug)
            },
            _ => page_of(&view, query, bug),
        }
    }
}

fn page_of(all: &[Message], query: &HistoryQuery, bug: Bug) -> HistoryPage {
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
