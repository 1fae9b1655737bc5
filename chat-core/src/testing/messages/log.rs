//! Helpers for the checks of a message store.

use super::store::Store;
use super::{CATCH_UP, CHANGE, PAGES};
use crate::model::{
    Anchor, Appended, Change, Changed, Changes, Draft, HistoryPage, HistoryQuery, LogHead, Message,
    NewMessage,
};
use crate::testing::check::{Must, Point, broken, ensure};
use crate::testing::ids::client_id;
use crate::{Clock, MessageId, RoomId, SystemClock, Timestamp, UserId};

pub(super) fn now() -> Timestamp {
    SystemClock.now()
}

/// Creates a user message without a client message id.
pub(super) fn text(sender: &UserId, text: impl Into<String>) -> NewMessage {
    NewMessage::user(sender.clone(), Draft::text(text), now())
}

/// Creates a user message that can be retried.
pub(super) fn named(sender: &UserId, client: &str, text: impl Into<String>) -> NewMessage {
    let mut draft = Draft::text(text);
    draft.client_message_id = Some(client_id(client));
    NewMessage::user(sender.clone(), draft, now())
}

pub(super) fn edit(text: impl Into<String>) -> Change {
    Change::Edit {
        text: text.into(),
        by: None,
    }
}

pub(super) fn react(user: &UserId, emoji: &str) -> Change {
    Change::AddReaction {
        user_id: user.clone(),
        emoji: emoji.into(),
        max_emoji: 1000,
        max_users: 1000,
    }
}

pub(super) async fn open(store: &Store, room: &RoomId, point: Point) -> LogHead {
    let head = store.open(room).await.must(point, "open");
    ensure!(
        point,
        head.room_id == *room,
        "open of {room:?} returned the head of {:?}",
        head.room_id
    );
    store.opened(room, head.epoch);
    head
}

/// Appends a batch and expects every entry to succeed.
pub(super) async fn append(
    store: &Store,
    room: &RoomId,
    batch: Vec<NewMessage>,
    point: Point,
) -> Vec<Appended> {
    let ids: Vec<MessageId> = batch.iter().map(|m| m.id).collect();
    let answers = store.append(room, store.epoch(room).await, batch).await;
    ensure!(
        point,
        answers.len() == ids.len(),
        "append of {} entries returned {} results",
        ids.len(),
        answers.len()
    );
    let answers: Vec<Appended> = answers
        .into_iter()
        .map(|a| a.must(point, "append"))
        .collect();
    for (id, answer) in ids.iter().zip(&answers) {
        ensure!(
            point,
            answer.duplicate || answer.message.id == *id,
            "the result for message {id} is about {}",
            answer.message.id
        );
    }
    answers
}

pub(super) async fn append_one(
    store: &Store,
    room: &RoomId,
    message: NewMessage,
    point: Point,
) -> Appended {
    match append(store, room, vec![message], point).await.pop() {
        Some(answer) => answer,
        None => broken(point, format_args!("append returned no result")),
    }
}

pub(super) async fn change(store: &Store, room: &RoomId, id: &MessageId, what: &Change) -> Changed {
    let epoch = store.epoch(room).await;
    store
        .change(room, epoch, id, what, now())
        .await
        .must(CHANGE, "change")
}

/// Reads a page and checks the rules that every page must keep.
pub(super) async fn page(
    store: &Store,
    room: &RoomId,
    anchor: Anchor,
    limit: usize,
    point: Point,
) -> HistoryPage {
    let page = store
        .history(room, &HistoryQuery::new(anchor, limit))
        .await
        .must(point, "history");
    ensure!(
        PAGES,
        page.messages.len() <= limit,
        "{anchor:?} returned {} messages with a limit of {limit}",
        page.messages.len()
    );
    let seqs = seqs(&page.messages);
    ensure!(
        PAGES,
        seqs.is_sorted_by(|a, b| a < b),
        "{anchor:?} returned seqs that do not ascend: {seqs:?}"
    );
    let within = match anchor {
        Anchor::Before(n) => seqs.iter().all(|s| *s < n),
        Anchor::After(n) => seqs.iter().all(|s| *s > n),
        Anchor::BeforeTime(t) => page.messages.iter().all(|m| m.created_at < t),
        Anchor::AfterTime(t) => page.messages.iter().all(|m| m.created_at >= t),
        Anchor::Newest | Anchor::Around(_) => true,
    };
    ensure!(
        PAGES,
        within,
        "{anchor:?} returned messages from its other side: {seqs:?}"
    );
    page
}

/// Reads changes and checks the rules that every such read must keep.
pub(super) async fn changes(
    store: &Store,
    room: &RoomId,
    after: u64,
    limit: usize,
    point: Point,
) -> Changes {
    let read = store
        .changes(room, after, limit)
        .await
        .must(point, "changes");
    let revs: Vec<u64> = read.messages.iter().map(|m| m.rev).collect();
    let (through, head) = (read.through, read.head);
    let asked = format!("changes after {after} with limit {limit}");
    ensure!(
        CATCH_UP,
        revs.len() <= limit,
        "{asked} returned {} messages",
        revs.len()
    );
    ensure!(
        CATCH_UP,
        revs.is_sorted_by(|a, b| a < b),
        "{asked} returned revs that do not ascend: {revs:?}"
    );
    ensure!(
        CATCH_UP,
        revs.iter().all(|r| *r > after && *r <= through),
        "{asked} returned revs outside {after}..={through}: {revs:?}"
    );
    ensure!(
        CATCH_UP,
        through >= after && through <= head,
        "{asked} are through {through} with a head of {head}"
    );
    ensure!(
        CATCH_UP,
        through > after || head <= after,
        "{asked} do not advance beyond {through}, although the head is {head}"
    );
    read
}

/// Reads the whole history in pages, oldest first.
pub(super) async fn read_all(store: &Store, room: &RoomId, point: Point) -> Vec<Message> {
    let mut all: Vec<Message> = Vec::new();
    loop {
        let after = all.last().map_or(0, |m| m.seq);
        let next = page(store, room, Anchor::After(after), 100, point).await;
        ensure!(
            PAGES,
            !(next.has_after && next.messages.is_empty()),
            "the page after {after} is empty but reports more messages"
        );
        all.extend(next.messages);
        if !next.has_after {
            return all;
        }
    }
}

pub(super) fn seqs(messages: &[Message]) -> Vec<u64> {
    messages.iter().map(|m| m.seq).collect()
}

/// Asserts that `found` is exactly `first..=last`, in order.
#[track_caller]
pub(super) fn ensure_run(point: Point, found: &[u64], first: u64, last: u64, whose: &str) {
    let Some(wrong) = found
        .iter()
        .copied()
        .zip(first..)
        .find(|(found, want)| found != want)
        .or_else(|| {
            let count = last.saturating_add(1).saturating_sub(first);
            (found.len() as u64 != count).then(|| {
                let next = first.saturating_add(found.len() as u64);
                (found.last().copied().unwrap_or(0), next.min(last))
            })
        })
    else {
        return;
    };
    broken(
        point,
        format_args!(
            "{whose}: not exactly {first}..={last} ({} found; {} in place of {}): {}",
            found.len(),
            wrong.0,
            wrong.1,
            excerpt(found)
        ),
    )
}

fn excerpt(found: &[u64]) -> String {
    if found.len() <= 40 {
        return format!("{found:?}");
    }
    format!("{:?} … {:?}", &found[..20], &found[found.len() - 20..])
}
