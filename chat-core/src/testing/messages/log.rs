//! What the checks of a message store do all the time.

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

/// A user's text without a client message id.
pub(super) fn text(sender: &UserId, text: impl Into<String>) -> NewMessage {
    NewMessage::user(sender.clone(), Draft::text(text), now())
}

/// A user's text that may be sent again.
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
        "open of {room:?} gave the head of {:?}",
        head.room_id
    );
    store.opened(room, head.epoch);
    head
}

/// Appends, and expects that every entry succeeds.
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
        "append of {} entries gave {} answers",
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
            "the answer to message {id} is about {}",
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
        None => broken(point, format_args!("append gave no answer")),
    }
}

pub(super) async fn change(store: &Store, room: &RoomId, id: &MessageId, what: &Change) -> Changed {
    let epoch = store.epoch(room).await;
    store
        .change(room, epoch, id, what, now())
        .await
        .must(CHANGE, "change")
}

/// A page, with what is true of every page checked.
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
        "{anchor:?} gave {} messages, {limit} were asked for",
        page.messages.len()
    );
    let seqs = seqs(&page.messages);
    ensure!(
        PAGES,
        seqs.is_sorted_by(|a, b| a < b),
        "{anchor:?} gave seqs that do not ascend: {seqs:?}"
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
        "{anchor:?} gave messages on its other side: {seqs:?}"
    );
    page
}

/// A read of changes, with what is true of every such read checked.
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
    let asked = format!("changes after {after}, at most {limit}");
    ensure!(
        CATCH_UP,
        revs.len() <= limit,
        "{asked}, gave {} messages",
        revs.len()
    );
    ensure!(
        CATCH_UP,
        revs.is_sorted_by(|a, b| a < b),
        "{asked}, gave revs that do not ascend: {revs:?}"
    );
    ensure!(
        CATCH_UP,
        revs.iter().all(|r| *r > after && *r <= through),
        "{asked}, gave revs outside of {after}..={through}: {revs:?}"
    );
    ensure!(
        CATCH_UP,
        through >= after && through <= head,
        "{asked}, are through {through} of head {head}"
    );
    ensure!(
        CATCH_UP,
        through > after || head <= after,
        "{asked}, do not go on from {through} although the head is {head}"
    );
    read
}

/// The whole history, page by page from the oldest on.
pub(super) async fn read_all(store: &Store, room: &RoomId, point: Point) -> Vec<Message> {
    let mut all: Vec<Message> = Vec::new();
    loop {
        let after = all.last().map_or(0, |m| m.seq);
        let next = page(store, room, Anchor::After(after), 100, point).await;
        ensure!(
            PAGES,
            !(next.has_after && next.messages.is_empty()),
            "a page after {after} is empty and says that there is more"
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

/// Whether these are exactly the positions `first..=last`, in order.
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
            "{whose}: not exactly {first}..={last} ({} found; {} stands where {} belongs): {}",
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
