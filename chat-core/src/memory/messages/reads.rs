use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};

use super::log::Log;
use crate::model::{ReadMarker, Readers, ThreadRead, Unread};
use crate::random::HashMap;
use crate::{Error, ErrorKind, MessageId, Result, RoomId, Timestamp, UserId};

/// The read state of a room: markers, thread markers and hidden messages by user.
#[derive(Debug, Default)]
pub(super) struct Readership {
    markers: BTreeMap<UserId, (u64, Timestamp)>,
    threads: HashMap<UserId, HashMap<MessageId, u64>>,
    hidden: HashMap<UserId, BTreeSet<u64>>,
}

impl Log {
    pub(super) fn mark_read(
        &mut self,
        user: &UserId,
        seq: u64,
        now: Timestamp,
    ) -> (ReadMarker, bool) {
        let seq = seq.min(self.head);
        let marker = |seq, at| ReadMarker {
            user_id: user.clone(),
            seq,
            at,
        };
        let markers = &mut self.readership.markers;
        match markers.get_mut(user) {
            Some((old, at)) if seq <= *old => (marker(*old, *at), false),
            Some(old) => {
                *old = (seq, now);
                (marker(seq, now), true)
            }
            None if seq == 0 => (marker(0, now), false),
            None => {
                markers.insert(user.clone(), (seq, now));
                (marker(seq, now), true)
            }
        }
    }

    pub(super) fn read_marker(&self, user: &UserId) -> Option<ReadMarker> {
        let (seq, at) = self.readership.markers.get(user)?;
        Some(ReadMarker {
            user_id: user.clone(),
            seq: *seq,
            at: *at,
        })
    }

    pub(super) fn read_markers(&self, after: Option<&UserId>, limit: usize) -> Vec<ReadMarker> {
        let start = after.map_or(Unbounded, Excluded);
        let range = self
            .readership
            .markers
            .range::<UserId, _>((start, Unbounded));
        let markers = range.take(limit).map(|(user, (seq, at))| ReadMarker {
            user_id: user.clone(),
            seq: *seq,
            at: *at,
        });
        markers.collect()
    }

    pub(super) fn readers(&self, seq: u64, except: Option<&UserId>, limit: usize) -> Readers {
        let mut readers = Readers::default();
        for (user, (read, _)) in &self.readership.markers {
            if *read < seq || Some(user) == except {
                continue;
            }
            readers.count += 1;
            if readers.users.len() < limit {
                readers.users.push(user.clone());
            }
        }
        readers
    }

    pub(super) fn unread(&self, user: &UserId, room_id: RoomId, without: &[UserId]) -> Unread {
        let markers = &self.readership.markers;
        let read_seq = markers.get(user).map_or(0, |(seq, _)| *seq);
        let is_seen = |seq: u64| {
            let message = self.by_seq.get(&seq);
            let sender = message.and_then(|m| m.sender_id.as_ref());
            sender.is_none_or(|s| s != user && !without.contains(s))
        };
        let hidden = self.readership.hidden.get(user);
        let is_hidden = |seq: u64| hidden.is_some_and(|h| h.contains(&seq));
        let others = without.iter().filter(|u| *u != user);
        let unseen: usize = std::iter::once(user)
            .chain(others)
            .map(|u| self.counts.above_by(u, read_seq))
            .sum();
        let hidden = hidden.map_or(0, |hidden| {
            let above = hidden.range((Excluded(read_seq), Unbounded));
            above
                .filter(|s| self.counts.has(**s) && is_seen(**s))
                .count()
        });
        let mentions = self.counts.mentions_above(user, read_seq);
        let mentions = mentions.filter(|s| is_seen(*s) && !is_hidden(*s));
        Unread {
            room_id,
            read_seq,
            count: capped(self.counts.above(read_seq) - unseen - hidden),
            mentions: capped(mentions.take(MAX).count()),
        }
    }

    pub(super) fn mark_thread_read(
        &mut self,
        root: &MessageId,
        user: &UserId,
        seq: u64,
    ) -> (u64, bool) {
        let seq = seq.min(self.head);
        let threads = &mut self.readership.threads;
        let old = threads.get(user).and_then(|t| t.get(root)).copied();
        if seq <= old.unwrap_or_default() {
            return (old.unwrap_or_default(), false);
        }
        let threads = threads.entry(user.clone()).or_default();
        threads.insert(*root, seq);
        (seq, true)
    }

    pub(super) fn thread_read(&self, user: &UserId, root: &MessageId) -> ThreadRead {
        let threads = self.readership.threads.get(user);
        let read_seq = threads.and_then(|t| t.get(root)).copied();
        let read_seq = read_seq.unwrap_or_default();
        let hidden = self.readership.hidden.get(user);
        let thread = self.threads.get(root);
        let unread = thread.map_or(0, |thread| {
            let above = thread.counted.above(read_seq);
            let seen = above.filter(|seq| {
                let message = self.by_seq.get(seq);
                let own = message.is_some_and(|m| m.sender_id.as_ref() == Some(user));
                !own && !hidden.is_some_and(|h| h.contains(seq))
            });
            seen.take(MAX).count()
        });
        ThreadRead {
            read_seq,
            unread: capped(unread),
        }
    }

    pub(super) fn hide(&mut self, user: &UserId, message: &MessageId, max: usize) -> Result<bool> {
        let seq = *self
            .by_id
            .get(message)
            .ok_or_else(Error::message_not_found)?;
        let hidden = self.readership.hidden.entry(user.clone()).or_default();
        if hidden.contains(&seq) {
            return Ok(false);
        }
        hidden.retain(|seq| self.by_seq.contains_key(seq));
        if hidden.len() >= max {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!("a user may hide at most {max} messages in a room"),
            ));
        }
        Ok(hidden.insert(seq))
    }

    pub(super) fn hidden(&self, user: &UserId) -> Vec<u64> {
        let hidden = self.readership.hidden.get(user);
        hidden.map_or_else(Vec::new, |h| h.iter().copied().collect())
    }
}

#[allow(clippy::cast_possible_truncation, reason = "it is 1000")]
const MAX: usize = Unread::MAX as usize;

fn capped(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX).min(Unread::MAX)
}
