use std::collections::BTreeMap;
use std::time::Duration;

use chat_core::{RoomId, Timestamp, UserId};

/// Something that the app did, and that was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fact {
    /// The user is no member of the room, which they know.
    Removed(RoomId, UserId),
    /// The user appears offline.
    Invisible(UserId),
    /// The first user has blocked the second one.
    Blocked(UserId, UserId),
}

/// When what was the case. Times are since the start.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// From when to when. The first moment is that of the acknowledgement, the last one that of the
    /// call that ends it, so that within them there is no doubt.
    spans: BTreeMap<Fact, Vec<(Duration, Option<Duration>)>>,
    /// When the present life of a room began: before its creation was asked for.
    born: BTreeMap<RoomId, Timestamp>,
}

impl Facts {
    pub(crate) fn begin(&mut self, fact: Fact, at: Duration) {
        let spans = self.spans.entry(fact).or_default();
        if spans.last().is_none_or(|(_, until)| until.is_some()) {
            spans.push((at, None));
        }
    }

    pub(crate) fn end(&mut self, fact: &Fact, at: Duration) {
        if let Some((_, until @ None)) = self.spans.get_mut(fact).and_then(|s| s.last_mut()) {
            *until = Some(at);
        }
    }

    /// Since when it has been the case at this moment, without a break.
    pub(crate) fn since(&self, fact: &Fact, at: Duration) -> Option<Duration> {
        let spans = self.spans.get(fact)?;
        let holds = |(from, until): &&(Duration, Option<Duration>)| {
            *from <= at && until.is_none_or(|until| at < until)
        };
        spans.iter().find(holds).map(|(from, _)| *from)
    }

    /// Whether it had been the case for this long.
    pub(crate) fn held(&self, fact: &Fact, at: Duration, for_: Duration) -> bool {
        self.since(fact, at).is_some_and(|from| from + for_ <= at)
    }

    pub(crate) fn reborn(&mut self, room: RoomId, at: Timestamp) {
        self.born.insert(room, at);
    }

    pub(crate) fn born(&self, room: &RoomId) -> Option<Timestamp> {
        self.born.get(room).copied()
    }
}
