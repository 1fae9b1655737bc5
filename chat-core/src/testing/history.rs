//! Compares what clients observed with the room's log.
//!
//! ```
//! use chat_core::MessageId;
//! use chat_core::testing::history::{Finding, History, Observed};
//!
//! let [hi, bye] = [MessageId::random(), MessageId::random()];
//! // "hi" was sent, then "bye", then "hi" was edited.
//! let history = History::new([(1, hi), (2, bye), (3, hi)]);
//! let mut alice = Observed::new("alice", 0);
//! alice.events = vec![(1, hi), (3, hi)];
//! let found = history.check(&alice);
//! assert!(matches!(found[..], [Finding::Lost { rev: 2, .. }]));
//! ```

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::ops::RangeInclusive;

use crate::MessageId;

/// Every position taken in one room's log, with the message that took it.
#[derive(Debug, Clone, Default)]
pub struct History {
    taken: BTreeMap<u64, MessageId>,
    /// The latest position of each message.
    latest: HashMap<MessageId, u64>,
}

/// The events that one client saw in one room, in the order it saw them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The client's name, for the report.
    pub client: String,
    /// The position the client started from; it must see every higher position. After a fresh join,
    /// this is the head in `ROOM_JOINED`.
    pub from: u64,
    /// The last position that the client should have seen, or `None` for the head of the log.
    pub until: Option<u64>,
    /// The ranges that the client read from the log to catch up. Within them, superseded positions
    /// do not count as lost.
    pub caught_up: Vec<RangeInclusive<u64>>,
    /// Each position that the client saw, with its message.
    pub events: Vec<(u64, MessageId)>,
}

impl Observed {
    /// Creates a client that has seen nothing yet.
    pub fn new(client: impl Into<String>, from: u64) -> Self {
        Self {
            client: client.into(),
            from,
            until: None,
            caught_up: Vec::new(),
            events: Vec::new(),
        }
    }
}

/// A difference between what a client saw and what it should have seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The client never saw this position.
    Lost {
        /// The client.
        client: String,
        /// The position.
        rev: u64,
        /// Its message.
        message: MessageId,
    },
    /// The client saw this position more than once.
    Doubled {
        /// The client.
        client: String,
        /// The position.
        rev: u64,
    },
    /// The client saw this position for the first time after a higher one.
    Reordered {
        /// The client.
        client: String,
        /// The position.
        rev: u64,
        /// The highest one seen before.
        after: u64,
    },
    /// The client saw an event that is not in the log, or one at or below the position it started
    /// from.
    Phantom {
        /// The client.
        client: String,
        /// The position.
        rev: u64,
        /// The message it saw there.
        saw: MessageId,
        /// The message that took the position, if any.
        is: Option<MessageId>,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost {
                client,
                rev,
                message,
            } => write!(f, "{client} lost {rev} (message {message})"),
            Self::Doubled { client, rev } => write!(f, "{client} saw {rev} twice"),
            Self::Reordered { client, rev, after } => {
                write!(f, "{client} saw {rev} only after {after}")
            }
            Self::Phantom {
                client,
                rev,
                saw,
                is: Some(is),
            } => write!(
                f,
                "{client} saw message {saw} at {rev}, which belongs to {is}"
            ),
            Self::Phantom {
                client, rev, saw, ..
            } => write!(f, "{client} saw message {saw} at {rev}, which is empty"),
        }
    }
}

impl History {
    /// Creates a log from the positions that appends and changes returned.
    pub fn new(taken: impl IntoIterator<Item = (u64, MessageId)>) -> Self {
        let taken: BTreeMap<u64, MessageId> = taken.into_iter().collect();
        let latest = taken.iter().map(|(rev, id)| (*id, *rev)).collect();
        Self { taken, latest }
    }

