//! Checks the events and answers that clients received against the final history. Pure.
//!
//! [`chat_core::testing::history`] checks the order of each client's events. This module checks the
//! senders and the log as a whole.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

use chat_core::testing::history::{self, History, Observed};
use chat_core::{ClientMessageId, MessageId, RoomId, UserId};

/// A message of the final history. Each message changes at most once, so it takes the positions `seq`
/// and `rev`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The message's id.
    pub id: MessageId,
    /// The position at which it was created.
    pub seq: u64,
    /// The position of its change, or `seq` without a change.
    pub rev: u64,
    /// The sender and the client message id. `None` for system messages.
    pub sent: Option<(UserId, ClientMessageId)>,
}

/// The final log of a room.
#[derive(Debug, Clone, Default)]
pub struct Log {
    /// The highest position.
    pub head: u64,
    /// All messages, in the order of the history.
    pub messages: Vec<Stored>,
}

/// The actions and observations of one client in one room.
#[derive(Debug, Clone)]
pub struct Account {
    /// The client's user.
    pub user: UserId,
    /// The events that it received.
    pub observed: Observed,
    /// The messages that it sent, with the id and `seq` of the acknowledgement.
    pub sent: BTreeMap<ClientMessageId, Option<(MessageId, u64)>>,
    /// The acknowledged changes of its messages, with their positions.
    pub changed: Vec<(MessageId, u64)>,
}

/// An inconsistency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The events of a client do not match the log.
    Saw(history::Finding),
    /// An acknowledged message is not in the history at its position.
    Lost(UserId, ClientMessageId),
    /// A message is in the history more than once.
    StoredTwice(UserId, ClientMessageId),
    /// A message in the history was sent by no client.
    NeverSent(UserId, ClientMessageId),
    /// An acknowledged change is not in the history.
    LostChange(MessageId, u64),
    /// The history is not sorted by position.
    Unsorted(u64),
    /// A position up to the head is taken by no message, or by several.
    Position(u64),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Saw(finding) => finding.fmt(f),
            Self::Lost(user, name) => write!(f, "{name} of {user} was acknowledged but is lost"),
            Self::StoredTwice(user, name) => write!(f, "{name} of {user} is stored twice"),
            Self::NeverSent(user, name) => write!(f, "{name} of {user} was never sent"),
            Self::LostChange(id, rev) => write!(f, "the change of {id} at {rev} is lost"),
            Self::Unsorted(seq) => write!(f, "{seq} is out of order in the history"),
            Self::Position(rev) => write!(f, "position {rev} is not taken exactly once"),
        }
    }
}

/// Returns all inconsistencies in one room.
#[must_use]
pub fn check(log: &Log, accounts: &[Account]) -> Vec<Finding> {
    let mut found = positions(log);
    found.extend(senders(log, accounts));
    let taken = log
        .messages
        .iter()
        .flat_map(|m| [(m.seq, m.id), (m.rev, m.id)]);
    let history = History::new(taken);
    let saw = accounts.iter().flat_map(|a| history.check(&a.observed));
    found.extend(saw.map(Finding::Saw));
    found
}

fn positions(log: &Log) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut times: HashMap<u64, u32> = HashMap::new();
    for message in &log.messages {
        for position in BTreeSet::from([message.seq, message.rev]) {
            *times.entry(position).or_default() += 1;
        }
    }
    let highest = times.keys().copied().max().unwrap_or_default();
    let wrong = |position: &u64| times.get(position) != Some(&1);
    let all = 1..=log.head.max(highest);
    found.extend(all.filter(wrong).map(Finding::Position));
    let pairs = log.messages.windows(2);
    let unsorted = pairs.filter(|pair| pair[0].seq >= pair[1].seq);
    found.extend(unsorted.map(|pair| Finding::Unsorted(pair[1].seq)));
    found
}

fn senders(log: &Log, accounts: &[Account]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut stored: HashMap<(&UserId, &ClientMessageId), &Stored> = HashMap::new();
    for message in &log.messages {
        let Some((user, name)) = &message.sent else {
            continue;
        };
        if stored.insert((user, name), message).is_some() {
            found.push(Finding::StoredTwice(user.clone(), name.clone()));
        }
    }
    let mut sent = HashSet::new();
    for account in accounts {
        let user = &account.user;
        for (name, ack) in &account.sent {
            sent.insert((user, name));
            let is = stored.get(&(user, name)).map(|m| (m.id, m.seq));
            if ack.is_some() && *ack != is {
                found.push(Finding::Lost(user.clone(), name.clone()));
            }
        }
        for (id, rev) in &account.changed {
            if !log.messages.iter().any(|m| m.id == *id && m.rev == *rev) {
                found.push(Finding::LostChange(*id, *rev));
            }
        }
    }
    let mut unknown: Vec<_> = stored.keys().filter(|key| !sent.contains(*key)).collect();
    unknown.sort_unstable();
    let unknown = unknown.into_iter();
    found.extend(unknown.map(|(user, name)| Finding::NeverSent((*user).clone(), (*name).clone())));
    found
}

