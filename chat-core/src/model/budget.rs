use std::io;
use std::ops::Range;

use serde::Serialize;

use super::{Attachment, AuditEntry, Ban, Member, Message, ReadMarker, Report};
use crate::UserId;

/// An entry of a page with a byte budget.
pub(crate) trait JsonBound: Serialize {
    /// Returns an upper bound of the entry's size as JSON, without encoding it.
    fn json_bound(&self) -> usize;
}

/// Returns the number of leading entries that fit into `max_bytes` as JSON, including commas. The
/// first entry always fits, so that paging makes progress.
///
/// Sums up cheap bounds, and encodes the entries only if the bounds exceed the budget.
pub(crate) fn fitting<'a, T>(
    entries: impl IntoIterator<Item = &'a T, IntoIter: Clone>,
    max_bytes: usize,
) -> usize
where
    T: JsonBound + 'a,
{
    let entries = entries.into_iter();
    let bound = entries.clone().map(|e| e.json_bound() + 1);
    if bound.fold(0, usize::saturating_add) <= max_bytes {
        return entries.count();
    }
    let mut left = Some(max_bytes);
    let fit = entries.take_while(|entry| {
        left = left.and_then(|left| left.checked_sub(json_bytes(*entry).saturating_add(1)));
        left.is_some()
    });
    fit.count().max(1)
}

/// Returns the range of entries around `middle` that fit into `max_bytes` as JSON. It always
/// contains `middle`, and grows alternately to both sides, starting with the older one.
pub(crate) fn fitting_around<T: JsonBound>(
    entries: &[T],
    middle: usize,
    max_bytes: usize,
) -> Range<usize> {
    let by_turns = outward(entries.len(), middle);
    let count = fitting(by_turns.clone().map(|i| &entries[i]), max_bytes);
    by_turns.take(count).fold(middle..middle, |range, i| {
        range.start.min(i)..range.end.max(i + 1)
    })
}

/// Yields the indices below `len` by distance from `middle`, the lower one first.
fn outward(len: usize, middle: usize) -> impl Iterator<Item = usize> + Clone {
    let before = move |distance| middle.checked_sub(distance);
    let after = move |distance| Some(middle + distance).filter(|i| *i < len);
    (0..len).flat_map(move |distance| {
        match distance {
            0 => [after(0), None],
            _ => [before(distance), after(distance)],
        }
        .into_iter()
        .flatten()
    })
}

/// Returns the size of a value as JSON, or `usize::MAX` if it cannot be encoded.
pub(crate) fn json_bytes(value: &impl Serialize) -> usize {
    struct Counter(usize);
    impl io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    match serde_json::to_writer(&mut counter, value) {
        Ok(()) => counter.0,
        Err(_) => usize::MAX,
    }
}

/// Returns an upper bound of a string's size as JSON. A control character of one byte takes six
/// (`\u0000`).
pub(crate) const fn str_bound(string: &str) -> usize {
    6 * string.len() + 2
}

/// An upper bound of the names, punctuation and fixed-size fields of a [`Message`].
const MESSAGE_FIXED: usize = 1_024;

impl JsonBound for Message {
    fn json_bound(&self) -> usize {
        // No `..`, so that a new field fails to compile here.
        let Self {
            room_id,
            sender_id,
            client_message_id,
            text,
            edited_by,
            deleted_by,
            mentions,
            attachments,
            reactions,
            pinned_by,
            metadata,
            system,
            id: _,
            kind: _,
            seq: _,
            rev: _,
            created_at: _,
            edited_at: _,
            deleted_at: _,
            reply_to: _,
            thread_id: _,
            pinned_at: _,
            expires_at: _,
            thread: _,
            shadowed: _,
        } = self;
        let users = [sender_id, edited_by, deleted_by, pinned_by];
        let users = users.into_iter().flatten().chain(mentions);
        let users: usize = users.map(|u| str_bound(u.as_str()) + 1).sum();
        let attachments: usize = attachments.iter().map(attachment_bound).sum();
        let reactions = reactions.iter().map(|(emoji, users)| {
            let users = users.iter().map(|u| str_bound(u.as_str()) + 1);
            str_bound(emoji) + users.sum::<usize>() + 4
        });
        let client_message_id = client_message_id
            .as_ref()
            .map_or(0, |id| str_bound(id.as_str()));
        let metadata = if metadata.is_empty() {
            0
        } else {
            json_bytes(metadata)
        };
        let system = system.as_ref().map_or(0, json_bytes);
        MESSAGE_FIXED
            + str_bound(room_id.as_str())
            + client_message_id
            + str_bound(text)
            + users
            + attachments
            + reactions.sum::<usize>()
            + metadata
            + system
    }
}

fn attachment_bound(attachment: &Attachment) -> usize {
    let Attachment {
        url,
        mime_type,
        name,
        size: _,
    } = attachment;
    let name = name.as_deref().map_or(0, str_bound);
    // 80 bytes cover the field names, the size and the punctuation.
    80 + str_bound(url) + str_bound(mime_type) + name
}

/// An upper bound of the names, punctuation and fixed-size fields of the entries below.
const ENTRY_FIXED: usize = 512;

fn user_bound<'a>(user: impl Into<Option<&'a UserId>>) -> usize {
    user.into().map_or(0, |user| str_bound(user.as_str()))
}

impl JsonBound for Member {
    fn json_bound(&self) -> usize {
        ENTRY_FIXED + user_bound(&self.user_id)
    }
}

impl JsonBound for Ban {
    fn json_bound(&self) -> usize {
        let reason = self.reason.as_deref().map_or(0, str_bound);
        ENTRY_FIXED + user_bound(&self.user_id) + user_bound(self.by.as_ref()) + reason
    }
}

impl JsonBound for UserId {
    fn json_bound(&self) -> usize {
        user_bound(self)
    }
}

impl JsonBound for ReadMarker {
    fn json_bound(&self) -> usize {
        ENTRY_FIXED + user_bound(&self.user_id)
    }
}

impl JsonBound for Report {
    fn json_bound(&self) -> usize {
        ENTRY_FIXED
            + str_bound(self.room_id.as_str())
            + user_bound(self.sender_id.as_ref())
            + user_bound(&self.reporter_id)
            + user_bound(self.resolved_by.as_ref())
            + str_bound(&self.text)
            + str_bound(&self.reason)
    }
}

impl JsonBound for AuditEntry {
    fn json_bound(&self) -> usize {
        ENTRY_FIXED
            + str_bound(self.room_id.as_str())
            + user_bound(self.actor_id.as_ref())
            + user_bound(self.user_id.as_ref())
            + self.detail.as_deref().map_or(0, str_bound)
    }
}

#[cfg(test)]
mod tests;
