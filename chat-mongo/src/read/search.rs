use std::collections::HashSet;
use std::time::Duration;

use chat_core::model::{Message, SearchPage, SearchPosition, SearchQuery};
use chat_core::{MessageId, RoomId};
use futures::stream::{self, StreamExt, TryStreamExt};
use mongodb::bson::{Bson, Document, doc};
use uuid::Uuid;

use super::window::View;
use crate::codec::{LAST, count, date, position};
use crate::error::Failure;
use crate::message::decode;
use crate::store::Inner;

/// The number of positions that one search examines, in equal shares for all its rooms.
const SEARCHED: u64 = 50_000;
/// The width of a window.
const AT_ONCE: u64 = 5_000;
/// The number of rooms searched concurrently.
const ROOMS_AT_ONCE: usize = 8;
/// The maximum number of words. Each is compared with every message examined.
const MAX_WORDS: usize = 16;

/// The matches in one room.
#[derive(Debug, Default)]
struct Found {
    messages: Vec<Message>,
    /// Messages older than this were not examined.
    cut: Option<SearchPosition>,
}

const fn position_of(message: &Message) -> SearchPosition {
    SearchPosition {
        at: message.created_at,
        id: message.id,
    }
}

impl Inner {
    pub(crate) async fn search(&self, query: &SearchQuery) -> Result<SearchPage, Failure> {
        let mut named = HashSet::new();
        let rooms = query.rooms.iter().filter(|room| named.insert(*room));
        let rooms: Vec<&RoomId> = rooms.collect();
        let each = (SEARCHED / (rooms.len() as u64).max(1)).max(1);
        let what = &matching(query, self.options.text_index);
        let parts: Vec<_> = rooms
            .into_iter()
            .map(|room| self.search_room(room, query, what, each))
            .collect();
        let parts: Vec<Found> = stream::iter(parts)
            .buffered(ROOMS_AT_ONCE)
            .try_collect()
            .await?;
        let mut found = Vec::new();
        let mut cut: Option<SearchPosition> = None;
        for part in parts {
            cut = cut.max(part.cut);
            found.extend(part.messages);
        }
        found.sort_unstable_by_key(|m| std::cmp::Reverse(position_of(m)));
        // Matches beyond a cut may be preceded by messages not examined.
        found.retain(|m| cut.is_none_or(|cut| position_of(m) >= cut));
        let more = found.len() > query.limit;
        found.truncate(query.limit);
        let next = if more {
            found.last().map(position_of)
        } else {
            cut
        };
        Ok(SearchPage {
            messages: found,
            next,
        })
    }

    async fn search_room(
        &self,
        room: &RoomId,
        query: &SearchQuery,
        what: &Document,
        most: u64,
    ) -> Result<Found, Failure> {
        let mut found = Found::default();
        let Some(known) = self.for_read(room).await? else {
            return Ok(found);
        };
        let mut below = None;
        if let Some(until) = query.until {
            below = Some(self.first_since(room, until, known.head).await?);
        }
        if let Some(after) = query.after {
            let next = after.at.after(Duration::from_millis(1));
            let after = self.first_since(room, next, known.head).await?;
            below = Some(below.map_or(after, |below: u64| below.min(after)));
        }
        let since = match query.since {
            Some(since) => self.first_since(room, since, known.head).await?,
            None => 1,
        };
        // A text index does not examine messages that do not match.
        let by_index = what.contains_key("$text");
        let mut looked = 0;
        let mut top = below.unwrap_or(u64::MAX);
        loop {
            let width = if by_index {
                u64::MAX
            } else {
                AT_ONCE.min(most)
            };
            let low = top
                .min(known.head.saturating_add(1))
                .saturating_sub(width)
                .max(since);
            let range = doc! { "$gte": position(low), "$lt": position(top).min(LAST) };
            // One more than wanted, to know if there are more.
            let limit = query.limit.saturating_add(1);
            let messages = self.matches(room, range, what, query, limit).await?;
            let is_full = messages.len() >= limit;
            let last = messages.last().map(|m| (m.seq, m.created_at));
            found.messages.extend(messages);
            if let Some((seq, at)) = last.filter(|_| is_full) {
                // Messages of one millisecond are read together, since results are ordered by id.
                let first = self.first_since(room, at, known.head).await?.max(since);
                let range = doc! { "$gte": position(first), "$lt": position(seq) };
                let mut same = what.clone();
                same.insert("t", date(at));
                let rest = self.matches(room, range, &same, query, usize::MAX).await?;
                found.messages.extend(rest);
            }
            if found.messages.len() > query.limit || low <= since {
                break;
            }
            looked += top.min(known.head.saturating_add(1)) - low;
            top = low;
            if looked >= most {
                found.cut = self.cut_below(room, top, known.head).await?;
                // A page without progress exceeds the share of the room.
                let goes_on = |cut: SearchPosition| query.after.is_none_or(|after| cut < after);
                if found.cut.is_none_or(goes_on) {
                    break;
                }
                found.cut = None;
            }
        }
        Ok(found)
    }

