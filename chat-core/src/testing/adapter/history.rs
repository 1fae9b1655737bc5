//! Reading messages: pages, changes and search.

use std::time::Duration;

use serde_json::{Value, json};

use super::mount::Adapter;
use super::server::Server;
use crate::model::Metadata;
use crate::testing::ids::room;

const NONE: Value = Value::Null;
const INVALID: (u16, &str) = (400, "INVALID_COMMAND");

fn texts(page: &Value) -> Vec<String> {
    let messages = page["messages"].as_array().unwrap();
    let texts = messages
        .iter()
        .map(|m| m["text"].as_str().unwrap().to_owned());
    texts.collect()
}

fn numbers(range: std::ops::RangeInclusive<u32>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

async fn history(server: &Server, query: &str) -> Value {
    server
        .get("bob", &format!("/rooms/tea/messages?{query}"))
        .await
}

pub(super) async fn pages_lead_to_every_message_once_from_either_end(adapter: Adapter) {
    let server = adapter.start().await;
    server.group("tea", &["alice", "bob"]).await;
    for text in numbers(1..=25) {
        server.sends("alice", "tea", text).await;
    }
    for (side, first) in [
        ("before", "limit=10".to_owned()),
        ("after", "limit=10&after=0".to_owned()),
    ] {
        let (mut query, mut read) = (first, Vec::new());
        loop {
            let page = history(&server, &query).await;
            let found = texts(&page);
            assert!((1..=10).contains(&found.len()));
            read = if side == "before" {
                [found, read].concat()
            } else {
                [read, found].concat()
            };
            let Some(next) = page["page"][side].as_str() else {
                break;
            };
            query = format!("limit=10&{side}={next}");
        }
        assert_eq!(read, numbers(1..=25), "{side}");
    }
    for (query, expected) in [
        ("limit=3", 23..=25),
        ("limit=3&before=10", 7..=9),
        ("limit=3&after=10", 11..=13),
        ("limit=5&around=10", 8..=12),
    ] {
        assert_eq!(
            texts(&history(&server, query).await),
            numbers(expected),
            "{query}"
        );
    }
    for query in [
        "limit=0",
        "limit=101",
        "limit=x",
        "before=1&after=2",
        "around=x",
        "offset=1",
    ] {
        let path = format!("/rooms/tea/messages?{query}");
        server.refuses("bob", ("GET", &path), NONE, INVALID).await;
    }
}

pub(super) async fn a_page_starts_at_a_time_or_around_a_message(adapter: Adapter) {
    let (server, hand) = adapter.with_hand(|_| {}).await;
    server.group("tea", &["alice", "bob"]).await;
    let mut sent = Vec::new();
    for text in numbers(1..=9) {
        sent.push(server.sends("alice", "tea", text).await);
        hand.advance(Duration::from_secs(60));
    }
    let at = |n: usize| sent[n - 1]["createdAt"].as_str().unwrap();
    let id = sent[4]["id"].as_str().unwrap();
    for (query, expected) in [
        (format!("limit=3&beforeTime={}", at(5)), 2..=4),
        (format!("limit=3&afterTime={}", at(5)), 5..=7),
        (format!("limit=3&around={id}"), 4..=6),
    ] {
        assert_eq!(
            texts(&history(&server, &query).await),
            numbers(expected),
            "{query}"
        );
    }
    let zoned = "/rooms/tea/messages?afterTime=2100-01-01T00:00:00%2B02:00";
    assert_eq!(server.get("bob", zoned).await["messages"], json!([]));
    let nonsense = ("GET", "/rooms/tea/messages?afterTime=yesterday");
    server.refuses("bob", nonsense, NONE, INVALID).await;
    let unknown = (
        "GET",
        "/rooms/tea/messages?around=0190b0a0-0000-7000-8000-000000000000",
    );
    server
        .refuses("bob", unknown, NONE, (404, "MESSAGE_NOT_FOUND"))
        .await;
}

pub(super) async fn changes_give_each_message_once_up_to_the_head(adapter: Adapter) {
    let server = adapter.start().await;
    server.group("tea", &["alice", "bob"]).await;
    let mut paths = Vec::new();
    for text in numbers(1..=4) {
        let sent = server.sends("alice", "tea", text).await;
        paths.push(format!(
            "/rooms/tea/messages/{}",
            sent["id"].as_str().unwrap()
        ));
    }
    for text in ["one", "first"] {
        let path = format!("/chat{}", paths[0]);
        server
            .ask("alice", "PATCH", &path, json!({"text": text}))
            .await
            .json(200);
    }
    server.done("alice", "DELETE", &paths[1]).await;
    let (mut after, mut read) = (1, Vec::new());
    loop {
        let page = server
            .get("bob", &format!("/rooms/tea/changes?after={after}&limit=2"))
            .await;
        let changes = page["changes"].as_array().unwrap();
        read.extend(
            changes
                .iter()
                .map(|m| json!([m["rev"], m["seq"], m["text"]])),
        );
        after = page["through"].as_u64().unwrap();
        assert_eq!(page["head"], 7);
        if after == 7 {
            let mut bob = server.connect("bob").await;
            assert_eq!(
                page["epoch"],
                bob.join("tea").await["epoch"],
                "as on the socket"
            );
            break;
        }
    }
    let expected = [(3, 3, "3"), (4, 4, "4"), (6, 1, "first"), (7, 2, "")];
    assert_eq!(read, expected.map(|change| json!(change)));
}

pub(super) async fn system_messages_say_what_happened(adapter: Adapter) {
    let server = adapter.start().await;
    let tea = json!({"id": "tea", "kind": "group", "name": "Tea"});
    server.post("alice", "/rooms", tea).await;
    server.put_new("alice", "/rooms/tea/members/bob").await;
    let role = json!({"role": "moderator"});
    server.put("alice", "/rooms/tea/members/bob", role).await;
    let rename = json!({"name": "Tee"});
    server
        .ask("alice", "PATCH", "/chat/rooms/tea", rename)
        .await
        .json(200);
    server.put_new("alice", "/rooms/tea/members/carol").await;
    server.done("carol", "POST", "/rooms/tea/leave").await;
    let (tea, text) = (room("tea"), "closing at five");
    let notice = server.engine.send_notice(&tea, text, Metadata::new());
    notice.await.unwrap();
    server.sends("bob", "tea", "pity").await;
    let page = history(&server, "").await;
    let messages = page["messages"].as_array().unwrap();
    let said: Vec<_> = messages.iter().map(|m| m["system"].clone()).collect();
    let expected = [
        json!({"event": "member_joined", "userId": "bob", "role": "member"}),
        json!({"event": "member_updated", "userId": "bob", "role": "moderator"}),
        json!({"event": "room_renamed", "name": "Tee"}),
        json!({"event": "member_joined", "userId": "carol", "role": "member"}),
        json!({"event": "member_left", "userId": "carol", "reason": "left"}),
        json!({"event": "notice"}),
        NONE,
    ];
    assert_eq!(said, expected);
    assert_eq!(
        (&messages[5]["kind"], &messages[5]["text"]),
        (&json!("system"), &json!(text))
    );
    assert_eq!(messages[5].get("senderId"), None);
    // System messages cannot be changed.
    let id = messages[5]["id"].as_str().unwrap();
    let edit = ("PATCH", &*format!("/rooms/tea/messages/{id}"));
    server
        .refuses("bob", edit, json!({"text": "x"}), (403, "FORBIDDEN"))
        .await;
}

pub(super) async fn search_finds_by_words_sender_room_and_time(adapter: Adapter) {
    let (server, hand) = adapter.with_hand(|_| {}).await;
    for id in ["tea", "den"] {
        server.group(id, &["alice", "bob"]).await;
    }
    let mut times = Vec::new();
    for (name, id, text) in [
        ("alice", "tea", "Green tea"),
        ("bob", "tea", "green hills"),
        ("bob", "den", "black tea"),
        ("alice", "den", "coffee"),
    ] {
        let sent = server.sends(name, id, text).await;
        times.push(sent["createdAt"].as_str().unwrap().to_owned());
        hand.advance(Duration::from_secs(60));
    }
    let found = async |query: &str| texts(&server.get("bob", &format!("/search?{query}")).await);
    for (query, expected) in [
        ("q=green", vec!["green hills", "Green tea"]),
        ("q=TEA+green", vec!["Green tea"]),
        ("q=tea&roomId=den", vec!["black tea"]),
        ("q=tea&senderId=alice", vec!["Green tea"]),
        ("senderId=alice", vec!["coffee", "Green tea"]),
        ("q=nothing", vec![]),
    ] {
        assert_eq!(found(query).await, expected, "{query}");
    }
    let between = format!("since={}&until={}", times[1], times[3]);
    assert_eq!(found(&between).await, ["black tea", "green hills"]);
    // Paged results, whose pages may be short.
    let (mut path, mut read) = ("/search?q=green&limit=1".to_owned(), Vec::new());
    loop {
        let page = server.get("bob", &path).await;
        read.extend(texts(&page));
        let Some(next) = page["page"]["next"].as_str() else {
            break;
        };
        path = format!("/search?q=green&limit=1&cursor={next}");
    }
    assert_eq!(read, ["green hills", "Green tea"]);
    for bad in ["", "limit=1", "q=&senderId=a+b", "since=then", "q=a&page=2"] {
        let path = format!("/search?{bad}");
        server.refuses("bob", ("GET", &path), NONE, INVALID).await;
    }
}

pub(super) async fn search_finds_only_what_one_may_read(adapter: Adapter) {
    let server = adapter.start().await;
    server.group("tea", &["alice", "bob"]).await;
    server.group("den", &["alice", "eve"]).await;
    let secret = server.sends("alice", "den", "the secret").await;
    let told = server.sends("alice", "tea", "the secret").await;
    let found = async |name: &'static str| {
        let page = server.get(name, "/search?q=secret").await;
        page["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        found("alice").await,
        [told["id"].clone(), secret["id"].clone()]
    );
    assert_eq!(found("bob").await, [told["id"].clone()]);
    assert_eq!(found("mallory").await, [NONE; 0]);
    let other = ("GET", "/search?q=secret&roomId=den");
    server
        .refuses("bob", other, NONE, (404, "ROOM_NOT_FOUND"))
        .await;
    // Deleted messages and texts replaced by an edit are no longer found.
    let path = format!("/rooms/tea/messages/{}", told["id"].as_str().unwrap());
    server
        .ask(
            "alice",
            "PATCH",
            &format!("/chat{path}"),
            json!({"text": "nothing"}),
        )
        .await
        .json(200);
    assert_eq!(found("bob").await, [NONE; 0]);
    server
        .done(
            "alice",
            "DELETE",
            &format!("/rooms/den/messages/{}", secret["id"].as_str().unwrap()),
        )
        .await;
    assert_eq!(found("alice").await, [NONE; 0]);
}
