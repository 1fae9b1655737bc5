use super::SEARCH;
use super::log::{append, change, edit, open, text};
use super::store::{Store, Stores};
use crate::model::{Change, Message, NewMessage, SearchPage, SearchQuery, SystemEvent};
use crate::testing::check::{Must, broken, ensure};
use crate::testing::ids::{a_room, room, user};
use crate::{RoomId, Timestamp};

pub(super) fn at(sender: &str, what: &str, millis: i64) -> NewMessage {
    NewMessage {
        created_at: Timestamp::from_millis(millis),
        ..text(&user(sender), what)
    }
}

pub(super) fn query(rooms: &[RoomId], words: &str) -> SearchQuery {
    SearchQuery {
        text: Some(words.to_owned()),
        ..SearchQuery::new(rooms.to_vec(), 10)
    }
}

pub(super) async fn search(store: &Store, query: &SearchQuery) -> SearchPage {
    let page = store.search(query).await.must(SEARCH, "search");
    ensure!(
        SEARCH,
        page.messages.len() <= query.limit,
        "{} messages were found with a limit of {}",
        page.messages.len(),
        query.limit
    );
    page
}

/// Reads the next page and advances the query; `None` after the last page.
pub(super) async fn next_page(
    store: &Store,
    query: &mut Option<SearchQuery>,
) -> Option<Vec<Message>> {
    let asked = query.as_ref()?;
    let page = search(store, asked).await;
    if let (Some(next), Some(after)) = (page.next, asked.after) {
        ensure!(
            SEARCH,
            next < after,
            "a search after {after:?} continues at {next:?}"
        );
    }
    *query = page.next.map(|next| SearchQuery {
        after: Some(next),
        ..asked.clone()
    });
    Some(page.messages)
}

/// Reads all pages of a search.
pub(super) async fn all(store: &Store, query: &SearchQuery) -> Vec<Message> {
    let (mut query, mut found) = (Some(query.clone()), Vec::new());
    for _ in 0..1000 {
        let Some(page) = next_page(store, &mut query).await else {
            return found;
        };
        found.extend(page);
    }
    broken(SEARCH, format_args!("a search of 40 messages does not end"))
}

async fn texts(store: &Store, query: &SearchQuery) -> Vec<String> {
    let found = all(store, query).await;
    found.into_iter().map(|m| m.text).collect()
}

pub(super) async fn what_matches_is_found(cluster: Stores) {
    let rooms = [room("a"), room("a.b"), room("$or")];
    let store = cluster.node(0);
    for room in &rooms {
        open(&store, room, SEARCH).await;
    }
    let batch = vec![
        at("alice", "Lunch at noon?", 10),
        at("bob", "no lunch today", 20),
        at("alice", "what about dinner", 30),
        at("alice", "lunch was good", 40),
        NewMessage::system(
            SystemEvent::Notice {},
            "lunch is over",
            Timestamp::from_millis(50),
        ),
        at("alice", "lunch, deleted", 60),
        NewMessage {
            shadowed: true,
            ..at("mallory", "cheap watches", 70)
        },
    ];
    let sent = append(&store, &rooms[0], batch, SEARCH).await;
    let delete = Change::Delete { by: None };
    change(&store, &rooms[0], &sent[5].message.id, &delete).await;
    append(
        &store,
        &rooms[1],
        vec![at("bob", "LUNCH for $where .* two", 25)],
        SEARCH,
    )
    .await;
    append(
        &store,
        &rooms[2],
        vec![at("bob", "lunch elsewhere", 35)],
        SEARCH,
    )
    .await;
    let both = &rooms[..2];
    let base = query(both, "lunch");
    let lunches = [
        "lunch was good",
        "LUNCH for $where .* two",
        "no lunch today",
        "Lunch at noon?",
    ];
    let cases = [
        (base.clone(), &lunches[..]),
        (query(both, "lunch today"), &lunches[2..3]),
        (query(both, "today LUNCH"), &lunches[2..3]),
        (query(both, "$where .*"), &lunches[1..2]),
        (query(both, "breakfast"), &[]),
        (query(&rooms[..1], "two"), &[]),
        (query(&[], "lunch"), &[]),
        (query(both, "watches"), &["cheap watches"]),
        (
            query(&[&rooms[..1], &rooms[..1]].concat(), "noon?"),
            &lunches[3..],
        ),
        (
            SearchQuery {
                sender: Some(user("bob")),
                ..base.clone()
            },
            &lunches[1..3],
        ),
        (
            SearchQuery {
                since: Some(Timestamp::from_millis(20)),
                until: Some(Timestamp::from_millis(40)),
                ..base.clone()
            },
            &lunches[1..3],
        ),
        (
            SearchQuery {
                text: None,
                sender: Some(user("alice")),
                since: Some(Timestamp::from_millis(30)),
                ..base.clone()
            },
            &["lunch was good", "what about dinner"],
        ),
    ];
    for (query, want) in cases {
        for store in cluster.nodes() {
            let found = texts(store, &query).await;
            ensure!(
                SEARCH,
                found == want,
                "{query:?} found {found:?}, not {want:?}"
            );
        }
    }
}

pub(super) async fn the_latest_state_is_searched(cluster: Stores) {
    let (store, room) = (cluster.node(0), a_room());
    open(&store, &room, SEARCH).await;
    let sent = append(&store, &room, vec![at("a", "breakfast", 10)], SEARCH).await;
    let rooms = [room.clone()];
    change(&store, &room, &sent[0].message.id, &edit("dinner")).await;
    for store in cluster.nodes() {
        let found = texts(store, &query(&rooms, "breakfast")).await;
        ensure!(
            SEARCH,
            found.is_empty(),
            "text that an edit removed is found in {found:?}"
        );
        let found = texts(store, &query(&rooms, "dinner")).await;
        ensure!(
            SEARCH,
            found == ["dinner"],
            "a search for text that an edit added found {found:?}"
        );
    }
    store
        .delete_log(&room, None)
        .await
        .must(SEARCH, "delete_log");
    let found = texts(&cluster.node(1), &query(&rooms, "dinner")).await;
    ensure!(
        SEARCH,
        found.is_empty(),
        "a deleted log still yields {found:?}"
    );
}

/// Words with a special meaning in a pattern, a query language or a search box.
const PATTERNS: [&str; 22] = [
    "-noon",
    "+noon",
    "\"noon",
    "noon\"",
    "'noon'",
    "OR",
    "AND",
    "NOT",
    "(",
    "[a-",
    "a{2",
    "*",
    "no*",
    "^noon",
    "$",
    ".*",
    "\\",
    "%",
    "_",
    "sender:bob",
    "über",
    "日本語",
];

pub(super) async fn no_text_is_a_pattern(cluster: Stores) {
    let (store, room) = (cluster.node(0), a_room());
    open(&store, &room, SEARCH).await;
    let mut batch: Vec<_> = PATTERNS
        .map(|word| at("a", &format!("mark {word} at noon"), 10))
        .into();
    batch.push(at("a", "at noon, without", 10));
    append(&store, &room, batch, SEARCH).await;
    for word in PATTERNS {
        for words in [format!("{word} mark"), format!("mark {word}")] {
            let query = SearchQuery {
                limit: 100,
                ..query(std::slice::from_ref(&room), &words)
            };
            let found = texts(&cluster.node(1), &query).await;
            ensure!(
                SEARCH,
                found.contains(&format!("mark {word} at noon")),
                "{words:?} does not match its own message, only {found:?}"
            );
            ensure!(
                SEARCH,
                found.iter().all(|text| text.starts_with("mark")),
                "{words:?} matches {found:?}"
            );
        }
    }
}
