use super::SEARCH;
use super::log::{Store, append, change, open, text};
use crate::backend::MessageStore;
use crate::model::{Change, NewMessage, SearchPage, SearchQuery, SystemEvent};
use crate::testing::Cluster;
use crate::testing::check::{Must, broken, ensure};
use crate::testing::ids::{room, user};
use crate::{RoomId, Timestamp};

fn at(sender: &str, what: &str, millis: i64) -> NewMessage {
    NewMessage {
        created_at: Timestamp::from_millis(millis),
        ..text(&user(sender), what)
    }
}

fn query(rooms: &[RoomId], words: &str) -> SearchQuery {
    SearchQuery {
        text: Some(words.to_owned()),
        ..SearchQuery::new(rooms.to_vec(), 10)
    }
}

async fn search(store: &Store, query: &SearchQuery) -> SearchPage {
    let page = store.search(query).await.must(SEARCH, "search");
    ensure!(
        SEARCH,
        page.messages.len() <= query.limit,
        "{} messages were found, {} were asked for",
        page.messages.len(),
        query.limit
    );
    page
}

/// All pages of a search.
async fn texts(store: &Store, query: &SearchQuery) -> Vec<String> {
    let (mut query, mut texts) = (query.clone(), Vec::new());
    for _ in 0..1000 {
        let page = search(store, &query).await;
        texts.extend(page.messages.into_iter().map(|m| m.text));
        let Some(next) = page.next else {
            return texts;
        };
        ensure!(
            SEARCH,
            query.after.is_none_or(|after| next < after),
            "a search goes on at {next:?}, where it was before"
        );
        query.after = Some(next);
    }
    broken(SEARCH, format_args!("a search of 40 messages has no end"))
}

pub(super) async fn what_matches_is_found(cluster: Cluster<dyn MessageStore>) {
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
                "{query:?} must find {want:?}, found is {found:?}"
            );
        }
    }
}

pub(super) async fn results_have_pages(cluster: Cluster<dyn MessageStore>) {
    let rooms = [room("a"), room("b")];
    let store = cluster.node(0);
    for room in &rooms {
        open(&store, room, SEARCH).await;
    }
    // Many of one millisecond, in both rooms, with ids in no order.
    let times = [10, 10, 20, 20, 20, 20, 20, 30];
    let mut want = Vec::new();
    for (n, room) in rooms.iter().enumerate() {
        let batch = times.iter().map(|t| at("alice", &format!("hi {n}"), *t));
        let sent = append(&store, room, batch.collect(), SEARCH).await;
        want.extend(sent.iter().map(|a| (a.message.created_at, a.message.id)));
    }
    want.sort_unstable_by(|a, b| b.cmp(a));
    for limit in [1, 3, 5, 16, 100] {
        let mut query = SearchQuery {
            limit,
            ..query(&rooms, "hi")
        };
        let mut found = Vec::new();
        loop {
            let page = search(&store, &query).await;
            found.extend(page.messages.iter().map(|m| (m.created_at, m.id)));
            ensure!(
                SEARCH,
                found.len() <= want.len(),
                "messages were found twice"
            );
            query.after = page.next;
            if page.next.is_none() {
                break;
            }
        }
        ensure!(
            SEARCH,
            found == want,
            "pages of {limit}: {want:?} expected, found is {found:?}"
        );
    }
}
