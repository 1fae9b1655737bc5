//! The log against a list that is searched from end to end.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::model::{Draft, SystemEvent};

const USERS: [&str; 3] = ["alice", "bob", "carol"];

fn user(n: usize) -> UserId {
    UserId::new(USERS[n]).unwrap()
}

fn room() -> RoomId {
    RoomId::new("room").unwrap()
}

#[derive(Debug, Clone)]
enum Op {
    Append {
        sender: Option<usize>,
        client_id: Option<u8>,
        clock: i64,
        lives: Option<i64>,
    },
    Change {
        pick: prop::sample::Index,
        what: u8,
    },
    MarkRead(usize, u64),
    Prune(i64, usize),
    Keep(usize),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (
            prop::option::weighted(0.9, 0..3_usize),
            prop::option::of(0..6_u8),
            0..60_i64,
            prop::option::weighted(0.3, 0..60_i64),
        )
            .prop_map(|(sender, client_id, clock, lives)| Op::Append { sender, client_id, clock, lives }),
        3 => (any::<prop::sample::Index>(), 0..4_u8).prop_map(|(pick, what)| Op::Change { pick, what }),
        2 => (0..3_usize, 0..40_u64).prop_map(|(user, seq)| Op::MarkRead(user, seq)),
        1 => (0..120_i64, 1..4_usize).prop_map(|(now, limit)| Op::Prune(now, limit)),
        1 => (1..20_usize).prop_map(Op::Keep),
    ]
}

/// What the log should hold.
#[derive(Default)]
struct Model {
    messages: Vec<Message>,
    head: u64,
    last: i64,
    markers: BTreeMap<UserId, u64>,
}

impl Model {
    fn append(&mut self, new: NewMessage) -> (Message, bool) {
        let same = |m: &&Message| {
            new.draft.client_message_id.is_some()
                && m.sender_id == new.sender_id
                && m.client_message_id == new.draft.client_message_id
        };
        if let Some(first) = self.messages.iter().find(same) {
            return (first.clone(), true);
        }
        self.head += 1;
        self.last = self.last.max(new.created_at.as_millis());
        let created_at = Timestamp::from_millis(self.last);
        let message = new.at(room(), self.head, created_at);
        self.messages.push(message.clone());
        (message, false)
    }

    fn pages(&self, anchor: Anchor, limit: usize) -> Vec<u64> {
        let pick = |f: &dyn Fn(&Message) -> bool| -> Vec<u64> {
            self.messages
                .iter()
                .filter(|m| f(m))
                .map(|m| m.seq)
                .collect()
        };
        let newest = |all: Vec<u64>, n: usize| all[all.len().saturating_sub(n)..].to_vec();
        let oldest = |all: Vec<u64>, n: usize| all[..all.len().min(n)].to_vec();
        match anchor {
            Anchor::Newest => newest(pick(&|_| true), limit),
            Anchor::Before(s) => newest(pick(&|m| m.seq < s), limit),
            Anchor::After(s) => oldest(pick(&|m| m.seq > s), limit),
            Anchor::BeforeTime(t) => newest(pick(&|m| m.created_at < t), limit),
            Anchor::AfterTime(t) => oldest(pick(&|m| m.created_at >= t), limit),
            Anchor::Around(s) => {
                let mut page = newest(pick(&|m| m.seq < s), limit / 2);
                page.extend(oldest(pick(&|m| m.seq >= s), limit - limit / 2));
                page
            }
        }
    }

    fn check(&self, log: &Log) -> Result<(), TestCaseError> {
        prop_assert_eq!(log.head(), self.head);
        for limit in [1, 3, 100] {
            for at in [0, 1, 2, 7, 20, 39] {
                let time = Timestamp::from_millis(i64::try_from(at).unwrap());
                for anchor in [
                    Anchor::Newest,
                    Anchor::Before(at),
                    Anchor::After(at),
                    Anchor::Around(at),
                    Anchor::BeforeTime(time),
                    Anchor::AfterTime(time),
                ] {
                    let page = log.history(&HistoryQuery { anchor, limit });
                    let seqs: Vec<_> = page.messages.iter().map(|m| m.seq).collect();
                    let expected = self.pages(anchor, limit);
                    prop_assert_eq!(&seqs, &expected, "{:?} of {}", anchor, limit);
                    if let (Some(first), Some(last)) = (seqs.first(), seqs.last()) {
                        let older = self.messages.iter().any(|m| m.seq < *first);
                        let newer = self.messages.iter().any(|m| m.seq > *last);
                        prop_assert_eq!((page.has_before, page.has_after), (older, newer));
                    } else {
                        let rest = !self.messages.is_empty();
                        let newer = matches!(anchor, Anchor::Before(_) | Anchor::BeforeTime(_));
                        let sides = (rest && !newer, rest && newer);
                        prop_assert_eq!((page.has_before, page.has_after), sides, "{:?}", anchor);
                    }
                }
                let changes = log.changes(at, limit);
                let mut expected: Vec<_> = self
                    .messages
                    .iter()
                    .filter(|m| m.rev > at)
                    .cloned()
                    .collect();
                expected.sort_by_key(|m| m.rev);
                let complete = expected.len() <= limit;
                expected.truncate(limit);
                let through = if complete {
                    self.head
                } else {
                    expected.last().unwrap().rev
                };
                let messages: Vec<_> = changes.messages.iter().map(|m| (**m).clone()).collect();
                prop_assert_eq!(messages, expected);
                prop_assert_eq!((changes.through, changes.head), (through, self.head));
            }
        }
        for n in 0..3 {
            let (id, marker) = (user(n), self.markers.get(&user(n)).copied().unwrap_or(0));
            let counts = |m: &&Message| {
                m.seq > marker
                    && m.kind == MessageKind::User
                    && m.deleted_at.is_none()
                    && m.sender_id.as_ref() != Some(&id)
            };
            let unread = log.unread(&id, room());
            prop_assert_eq!(unread.read_seq, marker);
            prop_assert_eq!(
                unread.count,
                self.messages.iter().filter(counts).count() as u64
            );
        }
        for m in &self.messages {
            let stored = log.get(&m.id);
            prop_assert_eq!(stored.as_deref(), Some(m));
        }
        // Nothing of what was removed is left behind.
        let n = self.messages.len();
        prop_assert_eq!(
            (log.by_seq.len(), log.by_rev.len(), log.by_id.len()),
            (n, n, n)
        );
        let with = |f: &dyn Fn(&Message) -> bool| self.messages.iter().filter(|m| f(m)).count();
        prop_assert_eq!(
            log.by_client_id.len(),
            with(&|m| m.client_message_id.is_some())
        );
        prop_assert_eq!(log.expiring.len(), with(&|m| m.expires_at.is_some()));
        prop_assert_eq!(log.countable.len(), with(&is_countable));
        prop_assert!(log.countable_of.values().all(|own| !own.is_empty()));
        Ok(())
    }
}

