//! Read markers and presence.

use std::time::Duration;

use serde_json::{Value, json};

use crate::sockets::Client;
use crate::support::{Rest, column};

#[tokio::test]
async fn a_marker_moves_forward_only() {
    let rest = Rest::new();
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    alice.room("tea", "group", &["bob"]).await;
    for text in ["one", "two", "three"] {
        alice.say("tea", text).await;
    }
    let read = async |seq: u64| {
        bob.put("/rooms/tea/read", json!({"seq": seq}))
            .await
            .expect(200)
    };
    let marker = read(2).await;
    assert_eq!(
        marker,
        json!({"userId": "bob", "seq": 2, "at": "2023-11-14T22:13:20.000Z"})
    );
    rest.advance(Duration::from_secs(1));
    assert_eq!(read(1).await, marker);
    // A marker cannot move beyond the head.
    assert_eq!(read(9_007_199_254_740_991).await["seq"], 3);
    let list = alice.get("/rooms/tea/reads").await.expect(200);
    assert_eq!(column(&list["reads"], "userId"), ["bob"]);
    assert_eq!(
        (&list["reads"][0]["seq"], &list["page"]),
        (&json!(3), &json!({"next": null}))
    );
}

#[tokio::test]
async fn the_markers_in_pages() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    let names: Vec<String> = (0..7).map(|n| format!("m{n}")).collect();
    let members: Vec<&str> = names.iter().map(String::as_str).collect();
    alice.room("tea", "group", &members).await;
    alice.say("tea", "one").await;
    for name in &names {
        let read = rest
            .user(name)
            .put("/rooms/tea/read", json!({"seq": 1}))
            .await;
        read.expect(200);
    }
    for limit in [1, 3, 7, 100] {
        let (mut found, mut query) = (Vec::new(), String::new());
        loop {
            let path = format!("/rooms/tea/reads?limit={limit}{query}");
            let list = alice.get(&path).await.expect(200);
            found.extend(column(&list["reads"], "userId"));
            match &list["page"]["next"] {
                Value::String(next) => query = format!("&cursor={next}"),
                end => break assert_eq!(end, &Value::Null),
            }
        }
        assert_eq!(found, names, "by {limit}");
    }
}

#[tokio::test(start_paused = true)]
async fn presence_of_those_one_shares_a_room_with() {
    let rest = Rest::new();
    let alice = rest.user("alice");
    alice.room("tea", "group", &["bob"]).await;
    let bob = Client::connect(&rest.engine, "bob").await;
    let _eve = Client::connect(&rest.engine, "eve").await;
    // Presence reaches the store asynchronously.
    let online = async || {
        let answer = alice.get("/presence?users=bob,eve,alice,bob").await;
        answer.expect(200)["users"].clone()
    };
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    while online().await[0]["online"] != true {
        assert!(
            tokio::time::Instant::now() < deadline,
            "bob never came online"
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let users = online().await;
    assert_eq!(users[0], json!({"userId": "bob", "online": true}));
    assert_eq!(users[1], json!({"userId": "alice", "online": false}));
    assert_eq!(
        users.as_array().unwrap().len(),
        2,
        "eve is not included: {users}"
    );
    // Commas may be percent-encoded, as by `URLSearchParams`.
    let escaped = alice.get("/presence?users=bob%2Calice").await.expect(200);
    assert_eq!(column(&escaped["users"], "userId"), ["bob", "alice"]);

    bob.leave().await;
    while online().await[0]["online"] == true {
        assert!(
            tokio::time::Instant::now() < deadline,
            "bob never went offline"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(online().await[0]["lastSeenAt"].is_string());
}

#[tokio::test(start_paused = true)]
async fn presence_of_a_room() {
    let rest = Rest::with(|builder| {
        let mut config = chat_core::Config::default();
        config.presence_max = 3;
        builder.config(config)
    });
    let alice = rest.user("alice");
    alice.room("tea", "group", &["bob", "carol"]).await;
    alice
        .room("hall", "public", &["bob", "carol", "dave"])
        .await;
    let mut bob = Client::connect(&rest.engine, "bob").await;
    let _eve = Client::connect(&rest.engine, "eve").await;
    bob.join("hall").await;
    let presence = async |room: &str| {
        let path = format!("/rooms/{room}/presence");
        alice.get(&path).await.expect(200)
    };
    // Presence reaches the store asynchronously.
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    while presence("tea").await["online"] == json!([]) {
        assert!(
            tokio::time::Instant::now() < deadline,
            "bob never came online"
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(
        presence("tea").await,
        json!({"online": ["bob"], "members": 3})
    );
    assert_eq!(
        presence("hall").await,
        json!({"onlineCount": 1, "members": 4})
    );
    rest.user("eve")
        .get("/rooms/hall/presence")
        .await
        .problem(403, "NOT_A_MEMBER");
}
