#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::Duration;

use super::*;
use crate::ManualClock;
use crate::model::{Anchor, Draft};

fn room(name: &str) -> RoomId {
    RoomId::new(name).unwrap()
}

fn user(name: &str) -> UserId {
    UserId::new(name).unwrap()
}

fn message(text: &str, expires_at: Option<i64>) -> NewMessage {
    let at = Timestamp::from_millis(0);
    let mut new = NewMessage::user(user("alice"), Draft::text(text), at);
    new.expires_at = expires_at.map(Timestamp::from_millis);
    new
}

fn clocked() -> (MemoryMessages, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(0)));
    let store = MemoryMessages::new().with_clock(Arc::clone(&clock) as _);
    (store, clock)
}

async fn append(store: &MemoryMessages, room: &RoomId, batch: Vec<NewMessage>) -> Vec<u64> {
    let epoch = store.open(room).await.unwrap().epoch;
    let answers = store.append(room, epoch, batch).await;
    answers
        .into_iter()
        .map(|a| a.unwrap().message.seq)
        .collect()
}

const ALL: HistoryQuery = HistoryQuery::new(Anchor::Newest, 100);

#[tokio::test]
async fn what_has_expired_leaves_every_read_and_the_head_stays() {
    let (store, clock) = clocked();
    let room = room("r");
    let batch = vec![message("short", Some(10)), message("long", None)];
    let id = batch[0].id;
    append(&store, &room, batch).await;
    assert!(store.message(&room, &id).await.unwrap().is_some());

    clock.advance(Duration::from_millis(10));
    let bob = user("bob");
    assert_eq!(
        store
            .unread(&bob, std::slice::from_ref(&room), &[])
            .await
            .unwrap()[0]
            .count,
        1
    );
    assert!(store.message(&room, &id).await.unwrap().is_none());
    let page = store.history(&room, &ALL).await.unwrap();
    assert_eq!(page.messages.len(), 1);
    assert!(!page.has_before);
    let changes = store.changes(&room, 0, 10).await.unwrap();
    assert_eq!((changes.messages.len(), changes.through), (1, 2));
    let epoch = store.open(&room).await.unwrap().epoch;
    let delete = store
        .change(&room, epoch, &id, &Change::Delete { by: None }, clock.now())
        .await;
    assert_eq!(
        delete.unwrap_err().kind(),
        crate::ErrorKind::MessageNotFound
    );

    clock.advance(Duration::from_secs(1));
    assert_eq!(
        append(&store, &room, vec![message("next", None)]).await,
        [3]
    );
}

#[tokio::test]
async fn appends_clean_rooms_nobody_reads() {
    let (store, clock) = clocked();
    let (idle, busy) = (room("idle"), room("busy"));
    // One message with a late deadline, then many with early ones.
    append(&store, &idle, vec![message("m", Some(1_000_000))]).await;
    for n in 0..100 {
        append(&store, &idle, vec![message("m", Some(10 + n))]).await;
    }
    let left = || {
        store
            .find(&idle)
            .unwrap()
            .lock()
            .history(&ALL)
            .messages
            .len()
    };
    assert_eq!(left(), 100);
    clock.set(Timestamp::from_millis(1000));
    append(&store, &busy, vec![message("m", None)]).await;
    assert!(left() > 1, "an append does a bounded amount of work");
    for _ in 0..20 {
        append(&store, &busy, vec![message("m", None)]).await;
    }
    assert_eq!(left(), 1);
    let deadlines = || store.logs.sweep.deadlines.lock().len();
    assert_eq!(deadlines(), 1, "a room has one entry in the schedule");
    store.delete_log(&idle, None).await.unwrap();
    assert_eq!(deadlines(), 0);
    assert!(store.logs.sweep.is_idle());
}

#[tokio::test]
async fn a_bounded_room_keeps_its_newest_messages() {
    let store = MemoryMessages::new().with_max_messages_per_room(Some(3));
    let room = room("r");
    let batch = (0..10).map(|n| message(&n.to_string(), None)).collect();
    assert_eq!(append(&store, &room, batch).await.len(), 10);
    let page = store.history(&room, &ALL).await.unwrap();
    let seqs: Vec<_> = page.messages.iter().map(|m| m.seq).collect();
    assert_eq!(seqs, [8, 9, 10]);
    assert_eq!(store.open(&room).await.unwrap().head, 10);
}

#[tokio::test]
async fn a_deleted_log_comes_back_as_another() {
    let store = MemoryMessages::new();
    let room = room("r");
    append(&store, &room, vec![message("m", None)]).await;
    store
        .mark_read(&room, &user("bob"), 1, Timestamp::from_millis(0))
        .await
        .unwrap();
    let before = store.open(&room).await.unwrap();
    store.delete_log(&room, None).await.unwrap();
    assert!(
        store
            .heads(std::slice::from_ref(&room))
            .await
            .unwrap()
            .is_empty()
    );
    let after = store.open(&room).await.unwrap();
    assert_ne!(after.epoch, before.epoch);
    assert_eq!((after.head, after.last_activity), (0, None));
    assert!(
        store
            .read_markers(&room, None, 10)
            .await
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_stored_message_costs_what_the_docs_say() {
    let size = size_of::<Message>();
    assert!((300..450).contains(&size), "{size}");
}
