use chat_core::model::{Message, MessageKind, SearchPage, SearchPosition, SearchQuery};
use chat_core::{Error, Result, RoomId};

use super::{Bug, Textbook};

fn position(message: &Message) -> SearchPosition {
    SearchPosition {
        at: message.created_at,
        id: message.id,
    }
}

/// Returns `true` if a text matches the words.
fn holds(text: &str, asked: &str, bug: Bug) -> bool {
    let fold = |s: &str| match bug {
        Bug::SearchesCase => s.to_owned(),
        _ => s.to_ascii_lowercase(),
    };
    let text = fold(text);
    let mut words = asked.split_whitespace();
    let has = |word: &str| match word.strip_prefix('-') {
        Some(word) if bug == Bug::TakesOperators => !text.contains(&fold(word)),
        _ => text.contains(&fold(word)),
    };
    match bug {
        Bug::SearchesAnyWord => words.any(has),
        Bug::SearchesPhrases => text.contains(&fold(asked)),
        _ => words.all(has),
    }
}

/// Returns `true` if a message matches all criteria except the text.
fn is_asked_for(message: &Message, query: &SearchQuery, bug: Bug) -> bool {
    let at = message.created_at;
    let is_after = query.after.is_none_or(|after| match bug {
        Bug::SkipsEqualTimes => at < after.at,
        Bug::RepeatsEqualTimes => at <= after.at,
        _ => position(message) < after,
    });
    let is_before_end = query.until.is_none_or(|until| match bug {
        Bug::IgnoresUntil => true,
        Bug::IncludesUntil => at <= until,
        _ => at < until,
    });
    is_after
        && is_before_end
        && (message.kind == MessageKind::User || bug == Bug::FindsSystem)
        && (message.deleted_at.is_none() || bug == Bug::FindsTombstones)
        && (!message.shadowed || bug != Bug::LeavesOutShadowed)
        && (query.since.is_none_or(|since| at >= since) || bug == Bug::IgnoresSince)
        && (query.sender.is_none()
            || query.sender == message.sender_id
            || bug == Bug::IgnoresSender)
}

impl Textbook {
    pub(super) fn find(&self, query: &SearchQuery) -> Result<SearchPage> {
        let bug = self.bug;
        let asked = query.text.as_deref().unwrap_or_default();
        if bug == Bug::TakesPatterns && asked.contains(['(', '[', '*']) {
            return Err(Error::internal("invalid pattern"));
        }
        let mut rooms: Vec<RoomId> = query.rooms.clone();
        if bug == Bug::SearchesEverywhere {
            rooms = self.logs.lock().keys().cloned().collect();
        }
        if bug != Bug::SearchesRoomsTwice {
            rooms.sort();
            rooms.dedup();
        }
        let mut known: Vec<Message> = Vec::new();
        for room in &rooms {
            self.read(room, |log| {
                let all = log.all(bug == Bug::FindsExpired);
                let found = all.filter(|m| {
                    let first = log.first_texts.get(&m.id);
                    let first = first.filter(|_| bug == Bug::SearchesFirstText);
                    holds(first.unwrap_or(&m.text), asked, bug)
                });
                known.extend(found.cloned());
            });
        }
        if let (Bug::LooksForAnchor, Some(after)) = (bug, query.after)
            && !known
                .iter()
                .any(|m| m.deleted_at.is_none() && position(m) == after)
        {
            return Ok(SearchPage::default());
        }
        let mut found = known;
        found.retain(|m| is_asked_for(m, query, bug));
        found.sort_by_key(|m| std::cmp::Reverse(position(m)));
        if bug == Bug::FindsOldestFirst {
            found.reverse();
        }
        let more = found.len() > query.limit && bug != Bug::EndsWithFirstPage;
        found.truncate(query.limit + usize::from(bug == Bug::FindsMore));
        Ok(SearchPage {
            next: found.last().map(position).filter(|_| more),
            messages: found,
        })
    }
}
