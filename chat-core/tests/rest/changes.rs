//! Catching up by position.

use serde_json::{Value, json};

use crate::support::{Rest, User};

/// Reads all changes after a position in small pages. Returns their positions and the end position.
async fn catch_up(user: User<'_>, mut after: u64, limit: usize) -> (Vec<(u64, u64)>, u64) {
    let mut all = Vec::new();
    loop {
        let path = format!("/rooms/tea/changes?after={after}&limit={limit}");
        let read = user.get(&path).await.expect(200);
        let changes = read["changes"].as_array().unwrap();
        assert!(changes.len() <= limit);
        let number = |value: &Value| value.as_u64().unwrap();
        all.extend(
            changes
                .iter()
                .map(|m| (number(&m["rev"]), number(&m["seq"]))),
        );
        let through = number(&read["through"]);
        if through == number(&read["head"]) {
            return (all, through);
        }
        assert!(through > after, "no progress after {after}");
        after = through;
    }
}

#[tokio::test]
async fn each_message_comes_once_in_its_latest_state() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    alice.room("tea", "group", &[]).await;
    let mut ids = Vec::new();
    for n in 1..=5 {
        let sent = alice.say("tea", &n.to_string()).await;
        ids.push(sent["id"].as_str().unwrap().to_owned());
    }
    let path = |n: usize| format!("/rooms/tea/messages/{}", ids[n - 1]);
    alice
        .patch(&path(2), json!({"text": "two"}))
        .await
        .expect(200); // 6
    alice.delete(&path(4)).await.expect(204); // 7
    alice
        .patch(&path(2), json!({"text": "zwei"}))
        .await
        .expect(200); // 8

    let latest = [(1, 1), (3, 3), (5, 5), (7, 4), (8, 2)];
    for limit in [1, 2, 100] {
        assert_eq!(catch_up(alice, 0, limit).await, (latest.to_vec(), 8));
        assert_eq!(catch_up(alice, 5, limit).await, (latest[3..].to_vec(), 8));
        assert_eq!(catch_up(alice, 8, limit).await, (vec![], 8));
    }
    let read = alice.get("/rooms/tea/changes?after=6").await.expect(200);
    assert!(read["changes"][0]["deletedAt"].is_string());
    assert_eq!(read["changes"][1]["text"], "zwei");
    let room = alice.get("/rooms/tea").await.expect(200);
    assert_eq!(read["epoch"], room["epoch"]);

    // By default, a page starts at the beginning and has fifty changes.
    for _ in 0..50 {
        alice.say("tea", "more").await;
    }
    let read = alice.get("/rooms/tea/changes").await.expect(200);
    assert_eq!(read["changes"].as_array().unwrap().len(), 50);
    assert_eq!(read["head"], 58);
}

/// A client that is ahead of the log, after a restored backup, can tell by the epoch and the head.
#[tokio::test]
async fn a_position_beyond_the_head() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    alice.room("tea", "group", &[]).await;
    alice.say("tea", "one").await;
    let read = alice.get("/rooms/tea/changes?after=17").await.expect(200);
    assert_eq!(read["changes"], json!([]));
    assert_eq!((&read["through"], &read["head"]), (&json!(1), &json!(1)));
}
