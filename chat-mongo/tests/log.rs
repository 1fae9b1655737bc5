//! Checks that positions are never reused after changes, expiry or a lost cache.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use chat_core::backend::MessageLog;
use chat_core::model::{Change, Draft, NewMessage};
use chat_core::{Clock, Epoch, MessageId, RoomId, SystemClock, UserId};
use chat_mongo::{MongoOptions, MongoStore};
use mongodb::bson::{Bson, DateTime, Document, doc};
use support::slow_link::SlowLink;
use support::{TestDatabase, nodes, quiet};

fn room() -> RoomId {
    RoomId::new("$where:{a.b}").unwrap()
}

fn text(expires: Option<Duration>) -> NewMessage {
    let now = SystemClock.now();
    let mut new = NewMessage::user(UserId::new("a").unwrap(), Draft::text("hi"), now);
    new.expires_at = expires.map(|after| now.after(after));
    new
}

async fn epoch(store: &MongoStore) -> Epoch {
    store.open(&room()).await.unwrap().epoch
}

async fn append(store: &MongoStore, batch: Vec<NewMessage>) -> Vec<(u64, MessageId)> {
    let answers = store.append(&room(), epoch(store).await, batch).await;
    answers
        .into_iter()
        .map(|a| a.unwrap().message)
        .map(|m| (m.seq, m.id))
        .collect()
}

async fn edit(store: &MongoStore, id: &MessageId, text: &str) -> u64 {
    let change = Change::Edit {
        text: text.to_owned(),
        by: None,
    };
    let epoch = epoch(store).await;
    let changed = store
        .change(&room(), epoch, id, &change, SystemClock.now())
        .await;
    changed.unwrap().message.rev
}

async fn messages(database: &TestDatabase) -> mongodb::Collection<Document> {
    database.raw().await.collection("chat_messages")
}

async fn floor(database: &TestDatabase) -> i64 {
    let logs = database.raw().await.collection::<Document>("chat_logs");
    let log = logs
        .find_one(doc! { "_id": room().as_str() })
        .await
        .unwrap();
    log.unwrap().get_i64("f").unwrap()
}

/// Returns all positions held by stored messages.
async fn held(database: &TestDatabase) -> Vec<i64> {
    let mut cursor = messages(database).await.find(doc! {}).await.unwrap();
    let mut held = Vec::new();
    while cursor.advance().await.unwrap() {
        match cursor.deserialize_current().unwrap().get("p").unwrap() {
            Bson::Array(all) => held.extend(all.iter().map(|p| p.as_i64().unwrap())),
            one => held.push(one.as_i64().unwrap()),
        }
    }
    held.sort_unstable();
    held
}

#[tokio::test]
async fn a_node_that_is_behind_takes_no_position_that_a_change_has_superseded() {
    let (nodes, database) = nodes(2).await;
    let (ahead, behind) = (&nodes[0], &nodes[1]);
    let (_, id) = append(ahead, vec![text(None)]).await[0];
    // It now caches 1 as the head.
    assert_eq!(behind.open(&room()).await.unwrap().head, 1);
    for n in 2..=6 {
        assert_eq!(edit(ahead, &id, &n.to_string()).await, n);
    }
    // An index on `rev` alone would accept 2, which no message has any more.
    assert_eq!(held(&database).await, [1, 2, 3, 4, 5, 6]);
    assert_eq!(edit(behind, &id, "late").await, 7);
    assert_eq!(append(behind, vec![text(None)]).await[0].0, 8);
    assert_eq!(held(&database).await, [1, 2, 3, 4, 5, 6, 7, 8]);
}

/// Moves the expiry and removal times of messages into the past.
async fn let_time_pass(database: &TestDatabase, which: Document) {
    let past = DateTime::from_millis(SystemClock.now().as_millis() - 1000);
    let expired = doc! { "$set": { "o": past, "x": past } };
    messages(database)
        .await
        .update_many(which, expired)
        .await
        .unwrap();
}

fn sweeping() -> MongoOptions {
    // A sweep waits for the timeout before it removes messages.
    quiet().with_timeout(Duration::from_secs(2))
}

