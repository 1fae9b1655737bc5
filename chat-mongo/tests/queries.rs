//! Checks that each query targets one shard and scans a bounded range, however long the log is.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chat_core::backend::{MessageLog, PushQueue, ReadStore, RoomStore, UserStore};
use chat_core::model::{
    Anchor, Change, Draft, HistoryQuery, Member, NewMessage, NewRoom, Role, RoomKind, SearchQuery,
};
use chat_core::{MessageId, RoomId, Timestamp, UserId};
use chat_mongo::MongoStore;
use mongodb::bson::{Bson, Document, doc};
use mongodb::event::EventHandler;
use mongodb::event::command::CommandEvent;
use mongodb::options::ClientOptions;
use mongodb::{Client, Database};
use support::{TestDatabase, quiet};

const MESSAGES: u64 = 200_000;
/// The maximum number of index entries in the range of a query, and in a window of a search.
const MOST: u64 = 2_100;
const MOST_SEARCHED: u64 = 5_000;

#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Document>>>);

impl Recorder {
    fn take(&self) -> Vec<Document> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

async fn recorded(database: &TestDatabase) -> (MongoStore, Recorder) {
    let recorder = Recorder::default();
    let commands = Arc::clone(&recorder.0);
    let mut options = ClientOptions::parse(database.uri()).await.unwrap();
    options.command_event_handler = Some(EventHandler::callback(move |event| {
        if let CommandEvent::Started(started) = event {
            commands.lock().unwrap().push(started.command);
        }
    }));
    let client = Client::with_options(options).unwrap();
    let store = MongoStore::with_client(&client, &database.name, quiet()).await;
    recorder.take();
    (store.unwrap(), recorder)
}

/// Returns the collection and the filters of a command.
fn filters(command: &Document) -> Option<(String, Vec<Document>)> {
    let (name, target) = command.iter().next()?;
    let Bson::String(target) = target else {
        return None;
    };
    let filter = |d: &Document, key: &str| d.get_document(key).unwrap().clone();
    let list = |key: &str| {
        let all = command.get_array(key).unwrap().iter();
        all.map(|d| d.as_document().unwrap().clone())
            .collect::<Vec<_>>()
    };
    let filters = match name.as_str() {
        "find" => vec![filter(command, "filter")],
        "findAndModify" | "findandmodify" => vec![filter(command, "query")],
        "aggregate" => vec![filter(&list("pipeline")[0], "$match")],
        "update" => list("updates").iter().map(|u| filter(u, "q")).collect(),
        "delete" => list("deletes").iter().map(|u| filter(u, "q")).collect(),
        "insert" => list("documents"),
        "getMore" | "commitTransaction" | "abortTransaction" | "endSessions" => return None,
        other => panic!("unknown command {other}: {command}"),
    };
    Some((target.clone(), filters))
}

fn shard_key(collection: &str) -> &'static str {
    match collection {
        "chat_messages" | "chat_readers" | "chat_members" | "chat_reports" | "chat_audit" => "r",
        _ => "_id",
    }
}

/// Checks that each recorded command names its shard and ranges over at most `most` index entries.
async fn check(what: &str, raw: &Database, recorder: &Recorder, most: u64) {
    let commands = recorder.take();
    assert!(!commands.is_empty(), "{what} sent no commands");
    for command in commands {
        let Some((collection, filters)) = filters(&command) else {
            continue;
        };
        for filter in filters {
            let shard = filter.get(shard_key(&collection));
            let names_it = match shard {
                Some(Bson::Document(d)) => d.keys().all(|k| k == "$in"),
                Some(_) => true,
                None => false,
            };
            assert!(names_it, "{what} targets all shards: {command}");
            if collection != "chat_messages" || command.contains_key("insert") {
                continue;
            }
            // The conditions that an index bounds.
            let indexed = ["r", "_id", "s", "v", "p", "h", "m", "pt", "u", "c"];
            let by = |key: &str| filter.contains_key(key);
            let bounds = filter.iter().filter(|(key, _)| match key.as_str() {
                // The sender is indexed only together with the client id.
                "u" | "c" => by("c"),
                // The id already bounds it.
                "v" => !by("_id"),
                key => indexed.contains(&key),
            });
            let bounds: Document = bounds.map(|(k, v)| (k.clone(), v.clone())).collect();
            let all = raw.collection::<Document>("chat_messages");
            let ranged = all.count_documents(bounds).limit(most + 1).await.unwrap();
            assert!(ranged <= most, "{what} ranges over {ranged}: {command}");
        }
    }
}

