use chat_core::model::{Message, MessageKind, Readers, ThreadRead, ThreadSummary, Unread};
use chat_core::{Error, ErrorKind, MessageId, Result, RoomId, UserId};

use super::Bug;
use super::log::Log;

fn capped(count: usize, bug: Bug) -> u64 {
    let count = count as u64;
    if bug == Bug::CountsAll {
        count
    } else {
        count.min(Unread::MAX)
    }
}

/// Returns `true` if the message counts at all.
fn counts(message: &Message, bug: Bug) -> bool {
    (message.kind == MessageKind::User || bug == Bug::CountsSystem)
        && (message.deleted_at.is_none() || bug == Bug::CountsDeleted)
        && (!message.shadowed || bug == Bug::CountsShadowed)
}

fn mentions(message: &Message, user: &UserId, bug: Bug) -> usize {
    let named = message.mentions.iter().filter(|u| *u == user).count();
    if bug == Bug::CountsMentionsTwice {
        named
    } else {
        named.min(1)
    }
}

impl Log {
    fn hides(&self, message: &Message, user: &UserId, bug: Bug) -> bool {
        let hidden = |(by, seq): &(UserId, u64)| {
            (by == user || bug == Bug::HidesForAll) && *seq == message.seq
        };
        bug != Bug::CountsHidden && self.hidden.iter().any(hidden)
    }

    pub(super) fn unread(
        &self,
        user: &UserId,
        room: &RoomId,
        without: &[UserId],
        bug: Bug,
    ) -> Unread {
        let read_seq = self.marker(user).map_or(0, |m| m.seq);
        let own = |m: &Message| m.sender_id.as_ref() == Some(user);
        let seen = |m: &Message| {
            let left_out = m.sender_id.as_ref().is_some_and(|s| without.contains(s));
            m.seq > read_seq
                && counts(m, bug)
                && !self.hides(m, user, bug)
                && (!left_out || bug == Bug::CountsBlocked)
        };
        let news = self.messages.iter().filter(|m| seen(m));
        let count = news.filter(|m| !own(m) || bug == Bug::CountsOwn).count();
        let all = self.all(bug == Bug::CountsExpiredMentions);
        let naming = all.filter(|m| seen(m) && (!own(m) || bug == Bug::CountsOwnMentions));
        let named = naming.map(|m| mentions(m, user, bug)).sum();
        Unread {
            room_id: room.clone(),
            read_seq,
            count: capped(count, bug),
            mentions: capped(named, bug),
        }
    }

    /// The replies that count.
    fn replies(&self, root: &MessageId, bug: Bug) -> impl Iterator<Item = &Message> {
        self.all(bug == Bug::CountsExpiredReplies).filter(move |m| {
            let is_there = counts(m, bug)
                || (bug == Bug::CountsDeletedReplies && m.deleted_at.is_some())
                || (bug == Bug::CountsShadowedReplies && m.shadowed);
            m.thread_id == Some(*root) && is_there
        })
    }

    pub(super) fn thread(&self, root: &MessageId, bug: Bug) -> Option<ThreadSummary> {
        let mut last = self.replies(root, bug).last()?;
        if bug == Bug::KeepsLastReply {
            let mut all = self.messages.iter().filter(|m| m.thread_id == Some(*root));
            last = all.next_back().unwrap_or(last);
        }
        Some(ThreadSummary {
            reply_count: self.replies(root, bug).count() as u64,
            last_reply_id: last.id,
            last_reply_seq: last.seq,
            last_reply_at: last.created_at,
        })
    }

    pub(super) fn thread_read(&self, root: &MessageId, user: &UserId, bug: Bug) -> ThreadRead {
        let read_seq = self.thread_marker(root, user, bug);
        let unread = self.replies(root, bug).filter(|m| {
            let own = m.sender_id.as_ref() == Some(user);
            let hidden = self.hides(m, user, bug) && bug != Bug::CountsHiddenReplies;
            m.seq > read_seq && !hidden && (!own || bug == Bug::CountsOwnReplies)
        });
        ThreadRead {
            read_seq,
            unread: capped(unread.count(), bug),
        }
    }

    pub(super) fn readers(
        &self,
        seq: u64,
        except: Option<&UserId>,
        limit: usize,
        bug: Bug,
    ) -> Readers {
        let read = self.markers.iter().filter(|m| match bug {
            Bug::ReadersBefore => m.seq > seq,
            _ => m.seq >= seq,
        });
        let read = read.filter(|m| Some(&m.user_id) != except || bug == Bug::ReadersWithExcept);
        let all: Vec<_> = read.map(|m| m.user_id.clone()).collect();
        let users: Vec<_> = all.iter().take(limit).cloned().collect();
        let count = if bug == Bug::ReadersOfPage {
            users.len()
        } else {
            all.len()
        };
        Readers {
            count: count as u64,
            users,
        }
    }

    pub(super) fn hide(
        &mut self,
        user: &UserId,
        message: &MessageId,
        max: usize,
        bug: Bug,
    ) -> Result<bool> {
        let seq = self.messages.iter().find(|m| m.id == *message);
        let seq = match seq.map(|m| m.seq) {
            None if bug == Bug::HidesUnknown => return Ok(true),
            found => found.ok_or_else(Error::message_not_found)?,
        };
        let known = self.hidden.contains(&(user.clone(), seq));
        if known && bug != Bug::RefusesToHideTwice {
            return Ok(false);
        }
        let there = |seq: &u64| self.messages.iter().any(|m| m.seq == *seq);
        let others = self.hidden_from(user).into_iter().filter(there).count();
        if others >= max && bug != Bug::HidesWithoutLimit {
            return Err(Error::new(ErrorKind::Conflict, "too many hidden messages"));
        }
        if !known {
            self.hidden.push((user.clone(), seq));
        }
        Ok(!known)
    }

    pub(super) fn hidden_from(&self, user: &UserId) -> Vec<u64> {
        let hidden = self.hidden.iter().filter(|(by, _)| by == user);
        let mut hidden: Vec<_> = hidden.map(|(_, seq)| *seq).collect();
        hidden.sort_unstable();
        hidden
    }

    pub(super) fn pins(&self, limit: usize, bug: Bug) -> Vec<Message> {
        let all = self.all(bug == Bug::PinsExpired);
        let mut pins: Vec<_> = all.filter(|m| m.pinned_at.is_some()).cloned().collect();
        for pinned in &self.pinned {
            pins.retain(|m| m.id != pinned.id);
            pins.push(pinned.clone());
        }
        pins.sort_by_key(|m| std::cmp::Reverse((m.pinned_at, m.seq)));
        match bug {
            Bug::PinsOldestFirst => pins.reverse(),
            Bug::PinsByPosition => pins.sort_by_key(|m| std::cmp::Reverse(m.seq)),
            _ => {}
        }
        pins.truncate(limit);
        pins
    }
}