    /// The highest position taken.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.taken.last_key_value().map_or(0, |(rev, _)| *rev)
    }

    /// Returns everything wrong with what a client saw, in the order it saw it, followed by what it
    /// lost.
    #[must_use]
    pub fn check(&self, observed: &Observed) -> Vec<Finding> {
        let client = &observed.client;
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        for (rev, saw) in observed.events.iter().copied() {
            let is = self.taken.get(&rev).copied();
            let highest = seen.last().copied().unwrap_or(observed.from);
            if is != Some(saw) || rev <= observed.from {
                found.push(Finding::Phantom {
                    client: client.clone(),
                    rev,
                    saw,
                    is,
                });
            } else if !seen.insert(rev) {
                found.push(Finding::Doubled {
                    client: client.clone(),
                    rev,
                });
            } else if rev < highest {
                found.push(Finding::Reordered {
                    client: client.clone(),
                    rev,
                    after: highest,
                });
            }
        }
        let until = observed.until.unwrap_or_else(|| self.head());
        if observed.from >= until {
            return found;
        }
        for (rev, message) in self.taken.range(observed.from + 1..=until) {
            let superseded = self.latest.get(message).is_some_and(|latest| latest > rev)
                && observed.caught_up.iter().any(|range| range.contains(rev));
            if !seen.contains(rev) && !superseded {
                found.push(Finding::Lost {
                    client: client.clone(),
                    rev: *rev,
                    message: *message,
                });
            }
        }
        found
    }

    /// Asserts that every client saw exactly what it should have.
    ///
    /// # Panics
    /// If anything is wrong. The message lists the first findings.
    #[track_caller]
    pub fn assert_clean<'a>(&self, clients: impl IntoIterator<Item = &'a Observed>) {
        let found: Vec<Finding> = clients.into_iter().flat_map(|c| self.check(c)).collect();
        if found.is_empty() {
            return;
        }
        let first: Vec<String> = found.iter().take(20).map(ToString::to_string).collect();
        panic!("{} findings: {}", found.len(), first.join("; "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five messages. The second is edited at 6, the first at 7.
    fn log() -> (History, Vec<(u64, MessageId)>) {
        let mut taken: Vec<_> = (1..=5).map(|rev| (rev, MessageId::random())).collect();
        taken.push((6, taken[1].1));
        taken.push((7, taken[0].1));
        (History::new(taken.clone()), taken)
    }

    fn saw(events: Vec<(u64, MessageId)>) -> Observed {
        Observed {
            events,
            ..Observed::new("a", 0)
        }
    }

    #[test]
    fn a_client_that_saw_all_is_clean() {
        let (history, taken) = log();
        assert_eq!(history.head(), 7);
        history.assert_clean([&saw(taken.clone())]);
        let mut late = saw(taken[3..].to_vec());
        late.from = 3;
        let mut early = saw(taken[..4].to_vec());
        early.until = Some(4);
        let mut joined_last = saw(Vec::new());
        joined_last.from = 7;
        history.assert_clean([&late, &early, &joined_last]);
    }

    #[test]
    fn lost_at_the_start_in_the_middle_and_at_the_end() {
        let (history, taken) = log();
        for gone in 0..taken.len() {
            let mut events = taken.clone();
            let (rev, message) = events.remove(gone);
            let lost = Finding::Lost {
                client: "a".into(),
                rev,
                message,
            };
            assert_eq!(history.check(&saw(events)), [lost]);
        }
    }

    #[test]
    fn superseded_positions_are_lost_only_live() {
        let (history, taken) = log();
        let mut caught_up = saw(taken[2..].to_vec());
        caught_up.caught_up = vec![1..=4];
        history.assert_clean([&caught_up]);
        caught_up.caught_up = vec![2..=4];
        assert!(matches!(
            history.check(&caught_up)[..],
            [Finding::Lost { rev: 1, .. }]
        ));
        // The latest state of each message is required even in a caught-up range.
        caught_up.caught_up = vec![1..=7];
        caught_up.events.pop();
        assert!(matches!(
            history.check(&caught_up)[..],
            [Finding::Lost { rev: 7, .. }]
        ));
    }

    #[test]
    fn doubled() {
        let (history, mut taken) = log();
        taken.insert(4, taken[1]);
        let doubled = Finding::Doubled {
            client: "a".into(),
            rev: 2,
        };
        assert_eq!(history.check(&saw(taken)), [doubled]);
    }

    #[test]
    fn reordered() {
        let (history, mut taken) = log();
        taken.swap(2, 3);
        let reordered = Finding::Reordered {
            client: "a".into(),
            rev: 3,
            after: 4,
        };
        assert_eq!(history.check(&saw(taken)), [reordered]);
    }

    #[test]
    fn phantoms_beyond_the_head_before_the_start_and_of_another_message() {
        let (history, mut taken) = log();
        taken.push((8, MessageId::random()));
        assert!(matches!(
            history.check(&saw(taken.clone()))[..],
            [Finding::Phantom {
                rev: 8,
                is: None,
                ..
            }]
        ));
        taken.pop();
        let mut knew = saw(taken.clone());
        knew.from = 1;
        assert!(matches!(
            history.check(&knew)[..],
            [Finding::Phantom {
                rev: 1,
                is: Some(_),
                ..
            }]
        ));
        taken[3].1 = MessageId::random();
        assert!(matches!(
            history.check(&saw(taken))[..],
            [
                Finding::Phantom {
                    rev: 4,
                    is: Some(_),
                    ..
                },
                Finding::Lost { rev: 4, .. }
            ]
        ));
    }

    #[test]
    #[should_panic(expected = "a saw 3 only after 4")]
    fn findings_are_told() {
        let (history, mut taken) = log();
        taken.swap(2, 3);
        history.assert_clean([&saw(taken)]);
    }
}