fn room() -> RoomId {
    RoomId::new("room").unwrap()
}

fn user(n: u64) -> UserId {
    UserId::new(format!("user-{n}")).unwrap()
}

fn at(seq: u64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + i64::try_from(seq).unwrap() * 1000)
}

fn text(n: u64) -> NewMessage {
    NewMessage::user(user(n % 50), Draft::text(format!("message {n}")), at(n))
}

async fn fill(store: &MongoStore) {
    let mut seq = 0;
    while seq < MESSAGES {
        let batch = (seq + 1..=seq + 2000).map(text).collect();
        let epoch = store.open(&room()).await.unwrap().epoch;
        for answer in store.append(&room(), epoch, batch).await {
            seq = answer.unwrap().message.seq;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_name_the_room_and_are_bounded() {
    let database = TestDatabase::new();
    let raw = database.raw().await;
    fill(&database.node(quiet()).await).await;
    // A handle with an empty cache.
    let (store, recorder) = recorded(&database).await;
    let room = &room();
    let opened = store.open(room).await.unwrap();
    assert_eq!(opened.head, MESSAGES);
    check("a cold open", &raw, &recorder, MOST).await;

    let middle = MESSAGES / 2;
    let anchors = [
        Anchor::Newest,
        Anchor::Before(middle),
        Anchor::After(middle),
        Anchor::Around(middle),
        Anchor::BeforeTime(at(middle)),
        Anchor::AfterTime(at(middle)),
    ];
    let mut found: Vec<MessageId> = Vec::new();
    for anchor in anchors {
        let page = store.history(room, &HistoryQuery::new(anchor, 50)).await;
        let page = page.unwrap();
        assert_eq!(page.messages.len(), 50);
        found = page.messages.iter().map(|m| m.id).collect();
        check(&format!("{anchor:?}"), &raw, &recorder, MOST).await;
    }
    let root = found[0];
    let thread = HistoryQuery::new(Anchor::Newest, 50).in_thread(root);
    store.history(room, &thread).await.unwrap();
    store.threads(room, &found).await.unwrap();
    store
        .thread_reads(room, &user(1), &found[..5])
        .await
        .unwrap();
    store
        .mark_thread_read(room, &root, &user(1), 5)
        .await
        .unwrap();
    check("threads", &raw, &recorder, MOST).await;

    store.changes(room, MESSAGES - 300, 100).await.unwrap();
    store.changes(room, middle, 100).await.unwrap();
    check("changes", &raw, &recorder, MOST).await;
    store.heads(std::slice::from_ref(room)).await.unwrap();
    check("heads", &raw, &recorder, MOST).await;
    store.message(room, &root).await.unwrap();
    check("a message", &raw, &recorder, MOST).await;

    let appended = store
        .append(room, opened.epoch, (0..64).map(text).collect())
        .await;
    let id = appended[0].as_ref().unwrap().message.id;
    check("append", &raw, &recorder, MOST).await;
    let edit = Change::Edit {
        text: "edited".to_owned(),
        by: None,
    };
    store
        .change(room, opened.epoch, &id, &edit, at(1))
        .await
        .unwrap();
    check("change", &raw, &recorder, MOST).await;

    let users = &user(1);
    store
        .mark_read(room, users, MESSAGES - 500, at(1))
        .await
        .unwrap();
    store.read_marker(room, users).await.unwrap();
    store.read_markers(room, None, 100).await.unwrap();
    store.readers(room, MESSAGES - 500, None, 10).await.unwrap();
    store.hide(room, users, &id, 100).await.unwrap();
    store.hidden(room, users).await.unwrap();
    check("markers", &raw, &recorder, MOST).await;
    for reader in [1, 2] {
        let unread = store
            .unread(&user(reader), std::slice::from_ref(room), &[])
            .await;
        assert!(unread.unwrap()[0].count > 0);
    }
    check("unread", &raw, &recorder, MOST).await;
    store.pins(room, 50).await.unwrap();
    check("pins", &raw, &recorder, MOST).await;
    let query = SearchQuery {
        text: Some("message".to_owned()),
        until: Some(at(middle)),
        ..SearchQuery::new(vec![room.clone()], 20)
    };
    assert_eq!(store.search(&query).await.unwrap().messages.len(), 20);
    check("search", &raw, &recorder, MOST_SEARCHED).await;
    store.done(room, &found).await.unwrap();
    check("done", &raw, &recorder, MOST).await;
}

#[tokio::test]
async fn rooms_and_users_are_asked_for_by_their_shard() {
    let database = TestDatabase::new();
    let raw = database.raw().await;
    let (store, recorder) = recorded(&database).await;
    let (room, now) = (&room(), at(1));
    let mut new = NewRoom::new(room.clone(), RoomKind::Group, now);
    new.members = vec![Member::new(user(1), Role::Owner, now)];
    store.create_room(new).await.unwrap();
    store.room(room).await.unwrap();
    let member = Member::new(user(2), Role::Member, now);
    store.add_member(room, &member).await.unwrap();
    store.memberships(room, &[user(1), user(2)]).await.unwrap();
    store.members(room, None, 10).await.unwrap();
    store.remove_member(room, &user(2)).await.unwrap();
    store.bans(room, None, 10).await.unwrap();
    store.settings(&[user(1), user(2)]).await.unwrap();
    store.block(&user(1), &user(2), 10).await.unwrap();
    check("rooms and users", &raw, &recorder, MOST).await;
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_starting_again_changes_nothing() {
    let database = TestDatabase::new();
    let indexes = || async {
        let raw = database.raw().await;
        let all = raw.collection::<Document>("chat_messages");
        let mut names = all.list_index_names().await.unwrap();
        names.sort();
        names
    };
    database.node(quiet()).await;
    let before = indexes().await;
    assert!(
        before.iter().any(|name| name == "room_position"),
        "{before:?}"
    );
    database.node(quiet()).await;
    assert_eq!(indexes().await, before);

    let meta = database.raw().await.collection::<Document>("chat_meta");
    let newer = doc! { "$set": { "version": 1000 } };
    meta.update_one(doc! { "_id": "schema" }, newer)
        .await
        .unwrap();
    let refused = MongoStore::connect_with(database.uri(), &database.name, quiet()).await;
    let told = std::error::Error::source(&refused.unwrap_err())
        .unwrap()
        .to_string();
    assert!(told.contains("1000"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_handles_sweeps_by_itself() {
    let database = TestDatabase::new();
    let every = Some(Duration::from_millis(50));
    let options = || {
        quiet()
            .with_sweep(every)
            .with_timeout(Duration::from_secs(1))
    };
    let first = database.node(options()).await;
    let _second = database.node(options()).await;
    let mut new = text(1);
    new.expires_at = Some(at(2));
    let epoch = first.open(&room()).await.unwrap().epoch;
    first
        .append(&room(), epoch, vec![new])
        .await
        .remove(0)
        .unwrap();
    let raw = database.raw().await;
    let all = raw.collection::<Document>("chat_messages");
    let due = doc! { "$set": { "x": mongodb::bson::DateTime::from_millis(0) } };
    all.update_many(doc! {}, due).await.unwrap();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while all.count_documents(doc! {}).await.unwrap() > 0 {
        assert!(tokio::time::Instant::now() < deadline, "no handle sweeps");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(first.open(&room()).await.unwrap().head, 1);
}
