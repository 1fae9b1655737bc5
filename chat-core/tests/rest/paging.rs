//! Reading a history in pages. For every cursor, direction and page size, each message comes once
//! and in order, even if many share a millisecond.

use std::time::Duration;

use chat_core::model::Draft;
use chat_core::{Actor, RoomId, UserId};
use serde_json::{Value, json};

use crate::support::{Answer, Rest, User, seqs, start};

/// The number of messages per millisecond.
const BURST: u64 = 60;
const BURSTS: u64 = 3;
const ALL: u64 = BURST * BURSTS;

/// Bursts of messages a second apart: 1 to 60, 61 to 120, 121 to 180.
async fn history() -> Rest {
    let rest = Rest::new();
    rest.user("alice").room("tea", "group", &[]).await;
    for burst in 0..BURSTS {
        if burst > 0 {
            rest.advance(Duration::from_secs(1));
        }
        send(&rest, BURST).await;
    }
    rest
}

async fn send(rest: &Rest, messages: u64) {
    let alice = Actor::User(UserId::new("alice").unwrap());
    let room = RoomId::new("tea").unwrap();
    for n in 0..messages {
        let draft = Draft::text(n.to_string());
        rest.engine.send(&alice, &room, draft).await.unwrap();
    }
}

/// The time of a burst, counted from 0.
fn time(burst: u64) -> String {
    start().after(Duration::from_secs(burst)).to_string()
}

async fn page(user: User<'_>, query: &str) -> Value {
    let path = format!("/rooms/tea/messages?{query}");
    user.get(&path).await.expect(200)
}

fn cursor<'a>(page: &'a Value, side: &str) -> Option<&'a str> {
    let page = page["page"].as_object().unwrap();
    assert_eq!(page.len(), 2, "both cursors are present");
    page[side].as_str()
}

/// Reads from a page towards one side. Returns the `seq`s in ascending order.
async fn walk(user: User<'_>, side: &str, first: &str, limit: usize) -> Vec<u64> {
    let mut all = Vec::new();
    let mut at = page(user, &format!("{first}limit={limit}")).await;
    loop {
        let found = seqs(&at["messages"]);
        assert!(found.len() <= limit);
        assert!(found.is_sorted());
        match side {
            "before" => drop(all.splice(0..0, found)),
            _ => all.extend(found),
        }
        let Some(cursor) = cursor(&at, side) else {
            return all;
        };
        let query = format!("{side}={cursor}&limit={limit}");
        at = page(user, &query).await;
        assert_ne!(
            at["messages"],
            json!([]),
            "{query}: the cursor leads to an empty page"
        );
    }
}

#[tokio::test]
async fn every_walk_finds_each_message_once() {
    let rest = history().await;
    let alice = rest.user("alice");
    for limit in [1, 7, 50, 60, 100] {
        let everything = Vec::from_iter(1..=ALL);
        assert_eq!(walk(alice, "before", "", limit).await, everything);
        assert_eq!(walk(alice, "after", "after=0&", limit).await, everything);
        for burst in 0..=BURSTS {
            let (time, border) = (time(burst), burst.min(BURSTS) * BURST);
            let older = walk(alice, "before", &format!("beforeTime={time}&"), limit).await;
            assert_eq!(
                older,
                Vec::from_iter(1..=border),
                "before {time} with limit {limit}"
            );
            let newer = walk(alice, "after", &format!("afterTime={time}&"), limit).await;
            assert_eq!(
                newer,
                Vec::from_iter(border + 1..=ALL),
                "after {time} with limit {limit}"
            );
        }
        for middle in [1, 2, 60, 61, 150, 180] {
            let around = format!("around={middle}&");
            let left = walk(alice, "before", &around, limit).await;
            let right = walk(alice, "after", &around, limit).await;
            assert!(
                right.contains(&middle),
                "around {middle} with limit {limit}"
            );
            let first = page(alice, &format!("{around}limit={limit}")).await;
            let first = seqs(&first["messages"]);
            assert_eq!(left, Vec::from_iter(1..=*first.last().unwrap()));
            assert_eq!(right, Vec::from_iter(first[0]..=ALL));
        }
    }
}

#[tokio::test]
async fn pages_and_their_ends() {
    let rest = history().await;
    let alice = rest.user("alice");
    let both = |page: &Value| {
        let found = seqs(&page["messages"]);
        let side = |name| cursor(page, name).map(str::to_owned);
        (found, side("before"), side("after"))
    };
    let text = |n: u64| Some(n.to_string());
    for (query, wanted) in [
        ("limit=2", (vec![179, 180], text(179), None)),
        ("after=0&limit=2", (vec![1, 2], None, text(2))),
        ("before=3", (vec![1, 2], None, text(2))),
        ("after=178", (vec![179, 180], text(179), None)),
        (
            "around=90&limit=4",
            (vec![88, 89, 90, 91], text(88), text(91)),
        ),
        ("around=90&limit=1", (vec![90], text(90), text(90))),
        ("around=1&limit=4", (vec![1, 2], None, text(2))),
        // No messages on this side of the anchor: the cursor leads back to the other side.
        ("before=1", (vec![], None, text(0))),
        ("before=0", (vec![], None, text(0))),
        ("after=180", (vec![], text(181), None)),
        (
            "after=9007199254740991",
            (vec![], text(9_007_199_254_740_991), None),
        ),
        (
            "around=500&limit=1",
            (vec![], text(9_007_199_254_740_991), None),
        ),
    ] {
        assert_eq!(both(&page(alice, query).await), wanted, "{query}");
    }
    let (_, before, _) = both(&page(alice, "afterTime=2033-01-01T00:00:00Z").await);
    let back = page(alice, &format!("before={}&limit=1", before.unwrap())).await;
    assert_eq!(seqs(&back["messages"]), [180]);
    // The default page size is fifty.
    assert_eq!(seqs(&page(alice, "").await["messages"]).len(), 50);
    // Times may have an offset.
    let path = "afterTime=2023-11-14T23:13:22%2B01:00&limit=1";
    assert_eq!(seqs(&page(alice, path).await["messages"]), [121]);
}