/// Asserts that a room has no inconsistencies.
///
/// # Panics
/// Panics with the first findings, if there are any.
pub fn assert_clean(room: &RoomId, log: &Log, accounts: &[Account]) {
    let found = check(log, accounts);
    let first: Vec<String> = found.iter().take(20).map(ToString::to_string).collect();
    assert!(
        found.is_empty(),
        "{} findings in {room}: {}",
        found.len(),
        first.join("; ")
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alice() -> UserId {
        "alice".parse().unwrap()
    }

    fn name(n: usize) -> ClientMessageId {
        ClientMessageId::new(format!("m-{n}")).unwrap()
    }

    /// Alice sent four messages, and changed the second at 5; she and Bob saw all of it.
    fn room() -> (Log, Vec<Account>) {
        let message = |seq: u64, n| Stored {
            id: MessageId::random(),
            seq,
            rev: seq,
            sent: Some((alice(), name(n))),
        };
        let mut messages: Vec<Stored> = (1..=4).zip(0..).map(|(seq, n)| message(seq, n)).collect();
        messages[1].rev = 5;
        let mut events: Vec<_> = messages.iter().map(|m| (m.seq, m.id)).collect();
        events.push((5, messages[1].id));
        let account = |user: &str| Account {
            user: user.parse().unwrap(),
            observed: Observed {
                events: events.clone(),
                ..Observed::new(user, 0)
            },
            sent: BTreeMap::new(),
            changed: Vec::new(),
        };
        let mut accounts = vec![account("alice"), account("bob")];
        for (n, message) in messages.iter().enumerate() {
            let ack = Some((message.id, message.seq));
            accounts[0].sent.insert(name(n), ack);
        }
        accounts[0].changed = vec![(messages[1].id, 5)];
        (Log { head: 5, messages }, accounts)
    }

    #[test]
    fn nothing_is_wrong_with_a_room_in_which_nothing_was() {
        let (log, mut accounts) = room();
        assert_eq!(check(&log, &accounts), []);
        // An unacknowledged message may or may not be stored.
        accounts[0].sent.insert(name(3), None);
        accounts[0].sent.insert(name(9), None);
        assert_eq!(check(&log, &accounts), []);
    }

    #[test]
    fn a_message_that_was_acknowledged_and_is_lost() {
        let (mut log, accounts) = room();
        let lost = log.messages.remove(2);
        let found = check(&log, &accounts);
        assert!(
            found.contains(&Finding::Lost(alice(), name(2))),
            "{found:?}"
        );
        assert!(found.contains(&Finding::Position(lost.seq)), "{found:?}");
        let (log, mut accounts) = room();
        accounts[0]
            .sent
            .insert(name(2), Some((log.messages[2].id, 4)));
        assert_eq!(check(&log, &accounts), [Finding::Lost(alice(), name(2))]);
    }

    #[test]
    fn a_message_that_is_stored_twice() {
        let (mut log, accounts) = room();
        let mut again = log.messages[0].clone();
        (again.id, again.seq, again.rev) = (MessageId::random(), 6, 6);
        log.messages.push(again);
        log.head = 6;
        let found = check(&log, &accounts);
        assert!(matches!(found[0], Finding::StoredTwice(..)), "{found:?}");
    }

    #[test]
    fn a_message_that_nobody_sent() {
        let (log, mut accounts) = room();
        accounts[0].sent.remove(&name(3));
        assert_eq!(
            check(&log, &accounts),
            [Finding::NeverSent(alice(), name(3))]
        );
    }

    #[test]
    fn a_change_that_was_acknowledged_and_is_lost() {
        let (log, mut accounts) = room();
        let id = log.messages[0].id;
        accounts[0].changed.push((id, 6));
        assert_eq!(check(&log, &accounts), [Finding::LostChange(id, 6)]);
    }

    #[test]
    fn a_history_out_of_order_and_a_position_without_a_message() {
        let (mut log, accounts) = room();
        log.messages.swap(2, 3);
        assert_eq!(check(&log, &accounts), [Finding::Unsorted(3)]);
        let (mut log, accounts) = room();
        log.head = 6;
        assert_eq!(check(&log, &accounts), [Finding::Position(6)]);
    }

    #[test]
    fn what_a_client_lost_saw_twice_out_of_order_or_saw_and_is_not_there() {
        type Break = fn(&mut Vec<(u64, MessageId)>);
        let breaks: [(Break, &str); 4] = [
            (|events| events.retain(|(rev, _)| *rev != 3), "bob lost 3 "),
            (|events| events.push(events[3]), "bob saw 4 twice"),
            (|events| events.swap(2, 3), "bob saw 3 only after 4"),
            (
                |events| events.push((6, MessageId::random())),
                "which is empty",
            ),
        ];
        for (broken, told) in breaks {
            let (log, mut accounts) = room();
            broken(&mut accounts[1].observed.events);
            let found = check(&log, &accounts);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].to_string().contains(told), "{found:?}");
        }
    }

    #[test]
    #[should_panic(expected = "1 findings in lobby: m-2 of alice was acknowledged but is lost")]
    fn findings_are_told() {
        let (log, mut accounts) = room();
        accounts[0]
            .sent
            .insert(name(2), Some((log.messages[2].id, 4)));
        assert_clean(&"lobby".parse().unwrap(), &log, &accounts);
    }
}