fn change(what: u8) -> Change {
    let user_id = user(0);
    let emoji = "👍".to_owned();
    match what {
        0 => Change::Edit {
            text: "edited".into(),
        },
        1 => Change::Delete,
        2 => Change::AddReaction {
            user_id,
            emoji,
            max_emoji: 4,
            max_users: 4,
        },
        _ => Change::RemoveReaction { user_id, emoji },
    }
}

fn apply(log: &mut Log, model: &mut Model, op: Op) -> Result<(), TestCaseError> {
    match op {
        Op::Append {
            sender,
            client_id,
            clock,
            lives,
        } => {
            let at = Timestamp::from_millis(clock);
            let mut new = match sender {
                Some(n) => NewMessage::user(user(n), Draft::text("hi"), at),
                None => NewMessage::system(SystemEvent::Notice {}, "hi", at),
            };
            new.draft.client_message_id =
                client_id.map(|n| ClientMessageId::new(format!("c-{n}")).unwrap());
            new.expires_at = lives.map(|ms| Timestamp::from_millis(clock + ms));
            let (message, duplicate) = model.append(new.clone());
            let appended = log.append(&room(), new.clone());
            prop_assert_eq!(&*appended.message, &message);
            prop_assert_eq!(appended.duplicate, duplicate);
            if !duplicate {
                let again = log.append(&room(), new);
                prop_assert!(again.duplicate, "the same append again");
            }
        }
        Op::Change { pick, what } => {
            if model.messages.is_empty() {
                let id = MessageId::random();
                let e = log.change(&id, &change(what), Timestamp::from_millis(0));
                prop_assert_eq!(e.unwrap_err().kind(), crate::ErrorKind::MessageNotFound);
                return Ok(());
            }
            let (now, rev) = (Timestamp::from_millis(99), model.head + 1);
            let target = pick.get_mut(&mut model.messages);
            let id = target.id;
            let expected = change(what).apply(target, rev, now);
            let changed = log.change(&id, &change(what), now);
            match (expected, changed) {
                (Ok(did), Ok(changed)) => {
                    prop_assert_eq!(changed.changed, did);
                    prop_assert_eq!(&*changed.message, target);
                    model.head += u64::from(did);
                }
                (Err(a), Err(b)) => prop_assert_eq!(a.kind(), b.kind()),
                other => prop_assert!(false, "{:?}", other),
            }
        }
        Op::MarkRead(n, seq) => {
            let marker = model.markers.entry(user(n)).or_default();
            let to = seq.min(model.head).max(*marker);
            let moved = to > *marker;
            *marker = to;
            let (read, did) = log.mark_read(&user(n), seq, Timestamp::from_millis(0));
            prop_assert_eq!((read.seq, did), (to, moved));
        }
        Op::Prune(now, limit) => {
            let now = Timestamp::from_millis(now);
            for _ in 0..limit {
                let due = |m: &&Message| m.expires_at.is_some_and(|at| at <= now);
                let first = model.messages.iter().filter(due);
                let first = first.min_by_key(|m| (m.expires_at, m.seq)).map(|m| m.seq);
                model.messages.retain(|m| Some(m.seq) != first);
            }
            log.prune(now, limit);
        }
        Op::Keep(max) => {
            let excess = model.messages.len().saturating_sub(max);
            model.messages.drain(..excess);
            log.keep_newest(max);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn does_what_the_list_does(ops in prop::collection::vec(op(), 1..60)) {
        let (mut log, mut model) = (Log::new(), Model::default());
        for op in ops {
            apply(&mut log, &mut model, op)?;
            model.check(&log)?;
        }
    }
}

#[test]
fn counting_stops_at_the_maximum() {
    let mut log = Log::new();
    for _ in 0..Unread::MAX + 5 {
        let new = NewMessage::user(user(0), Draft::text("hi"), Timestamp::from_millis(0));
        log.append(&room(), new);
    }
    assert_eq!(log.unread(&user(1), room()).count, Unread::MAX);
    assert_eq!(log.unread(&user(0), room()).count, 0);
    log.mark_read(&user(1), 1000, Timestamp::from_millis(0));
    assert_eq!(log.unread(&user(1), room()).count, 5);
}