#[tokio::test]
async fn around_a_message() {
    let rest = history().await;
    let alice = rest.user("alice");
    let ninety = page(alice, "around=90&limit=1").await["messages"][0].clone();
    let id = ninety["id"].as_str().unwrap();
    let found = page(alice, &format!("around={id}&limit=3")).await;
    assert_eq!(seqs(&found["messages"]), [89, 90, 91]);
    let none = "/rooms/tea/messages?around=0190b0a0-0000-7000-8000-000000000000";
    alice.get(none).await.problem(404, "MESSAGE_NOT_FOUND");
}

#[tokio::test]
async fn an_empty_room_has_one_empty_page() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    alice.room("tea", "group", &[]).await;
    for query in [
        "",
        "before=1",
        "after=0",
        "around=1",
        "beforeTime=2023-01-01T00:00:00Z",
    ] {
        let page = page(alice, query).await;
        let empty = json!({"messages": [], "page": {"before": null, "after": null}});
        assert_eq!(page, empty, "{query}");
    }
}

/// Edits take positions and deletions leave tombstones, but the pages stay the same.
#[tokio::test]
async fn changes_move_nothing() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    alice.room("tea", "group", &[]).await;
    let mut positions = Vec::new();
    for n in 0..10 {
        let sent = alice.say("tea", "x").await;
        positions.push(sent["seq"].as_u64().unwrap());
        let path = format!("/rooms/tea/messages/{}", sent["id"].as_str().unwrap());
        if n % 2 == 0 {
            let edit = json!({"text": "edited"});
            alice.patch(&path, edit).await.expect(200);
        } else {
            alice.delete(&path).await.expect(204);
        }
    }
    assert_eq!(positions[..3], [1, 3, 5]);
    for limit in [1, 3, 100] {
        assert_eq!(walk(alice, "before", "", limit).await, positions);
        assert_eq!(walk(alice, "after", "after=0&", limit).await, positions);
    }
}

/// New messages appear to a reader who moves towards them and do not disturb others.
#[tokio::test]
async fn messages_arrive_meanwhile() {
    let rest = history().await;
    let alice = rest.user("alice");
    let (mut older, mut newer) = (Vec::new(), Vec::new());
    let (mut back, mut forth) = (Some("before=91".to_owned()), Some("after=90".to_owned()));
    let mut arrived = 0;
    while back.is_some() || forth.is_some() {
        if arrived < 20 {
            send(&rest, 2).await;
            arrived += 2;
        }
        if let Some(query) = back.take() {
            let at = page(alice, &format!("{query}&limit=9")).await;
            older.splice(0..0, seqs(&at["messages"]));
            back = cursor(&at, "before").map(|c| format!("before={c}"));
        }
        if let Some(query) = forth.take() {
            let at = page(alice, &format!("{query}&limit=9")).await;
            newer.extend(seqs(&at["messages"]));
            forth = cursor(&at, "after").map(|c| format!("after={c}"));
        }
    }
    assert_eq!(older, Vec::from_iter(1..=90));
    assert_eq!(newer, Vec::from_iter(91..=ALL + arrived));
}

/// Reading ends at the newest page, which has no `after`. A later call from its last message finds
/// newer ones.
#[tokio::test]
async fn the_newest_page_is_the_end_for_now() {
    let rest = history().await;
    let alice = rest.user("alice");
    let newest = page(alice, "limit=1").await;
    assert_eq!(cursor(&newest, "after"), None);
    send(&rest, 1).await;
    let since = page(alice, "after=180").await;
    assert_eq!(seqs(&since["messages"]), [181]);
}

#[tokio::test]
async fn what_expired_is_on_no_page() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    alice.room("tea", "group", &[]).await;
    let keep = json!({"retentionSeconds": 60});
    alice.patch("/rooms/tea", keep).await.expect(200);
    send(&rest, 3).await;
    rest.advance(Duration::from_secs(59));
    send(&rest, 3).await;
    rest.advance(Duration::from_secs(1));
    assert_eq!(walk(alice, "before", "", 2).await, [4, 5, 6]);
    let oldest = page(alice, "after=0&limit=1").await;
    assert_eq!(
        (seqs(&oldest["messages"]), cursor(&oldest, "before")),
        (vec![4], None)
    );
    let gone: Answer = alice.get("/rooms/tea/changes").await;
    assert_eq!(gone.expect(200)["head"], 6);
}
