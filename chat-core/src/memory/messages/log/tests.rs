//! Compares the log with a model that scans a list of messages.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::RoomId;
use crate::memory::messages::counts::counts;
use crate::model::{Anchor, Change, Draft, HistoryQuery, NewMessage, SystemEvent, Unread};

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
        mentions: Vec<usize>,
        /// The root of the thread it replies in.
        root: Option<prop::sample::Index>,
        shadowed: bool,
    },
    Hide(usize, prop::sample::Index),
    ThreadRead(usize, prop::sample::Index, u64),
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
            prop::collection::vec(0..3_usize, 0..3),
            prop::option::weighted(0.4, any::<prop::sample::Index>()),
            prop::bool::weighted(0.2),
        )
            .prop_map(|(sender, client_id, clock, lives, mentions, root, shadowed)| Op::Append {
                sender, client_id, clock, lives, mentions, root, shadowed,
            }),
        1 => (0..3_usize, any::<prop::sample::Index>()).prop_map(|(user, pick)| Op::Hide(user, pick)),
        1 => (0..3_usize, any::<prop::sample::Index>(), 0..40_u64)
            .prop_map(|(user, pick, seq)| Op::ThreadRead(user, pick, seq)),
        3 => (any::<prop::sample::Index>(), 0..6_u8).prop_map(|(pick, what)| Op::Change { pick, what }),
        2 => (0..3_usize, 0..40_u64).prop_map(|(user, seq)| Op::MarkRead(user, seq)),
        1 => (0..120_i64, 1..4_usize).prop_map(|(now, limit)| Op::Prune(now, limit)),
        1 => (1..20_usize).prop_map(Op::Keep),
    ]
}

/// The model: the messages and read state expected in the log.
#[derive(Default)]
struct Model {
    messages: Vec<Message>,
    head: u64,
    last: i64,
    markers: BTreeMap<UserId, u64>,
    thread_markers: BTreeMap<(UserId, MessageId), u64>,
    hidden: BTreeSet<(UserId, u64)>,
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

