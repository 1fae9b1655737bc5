use super::SEARCH;
use super::log::{append, change, open};
use super::search::{all, at, next_page, query};
use super::store::{Store, Stores};
use crate::model::{Change, Message, SearchQuery};
use crate::testing::check::ensure;
use crate::testing::ids::{room, user};
use crate::{MessageId, RoomId, Timestamp};

type Place = (Timestamp, MessageId);

fn place(message: &Message) -> Place {
    (message.created_at, message.id)
}

/// Sends many messages with equal times to both rooms, with ids in random order. Returns them
/// newest first.
async fn crowded(store: &Store, rooms: &[RoomId]) -> Vec<Place> {
    let times = [10, 10, 20, 20, 20, 20, 20, 30];
    let mut ids: Vec<_> = (0..rooms.len() * times.len())
        .map(|_| MessageId::random())
        .collect();
    fastrand::Rng::with_seed(1).shuffle(&mut ids);
    let mut want = Vec::new();
    for (n, room) in rooms.iter().enumerate() {
        open(store, room, SEARCH).await;
        let batch = times.iter().map(|t| {
            let mut message = at("alice", &format!("hi {n}"), *t);
            message.id = ids.pop().unwrap_or(message.id);
            message
        });
        let sent = append(store, room, batch.collect(), SEARCH).await;
        want.extend(sent.iter().map(|a| place(&a.message)));
    }
    want.sort_unstable_by(|a, b| b.cmp(a));
    want
}

pub(super) async fn results_have_pages(cluster: Stores) {
    let rooms = [room("a"), room("b")];
    let store = cluster.node(0);
    let want = crowded(&store, &rooms).await;
    for limit in [1, 3, 5, 16, 100] {
        let query = SearchQuery {
            limit,
            ..query(&rooms, "hi")
        };
        let found = all(&cluster.node(limit), &query).await;
        let found: Vec<_> = found.iter().map(place).collect();
        ensure!(
            SEARCH,
            found == want,
            "pages of {limit} returned {found:?}, not {want:?}"
        );
    }
}

/// Between two pages, new matches arrive and the last message of the page is deleted.
pub(super) async fn results_miss_nothing_meanwhile(cluster: Stores) {
    let rooms = [room("a"), room("b")];
    let store = cluster.node(0);
    let want = crowded(&store, &rooms).await;
    let mut query = Some(SearchQuery {
        limit: 3,
        sender: Some(user("alice")),
        ..query(&rooms, "hi")
    });
    let mut found: Vec<Message> = Vec::new();
    for _ in 0..100 {
        let Some(page) = next_page(&cluster.node(1), &mut query).await else {
            break;
        };
        found.extend(page);
        for room in &rooms {
            append(&store, room, vec![at("alice", "hi", 40)], SEARCH).await;
        }
        if let Some(last) = found.last() {
            let delete = Change::Delete { by: None };
            change(&store, &last.room_id, &last.id, &delete).await;
        }
    }
    let found: Vec<_> = found.iter().map(place).collect();
    ensure!(
        SEARCH,
        found.is_sorted_by(|a, b| a > b),
        "the results are not strictly newest first: {found:?}"
    );
    for place in want {
        ensure!(
            SEARCH,
            found.contains(&place),
            "{place:?} was there throughout but is missing from {found:?}"
        );
    }
}