#[tokio::test]
async fn the_head_stays_when_all_messages_are_gone_and_their_node_with_them() {
    let database = TestDatabase::new();
    let node = database.node(quiet()).await;
    let soon = Some(Duration::from_millis(200));
    let sent = append(&node, vec![text(soon), text(soon), text(soon)]).await;
    assert_eq!(edit(&node, &sent[0].1, "changed").await, 4);
    let before = node.open(&room()).await.unwrap();
    // The node stops without raising the floor.
    drop(node);
    assert_eq!(floor(&database).await, 0);
    let_time_pass(&database, doc! {}).await;

    let other = database.node(sweeping()).await;
    assert_eq!(other.sweep().await.unwrap(), 3);
    assert_eq!(
        messages(&database)
            .await
            .count_documents(doc! {})
            .await
            .unwrap(),
        0
    );
    assert_eq!(floor(&database).await, 4);
    let third = database.node(quiet()).await;
    for store in [&other, &third] {
        assert_eq!(store.open(&room()).await.unwrap(), before);
        let changes = store.changes(&room(), 0, 10).await.unwrap();
        assert_eq!((changes.through, changes.head), (4, 4));
    }
    assert_eq!(append(&third, vec![text(None)]).await[0].0, 5);
    assert_eq!(other.open(&room()).await.unwrap().head, 5);
}

#[tokio::test]
async fn the_head_stays_when_the_newest_messages_are_gone() {
    let database = TestDatabase::new();
    let node = database.node(sweeping()).await;
    let soon = Some(Duration::from_millis(200));
    append(&node, vec![text(None), text(None), text(soon), text(soon)]).await;
    let before = node.open(&room()).await.unwrap();
    let_time_pass(&database, doc! { "s": { "$gt": 2_i64 } }).await;
    assert_eq!(node.sweep().await.unwrap(), 2);
    let cold = database.node(quiet()).await;
    assert_eq!(cold.open(&room()).await.unwrap(), before);
    assert_eq!(append(&cold, vec![text(None)]).await[0].0, 5);
}

#[tokio::test]
async fn what_has_expired_is_not_removed_before_its_position_is_safe() {
    let database = TestDatabase::new();
    let node = database.node(sweeping()).await;
    append(&node, vec![text(Some(Duration::ZERO))]).await;
    // It has expired, but a write with a stale head may be in flight.
    assert_eq!(node.sweep().await.unwrap(), 0);
    assert_eq!(held(&database).await, [1]);
}

#[tokio::test]
async fn heads_go_forward_when_the_server_may_have_removed_messages_itself() {
    let database = TestDatabase::new();
    let node = database.node(quiet()).await;
    append(&node, vec![text(None), text(None)]).await;
    drop(node);
    let raw = database.raw().await;
    messages(&database)
        .await
        .delete_many(doc! {})
        .await
        .unwrap();
    let long_ago = DateTime::from_millis(SystemClock.now().as_millis() - 8 * 24 * 3_600_000);
    let meta = raw.collection::<Document>("chat_meta");
    let unswept = doc! { "$set": { "swept": long_ago } };
    meta.update_one(doc! { "_id": "schema" }, unswept)
        .await
        .unwrap();
    let node = database.node(quiet()).await;
    let head = node.open(&room()).await.unwrap().head;
    assert!(head >= 2, "the head went back to {head}");
    assert_eq!(append(&node, vec![text(None)]).await[0].0, head + 1);
    // A second start does not advance it again.
    let again = database.node(quiet()).await;
    assert_eq!(again.open(&room()).await.unwrap().head, head + 1);
}