    /// Reads matches in a range, newest first.
    async fn matches(
        &self,
        room: &RoomId,
        range: Document,
        what: &Document,
        query: &SearchQuery,
        limit: usize,
    ) -> Result<Vec<Message>, Failure> {
        let mut filter = doc! { "r": room.as_str(), "s": range, "o": self.alive() };
        filter.extend(what.clone());
        let mut find = self.messages().find(filter).sort(doc! { "s": -1 });
        // Messages of the position's millisecond may precede it in the results. They are filtered
        // out below, so a limit must not count them.
        if limit < usize::MAX && query.after.is_none() {
            find = find.limit(count(limit));
        }
        let find = find.max_time(self.options.timeout);
        let all = self.all(find, |d| Ok(decode(d)?.message)).await?;
        let wanted = all
            .into_iter()
            .filter(|m| query.after.is_none_or(|after| position_of(m) < after));
        Ok(wanted.take(limit).collect())
    }

    /// Returns the position in the results that precedes all messages below `seq`.
    async fn cut_below(
        &self,
        room: &RoomId,
        seq: u64,
        head: u64,
    ) -> Result<Option<SearchPosition>, Failure> {
        let view = View::of(room, None);
        let next = self.below(&view, seq, head, 1).await?;
        Ok(next.first().map(|m| SearchPosition {
            at: m.created_at.after(Duration::from_millis(1)),
            id: MessageId::from_uuid(Uuid::nil()),
        }))
    }
}

/// Returns the conditions on a message's fields. The server compares words case-insensitively.
fn matching(query: &SearchQuery, text_index: bool) -> Document {
    // No tombstones and no system messages.
    let mut what = doc! { "dt": { "$exists": false }, "k": { "$exists": false } };
    if let Some(sender) = &query.sender {
        what.insert("u", sender.as_str());
    }
    let text = query.text.as_deref().unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().take(MAX_WORDS).collect();
    if words.is_empty() {
        return what;
    }
    // The index covers words of letters and digits. All other words are compared.
    let terms: Vec<String> = words
        .iter()
        .filter(|w| w.chars().all(char::is_alphanumeric))
        .map(|w| format!("\"{w}\""))
        .collect();
    if text_index && terms.len() == words.len() {
        // Quoted, since otherwise a single matching word is enough.
        what.insert("$text", doc! { "$search": terms.join(" ") });
        return what;
    }
    let each = words
        .into_iter()
        .map(|word| Bson::Document(doc! { "b": { "$regex": literal(word), "$options": "i" } }));
    what.insert("$and", each.collect::<Vec<_>>());
    what
}

/// Returns a pattern that matches a word literally.
fn literal(word: &str) -> String {
    let mut pattern = String::with_capacity(word.len() + 8);
    for c in word.chars() {
        match c {
            // A pattern must not contain NUL. The wildcard may match more.
            '\0' => pattern.push('.'),
            '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => {
                pattern.push('\\');
                pattern.push(c);
            }
            c => pattern.push(c),
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn query(text: &str) -> SearchQuery {
        SearchQuery {
            text: Some(text.to_owned()),
            ..SearchQuery::new(Vec::new(), 10)
        }
    }

    #[test]
    fn words_are_no_patterns() {
        assert_eq!(literal("a.b*(c)\0$"), "a\\.b\\*\\(c\\).\\$");
        assert_eq!(literal("Ünï-<b>"), "Ünï-<b>");
        let what = matching(&query("$where .*"), false);
        let words = what.get_array("$and").unwrap();
        assert_eq!(words.len(), 2);
        assert!(!what.contains_key("$text"));
    }

    #[test]
    fn an_index_is_asked_for_whole_words() {
        let what = matching(&query("lunch today"), true);
        let text = what.get_document("$text").unwrap();
        assert_eq!(text.get_str("$search").unwrap(), "\"lunch\" \"today\"");
        // A hyphen would exclude the word, and a quote would end it.
        for odd in ["-lunch", "\"lunch", "lunch -today"] {
            assert!(!matching(&query(odd), true).contains_key("$text"), "{odd}");
        }
        assert!(!matching(&query("  "), true).contains_key("$text"));
    }
}
