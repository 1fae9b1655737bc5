//! Validators reject documents that the store would not write.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod support;

use chat_core::RoomId;
use chat_core::backend::MessageLog;
use chat_mongo::MongoStore;
use mongodb::bson::{Document, doc};
use mongodb::error::{ErrorKind, WriteFailure};
use support::{TestDatabase, quiet};

const REFUSED: i32 = 121;

fn is_refused(answer: &mongodb::error::Result<()>) -> bool {
    matches!(
        answer.as_ref().map_err(|e| e.kind.as_ref()),
        Err(ErrorKind::Write(WriteFailure::WriteError(e))) if e.code == REFUSED
    )
}

#[tokio::test]
async fn what_is_written_past_the_store_is_refused() {
    let database = TestDatabase::new();
    let raw = database.raw().await;
    let insert = async |collection: &str, document: Document| {
        let into = raw.collection::<Document>(collection);
        into.insert_one(document).await.map(drop)
    };
    let pair = || doc! { "_id": "a b", "r": 7 };
    // Without validators, any document is accepted.
    let _before = database.node(quiet()).await;
    assert!(insert("chat_pairs", pair()).await.is_ok());
    raw.collection::<Document>("chat_pairs")
        .drop()
        .await
        .unwrap();

    let options = quiet().with_validators(true);
    let commands = MongoStore::validator_commands(&options);
    let store = database.node(options).await;
    for (collection, document) in [
        ("chat_pairs", pair()),
        ("chat_pairs", doc! { "_id": "a b" }),
        (
            "chat_logs",
            doc! { "_id": "room", "e": "no epoch", "f": 0_i64 },
        ),
        (
            "chat_messages",
            doc! { "_id": "no uuid", "r": "room", "s": 1_i64 },
        ),
        ("chat_users", doc! { "_id": "alice", "b": "bob" }),
    ] {
        assert!(commands.iter().any(|c| c.contains(collection)));
        let answer = insert(collection, document.clone()).await;
        assert!(is_refused(&answer), "{collection}: {document}: {answer:?}");
    }
    let further = doc! { "_id": "a b", "r": "room", "later": true };
    assert!(
        insert("chat_pairs", further).await.is_ok(),
        "a field of a later version"
    );
    let room = RoomId::new("room").unwrap();
    assert_eq!(store.open(&room).await.unwrap().head, 0);
    // A second start finds the collections and validators.
    let _again = database.node(quiet().with_validators(true)).await;
}
