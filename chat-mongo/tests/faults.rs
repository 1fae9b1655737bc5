//! Servers that crash or stop responding.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chat_core::backend::MessageLog;
use chat_core::model::{Change, Draft, Message, NewMessage};
use chat_core::{Clock, Epoch, ErrorKind, MessageId, RoomId, SystemClock, UserId};
use chat_mongo::{MongoOptions, MongoStore};
use chat_testbed::MongoServer;

const WRITERS: usize = 8;

fn room() -> RoomId {
    RoomId::new("room").unwrap()
}

fn text(writer: usize) -> NewMessage {
    let user = UserId::new(format!("writer-{writer}")).unwrap();
    NewMessage::user(user, Draft::text("hi"), SystemClock.now())
}

async fn node(server: &MongoServer, options: MongoOptions) -> MongoStore {
    let store = MongoStore::connect_with(&server.uri(), "test", options.with_sweep(None)).await;
    store.unwrap()
}

async fn epoch(store: &MongoStore) -> Epoch {
    store.open(&room()).await.unwrap().epoch
}

async fn all(store: &MongoStore) -> Vec<Message> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let changes = store.changes(&room(), after, 500).await.unwrap();
        all.extend(changes.messages);
        after = changes.through;
        if after == changes.head {
            return all;
        }
    }
}

/// The results that a writer received.
#[derive(Default)]
struct Told {
    stored: HashMap<MessageId, u64>,
    failed: HashSet<MessageId>,
}

async fn write(store: MongoStore, writer: usize, stop: Arc<AtomicBool>) -> Told {
    let mut told = Told::default();
    let epoch = epoch(&store).await;
    while !stop.load(Ordering::SeqCst) {
        let batch = vec![text(writer), text(writer)];
        let ids = [batch[0].id, batch[1].id];
        for (id, answer) in ids
            .into_iter()
            .zip(store.append(&room(), epoch, batch).await)
        {
            match answer {
                Ok(appended) => {
                    told.stored.insert(id, appended.message.seq);
                }
                Err(e) => {
                    assert_eq!(e.kind(), ErrorKind::Unavailable, "{e:?}");
                    told.failed.insert(id);
                }
            }
        }
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_the_death_of_the_server() {
    let mut server = MongoServer::start().unwrap();
    let nodes = [
        node(&server, MongoOptions::new()).await,
        node(&server, MongoOptions::new()).await,
    ];
    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(write(nodes[writer % 2].clone(), writer, Arc::clone(&stop)));
    }
    for round in 1..=2 {
        // Kill the server in the middle of the writes.
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        loop {
            let head = nodes[0].open(&room()).await.map_or(0, |h| h.head);
            if head > 300 * round {
                break;
            }
            assert!(
                tokio::time::Instant::now() < deadline,
                "only {head} were written"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.kill();
        server.restart().unwrap();
    }
    stop.store(true, Ordering::SeqCst);
    let told = writers.join_all().await;

    let late = node(&server, MongoOptions::new()).await;
    let stored = all(&late).await;
    let head = late.open(&room()).await.unwrap().head;
    let seqs: Vec<u64> = stored.iter().map(|m| m.seq).collect();
    assert_eq!(
        seqs,
        (1..=head).collect::<Vec<_>>(),
        "each position once, without gaps"
    );
    let found: HashMap<MessageId, u64> = stored.iter().map(|m| (m.id, m.seq)).collect();
    let mut acknowledged = 0;
    for told in told {
        for (id, seq) in &told.stored {
            assert_eq!(found.get(id), Some(seq), "an acknowledged message is lost");
        }
        for id in &told.failed {
            assert!(
                !found.contains_key(id),
                "a message that failed to append was stored"
            );
        }
        acknowledged += told.stored.len();
    }
    assert_eq!(acknowledged, stored.len(), "all outcomes are known");
    for pair in stored.windows(2) {
        assert!(pair[0].created_at <= pair[1].created_at);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_nothing_is_given_up_and_the_outcome_found_out() {
    let server = MongoServer::start().unwrap();
    let options = || MongoOptions::new().with_timeout(Duration::from_millis(700));
    let store = node(&server, options()).await;
    let epoch = epoch(&store).await;
    let first = store
        .append(&room(), epoch, vec![text(0)])
        .await
        .remove(0)
        .unwrap();
    server.pause().unwrap();
    // Reads time out with a temporary error.
    let read = store.message(&room(), &first.message.id).await.unwrap_err();
    assert!(read.is_temporary(), "{read:?}");
    let batch: Vec<_> = (0..3).map(|_| text(1)).collect();
    let ids: Vec<_> = batch.iter().map(|m| m.id).collect();
    let append = tokio::spawn({
        let store = store.clone();
        async move { store.append(&room(), epoch, batch).await }
    });
    // Two reads that time out give the first attempt time to do so too.
    store.message(&room(), &first.message.id).await.unwrap_err();
    store.message(&room(), &first.message.id).await.unwrap_err();
    server.resume().unwrap();
    let answers = append.await.unwrap();
    // The insert may have run before or after the pause. Results must match the stored messages.
    let late = node(&server, MongoOptions::new()).await;
    let stored = all(&late).await;
    for (id, answer) in ids.iter().zip(&answers) {
        let found = stored.iter().find(|m| m.id == *id);
        match answer {
            Ok(appended) => assert_eq!(found, Some(&*appended.message)),
            Err(e) => {
                assert!(found.is_none(), "stored despite {e:?}");
                assert!(e.is_temporary());
            }
        }
    }
    // A retry uses the same ids.
    let again: Vec<_> = ids
        .iter()
        .map(|id| NewMessage { id: *id, ..text(1) })
        .collect();
    for answer in store.append(&room(), epoch, again).await {
        answer.unwrap();
    }
    let seqs: Vec<u64> = all(&late).await.iter().map(|m| m.seq).collect();
    assert_eq!(seqs, [1, 2, 3, 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_goes_through_when_the_server_comes_back() {
    let mut server = MongoServer::start().unwrap();
    let store = node(&server, MongoOptions::new()).await;
    let epoch = epoch(&store).await;
    let first = store
        .append(&room(), epoch, vec![text(0)])
        .await
        .remove(0)
        .unwrap();
    server.kill();
    let edit = Change::Edit {
        text: "edited".to_owned(),
        by: None,
    };
    let (room, id) = (room(), first.message.id);
    let e = store.change(&room, epoch, &id, &edit, SystemClock.now());
    let e = e.await.unwrap_err();
    assert!(e.is_temporary(), "{e:?}");
    assert!(std::error::Error::source(&e).is_some());
    server.restart().unwrap();
    let changed = store.change(&room, epoch, &id, &edit, SystemClock.now());
    let changed = changed.await.unwrap();
    assert!(changed.changed);
    assert_eq!(changed.message.rev, 2);
}

#[tokio::test]
async fn where_there_is_no_server_connecting_says_so() {
    let uri = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200";
    let e = MongoStore::connect(uri, "test").await.unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Unavailable);
    let e = MongoStore::connect("http://127.0.0.1", "test")
        .await
        .unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Invalid);
}
