use std::collections::BTreeMap;
use std::time::Duration;

use chat_core::{RoomId, Timestamp, UserId};

/// A state that the app established and that was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fact {
    /// The user is not a member of the room and knows it.
    Removed(RoomId, UserId),
    Invisible(UserId),
    Blocked(UserId, UserId),
}

/// The time spans of each fact, relative to the start.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// Each span begins with the acknowledgement and ends with the call that ends the fact, so the
    /// fact certainly holds within it.
    spans: BTreeMap<Fact, Vec<(Duration, Option<Duration>)>>,
    /// The time just before each room's latest creation.
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

    /// The time since which the fact has held without interruption.
    pub(crate) fn since(&self, fact: &Fact, at: Duration) -> Option<Duration> {
        let spans = self.spans.get(fact)?;
        let holds = |(from, until): &&(Duration, Option<Duration>)| {
            *from <= at && until.is_none_or(|until| at < until)
        };
        spans.iter().find(holds).map(|(from, _)| *from)
    }

    /// Returns `true` if the fact has held for at least this long.
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