    fn pages(&self, anchor: Anchor, limit: usize, thread: Option<MessageId>) -> Vec<u64> {
        let pick = |f: &dyn Fn(&Message) -> bool| -> Vec<u64> {
            self.messages
                .iter()
                .filter(|m| thread.is_none() || m.thread_id == thread)
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
                let anchors = [
                    Anchor::Newest,
                    Anchor::Before(at),
                    Anchor::After(at),
                    Anchor::Around(at),
                    Anchor::BeforeTime(time),
                    Anchor::AfterTime(time),
                ];
                let threads = [None, self.roots().first().copied()];
                for (anchor, thread) in anchors.into_iter().flat_map(|a| threads.map(|t| (a, t))) {
                    let query = HistoryQuery {
                        thread,
                        ..HistoryQuery::new(anchor, limit)
                    };
                    let page = log.history(&query);
                    let seqs: Vec<_> = page.messages.iter().map(|m| m.seq).collect();
                    let expected = self.pages(anchor, limit, thread);
                    prop_assert_eq!(&seqs, &expected, "{:?}", query);
                    let all = self.pages(Anchor::Newest, usize::MAX, thread);
                    let sides = if let (Some(first), Some(last)) = (seqs.first(), seqs.last()) {
                        (all.first() < Some(first), all.last() > Some(last))
                    } else {
                        let newer = matches!(anchor, Anchor::Before(_) | Anchor::BeforeTime(_));
                        (!all.is_empty() && !newer, !all.is_empty() && newer)
                    };
                    prop_assert_eq!((page.has_before, page.has_after), sides, "{:?}", query);
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
            let other = user((n + 1) % 3);
            for without in [vec![], vec![other.clone()], vec![id.clone(), other]] {
                let counts = |m: &&Message| {
                    m.seq > marker
                        && self.is_news(m, &id)
                        && !m.sender_id.as_ref().is_some_and(|s| without.contains(s))
                };
                let news: Vec<_> = self.messages.iter().filter(counts).collect();
                let mentions = news.iter().filter(|m| m.mentions.contains(&id)).count();
                let unread = log.unread(&id, room(), &without);
                prop_assert_eq!(unread.read_seq, marker);
                prop_assert_eq!(unread.count, news.len() as u64);
                prop_assert_eq!(unread.mentions, mentions as u64);
            }
            for root in self.roots() {
                let read = self.thread_markers.get(&(id.clone(), root)).copied();
                let read = read.unwrap_or(0);
                let news = |m: &&Message| {
                    m.thread_id == Some(root) && m.seq > read && self.is_news(m, &id)
                };
                let expected = (read, self.messages.iter().filter(news).count() as u64);
                let thread = log.thread_read(&id, &root);
                prop_assert_eq!((thread.read_seq, thread.unread), expected);
            }
        }
        for root in self.roots() {
            let replies = self.messages.iter().filter(|m| m.thread_id == Some(root));
            let replies: Vec<_> = replies.filter(|m| counts(m)).collect();
            let summary = log.thread(&root);
            prop_assert_eq!(
                summary.map(|s| s.reply_count),
                match replies.len() as u64 {
                    0 => None,
                    n => Some(n),
                }
            );
            prop_assert_eq!(
                summary.map(|s| s.last_reply_id),
                replies.last().map(|m| m.id)
            );
        }
        let mut pins: Vec<_> = self
            .messages
            .iter()
            .filter(|m| m.pinned_at.is_some())
            .collect();
        pins.sort_by_key(|m| std::cmp::Reverse((m.pinned_at, m.seq)));
        let pins: Vec<_> = pins.iter().map(|m| m.seq).collect();
        let found: Vec<_> = log.pins(100).iter().map(|m| m.seq).collect();
        prop_assert_eq!(found, pins);
        for m in &self.messages {
            let stored = log.get(&m.id);
            prop_assert_eq!(stored.as_deref(), Some(m));
        }
        // Removed messages leave no entries behind.
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
        prop_assert_eq!(log.counts.above(0), with(&counts));
        Ok(())
    }

    /// Returns the roots of all threads, and one random id.
    fn roots(&self) -> BTreeSet<MessageId> {
        let roots = self.messages.iter().filter_map(|m| m.thread_id);
        roots.chain([MessageId::random()]).collect()
    }

    fn is_news(&self, message: &Message, reader: &UserId) -> bool {
        counts(message)
            && message.sender_id.as_ref() != Some(reader)
            && !self.hidden.contains(&(reader.clone(), message.seq))
    }
}

fn change(what: u8) -> Change {
    let user_id = user(0);
    let emoji = "👍".to_owned();
    match what {
        0 => Change::Edit {
            text: "edited".into(),
            by: None,
        },
        1 => Change::Delete { by: None },
        2 => Change::AddReaction {
            user_id,
            emoji,
            max_emoji: 4,
            max_users: 4,
        },
        3 => Change::RemoveReaction { user_id, emoji },
        4 => Change::Pin { by: Some(user_id) },
        _ => Change::Unpin,
    }
}

fn apply(log: &mut Log, model: &mut Model, op: Op) -> Result<(), TestCaseError> {
    match op {
        Op::Append {
            sender,
            client_id,
            clock,
            lives,
            mentions,
            root,
            shadowed,
        } => {
            let at = Timestamp::from_millis(clock);
            let mut new = match sender {
                Some(n) => NewMessage::user(user(n), Draft::text("hi"), at),
                None => NewMessage::system(SystemEvent::Notice {}, "hi", at),
            };
            new.draft.client_message_id =
                client_id.map(|n| ClientMessageId::new(format!("c-{n}")).unwrap());
            new.draft.mentions = mentions.into_iter().map(user).collect();
            if let Some(root) = root.filter(|_| !model.messages.is_empty()) {
                new.draft.thread_id = Some(root.get(&model.messages).id);
            }
            new.shadowed = shadowed;
            new.expires_at = lives.map(|ms| Timestamp::from_millis(clock + ms));
            let (message, duplicate) = model.append(new.clone());
            let appended = log.append(&room(), new.clone());
            prop_assert_eq!(&*appended.message, &message);
            prop_assert_eq!(appended.duplicate, duplicate);
            if !duplicate {
                let again = log.append(&room(), new);
                prop_assert!(again.duplicate, "a retry is a duplicate");
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
        Op::Hide(n, pick) if !model.messages.is_empty() => {
            let message = pick.get(&model.messages);
            let new = model.hidden.insert((user(n), message.seq));
            let hidden = log.hide(&user(n), &message.id, 1000);
            prop_assert_eq!(hidden.unwrap(), new);
        }
        Op::ThreadRead(n, pick, seq) if !model.messages.is_empty() => {
            let root = pick.get(&model.messages).id;
            let marker = model.thread_markers.entry((user(n), root)).or_default();
            let to = seq.min(model.head).max(*marker);
            let moved = to > *marker;
            *marker = to;
            prop_assert_eq!(log.mark_thread_read(&root, &user(n), seq), (to, moved));
        }
        Op::Hide(..) | Op::ThreadRead(..) => {}
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
    assert_eq!(log.unread(&user(1), room(), &[]).count, Unread::MAX);
    assert_eq!(log.unread(&user(0), room(), &[]).count, 0);
    log.mark_read(&user(1), 1000, Timestamp::from_millis(0));
    assert_eq!(log.unread(&user(1), room(), &[]).count, 5);
}