#[tokio::test]
async fn the_floor_follows_the_head() {
    let (nodes, database) = nodes(1).await;
    for _ in 0..3 {
        append(&nodes[0], (0..1000).map(|_| text(None)).collect()).await;
    }
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while floor(&database).await < 2000 {
        assert!(tokio::time::Instant::now() < deadline, "the floor is stuck");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn what_was_on_its_way_to_a_deleted_log_is_not_in_the_next_one() {
    let (nodes, database) = nodes(2).await;
    append(&nodes[0], vec![text(None), text(None)]).await;
    let all = messages(&database).await;
    let mut late = all.find_one(doc! {}).await.unwrap().unwrap();
    nodes[0].delete_log(&room(), None).await.unwrap();
    // A slow insert arrives after the deletion of the log.
    late.insert("s", 3_i64);
    late.insert("v", 3_i64);
    late.insert("p", 3_i64);
    all.insert_one(late).await.unwrap();
    assert_eq!(nodes[1].open(&room()).await.unwrap().head, 0);
    assert_eq!(append(&nodes[0], vec![text(None)]).await[0].0, 1);
    assert_eq!(held(&database).await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_that_was_said_to_have_failed_does_not_arrive_later() {
    let database = TestDatabase::new();
    let link = SlowLink::to(database.address()).await;
    let uri = format!("mongodb://{}/?directConnection=true", link.address);
    let options = quiet().with_timeout(Duration::from_millis(500));
    let store = MongoStore::connect_with(&uri, &database.name, options).await;
    let store = store.unwrap();
    append(&store, vec![text(None)]).await;
    let epoch = epoch(&store).await;
    link.hold();
    // The insert is held in flight.
    let batch = vec![text(None), text(None)];
    let ids = [batch[0].id, batch[1].id];
    for answer in store.append(&room(), epoch, batch.clone()).await {
        assert!(answer.unwrap_err().is_temporary());
    }
    link.release().await;
    let near = database.node(quiet()).await;
    for id in &ids {
        assert_eq!(near.message(&room(), id).await.unwrap(), None);
    }
    assert_eq!(near.open(&room()).await.unwrap().head, 1);
    // A retry stores them.
    let again = append(&near, batch).await;
    assert_eq!(again, [(2, ids[0]), (3, ids[1])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_nodes_append_while_another_changes() {
    let (nodes, database) = nodes(4).await;
    let (_, first) = append(&nodes[3], vec![text(None)]).await[0];
    let mut tasks = tokio::task::JoinSet::new();
    for store in &nodes[..3] {
        let store = store.clone();
        tasks.spawn(async move {
            let mut taken = Vec::new();
            for n in 0..40 {
                let batch = (0..1 + n % 4).map(|_| text(None)).collect();
                taken.extend(append(&store, batch).await.into_iter().map(|(seq, _)| seq));
            }
            taken
        });
    }
    let changer = nodes[3].clone();
    tasks.spawn(async move {
        let mut taken = Vec::new();
        for n in 0..60 {
            taken.push(edit(&changer, &first, &n.to_string()).await);
        }
        taken
    });
    let taken: Vec<u64> = tasks.join_all().await.concat();
    let unique: BTreeSet<u64> = taken.iter().copied().collect();
    let head = nodes[0].open(&room()).await.unwrap().head;
    assert_eq!(unique.len(), taken.len(), "a position was used twice");
    assert_eq!(
        unique.into_iter().collect::<Vec<_>>(),
        (2..=head).collect::<Vec<_>>()
    );
    let all: Vec<i64> = (1..=i64::try_from(head).unwrap()).collect();
    assert_eq!(held(&database).await, all);
}

/// Renewing epochs, as after a restore, keeps all messages.
#[tokio::test]
async fn a_log_with_a_new_epoch_is_the_same_otherwise() {
    let (nodes, database) = nodes(1).await;
    let before = nodes[0].open(&room()).await.unwrap();
    let sent = append(&nodes[0], vec![text(None), text(None)]).await;
    assert_eq!(edit(&nodes[0], &sent[0].1, "edited").await, 3);
    nodes[0].open(&RoomId::new("other").unwrap()).await.unwrap();
    assert_eq!(nodes[0].renew_epochs().await.unwrap(), 2);

    let node = database.node(quiet()).await;
    let after = node.open(&room()).await.unwrap();
    assert_ne!(after.epoch, before.epoch);
    assert_eq!(after.head, 3);
    let changes = node.changes(&room(), 0, 10).await.unwrap();
    let revs: Vec<u64> = changes.messages.iter().map(|m| m.rev).collect();
    assert_eq!((revs, changes.epoch), (vec![2, 3], after.epoch));
    assert_eq!(edit(&node, &sent[1].1, "edited").await, 4);
    assert_eq!(append(&node, vec![text(None)]).await[0].0, 5);
    let old = node.append(&room(), before.epoch, vec![text(None)]).await;
    assert!(
        old[0]
            .as_ref()
            .is_err_and(chat_core::Error::is_log_replaced)
    );
    // A handle with the old epoch in its cache reads the new one.
    assert_eq!(nodes[0].open(&room()).await.unwrap().epoch, after.epoch);

    node.delete_log(&room(), None).await.unwrap();
    let raw = database.raw().await;
    let left = raw.collection::<Document>("chat_messages");
    let left = left.count_documents(doc! { "r": room().as_str() }).await;
    assert_eq!(left.unwrap(), 0, "messages of the log are left");
}
