//! Membership, roles, bans and mutes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Rest, User, column};

async fn tea(members: &[&str]) -> Rest {
    let rest = Rest::new();
    rest.user("alice").room("tea", "group", members).await;
    rest
}

async fn set_role(by: User<'_>, user: &str, role: &str) -> crate::support::Answer {
    let path = format!("/rooms/tea/members/{user}");
    by.put(&path, json!({"role": role})).await
}

#[tokio::test]
async fn the_list_in_pages() {
    let members: Vec<String> = (0..10).map(|n| format!("m{n}")).collect();
    let names: Vec<&str> = members.iter().map(String::as_str).collect();
    let rest = tea(&names).await;
    let reader = rest.user("m0");
    let all = [
        "alice", "m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9",
    ];
    for limit in [1, 4, 10, 11, 100] {
        let (mut found, mut query) = (Vec::new(), String::new());
        loop {
            let path = format!("/rooms/tea/members?limit={limit}{query}");
            let list = reader.get(&path).await.expect(200);
            found.extend(column(&list["members"], "userId"));
            match &list["page"]["next"] {
                Value::String(next) => query = format!("&cursor={next}"),
                end => break assert_eq!(end, &Value::Null),
            }
        }
        assert_eq!(found, all, "by {limit}");
    }
    let list = reader.get("/rooms/tea/members?limit=1").await.expect(200);
    let owner = json!({"userId": "alice", "role": "owner", "joinedAt": "2023-11-14T22:13:20.000Z"});
    assert_eq!(list["members"], json!([owner]));
}

#[tokio::test]
async fn members_are_added_and_raised() {
    let rest = tea(&["bob"]).await;
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    let answer = set_role(bob, "carol", "member").await;
    let carol = answer.expect(201);
    assert_eq!(
        (&carol["userId"], &carol["role"]),
        (&json!("carol"), &json!("member"))
    );
    assert_eq!(
        answer.header("location"),
        Some("carol"),
        "`Location` is relative to the request's URI"
    );
    // The same invitation again, by a member who may not change roles.
    assert_eq!(set_role(bob, "carol", "member").await.expect(200), carol);
    set_role(bob, "carol", "guest")
        .await
        .problem(403, "FORBIDDEN");
    set_role(bob, "dave", "moderator")
        .await
        .problem(403, "FORBIDDEN");

    let raised = set_role(alice, "bob", "moderator").await.expect(200);
    assert_eq!(raised["role"], "moderator");
    set_role(alice, "dave", "admin").await.expect(201);
    set_role(alice, "dave", "owner")
        .await
        .problem(403, "FORBIDDEN");
    let dave = rest.user("dave");
    set_role(dave, "bob", "guest").await.expect(200);
    set_role(dave, "alice", "guest")
        .await
        .problem(403, "FORBIDDEN");
    set_role(dave, "dave", "member")
        .await
        .problem(403, "FORBIDDEN");
    set_role(bob, "eve", "member")
        .await
        .problem(403, "FORBIDDEN");

    // Every change is recorded in the log.
    let history = alice.get("/rooms/tea/messages").await.expect(200);
    let events: Vec<_> = history["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["system"].clone())
        .collect();
    assert_eq!(events.len(), 4);
    assert_eq!(
        events[0],
        json!({"event": "member_joined", "userId": "carol", "role": "member"})
    );
    assert_eq!(
        events[1],
        json!({"event": "member_updated", "userId": "bob", "role": "moderator"})
    );
}

#[tokio::test]
async fn many_add_one_user_once() {
    let rest = tea(&["bob"]).await;
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    let adds = (0..16).map(|n| set_role(if n % 2 == 0 { alice } else { bob }, "carol", "member"));
    let mut added = 0;
    for answer in futures::future::join_all(adds).await {
        added += usize::from(answer.status == 201);
        assert_eq!(answer.json()["role"], "member", "{}", answer.json());
    }
    assert_eq!(added, 1);
    let room = alice.get("/rooms/tea").await.expect(200);
    assert_eq!(room["memberCount"], 3);
}

#[tokio::test]
async fn members_are_removed() {
    let rest = tea(&["bob", "carol"]).await;
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    bob.delete("/rooms/tea/members/carol")
        .await
        .problem(403, "FORBIDDEN");
    alice.delete("/rooms/tea/members/carol").await.expect(204);
    alice.delete("/rooms/tea/members/carol").await.expect(204);
    rest.user("carol")
        .get("/rooms/tea")
        .await
        .problem(404, "ROOM_NOT_FOUND");
    set_role(alice, "bob", "admin").await.expect(200);
    bob.delete("/rooms/tea/members/alice")
        .await
        .problem(403, "FORBIDDEN");
    // A removal is not a ban: the user may be invited again.
    set_role(bob, "carol", "member").await.expect(201);
}

#[tokio::test]
async fn bans() {
    let rest = tea(&["bob", "carol"]).await;
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    bob.bare("PUT", "/rooms/tea/bans/carol")
        .await
        .problem(403, "FORBIDDEN");
    bob.bare("PUT", "/rooms/tea/bans/alice")
        .await
        .problem(403, "FORBIDDEN");
    let ban = json!({"until": "2023-11-14T23:13:20+00:00", "reason": "too loud"});
    alice.put("/rooms/tea/bans/bob", ban).await.expect(204);
    bob.get("/rooms/tea/messages")
        .await
        .problem(404, "ROOM_NOT_FOUND");
    bob.bare("POST", "/rooms/tea/join")
        .await
        .problem(404, "ROOM_NOT_FOUND");
    set_role(alice, "bob", "member")
        .await
        .problem(403, "FORBIDDEN");
    // The ban ends after an hour.
    rest.advance(Duration::from_secs(3_600));
    set_role(alice, "bob", "member").await.expect(201);
    bob.get("/rooms/tea/messages").await.expect(200);

    // A permanent ban of a user who was never a member, and its reversal.
    for body in [
        None,
        Some(json!({})),
        Some(json!({"until": null, "reason": null})),
    ] {
        alice
            .call("PUT", "/rooms/tea/bans/eve", body)
            .await
            .expect(204);
    }
    set_role(alice, "eve", "member")
        .await
        .problem(403, "FORBIDDEN");
    rest.user("carol")
        .delete("/rooms/tea/bans/eve")
        .await
        .problem(403, "FORBIDDEN");
    alice.delete("/rooms/tea/bans/eve").await.expect(204);
    alice.delete("/rooms/tea/bans/eve").await.expect(204);
    set_role(alice, "eve", "member").await.expect(201);
}

#[tokio::test]
async fn the_list_of_bans() {
    let rest = tea(&["bob", "carol"]).await;
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    set_role(alice, "bob", "moderator").await.expect(200);
    let ban = async |by: User<'_>, user: &str, body: Value| {
        let path = format!("/rooms/tea/bans/{user}");
        by.put(&path, body).await.expect(204);
    };
    for n in 0..5 {
        ban(bob, &format!("troll-{n}"), json!({})).await;
    }
    let minute = json!({"until": "2023-11-14T22:14:20Z", "reason": "too loud"});
    for n in [1, 3] {
        ban(alice, &format!("troll-{n}"), minute.clone()).await;
    }
    let list = bob.get("/rooms/tea/bans").await.expect(200);
    assert_eq!(list["page"], json!({"next": null}));
    assert_eq!(
        list["bans"][0],
        json!({"userId": "troll-0", "by": "bob", "at": "2023-11-14T22:13:20.000Z"})
    );
    assert_eq!(
        list["bans"][1],
        json!({
            "userId": "troll-1", "by": "alice", "at": "2023-11-14T22:13:20.000Z",
            "until": "2023-11-14T22:14:20.000Z", "reason": "too loud",
        })
    );
    let pages = async |limit: usize| {
        let (mut found, mut query) = (Vec::new(), String::new());
        loop {
            let path = format!("/rooms/tea/bans?limit={limit}{query}");
            let list = bob.get(&path).await.expect(200);
            found.extend(column(&list["bans"], "userId"));
            match &list["page"]["next"] {
                Value::String(next) => query = format!("&cursor={next}"),
                _ => break found,
            }
        }
    };
    let all = ["troll-0", "troll-1", "troll-2", "troll-3", "troll-4"];
    for limit in [1, 2, 5] {
        assert_eq!(pages(limit).await, all);
    }
    // Expired bans are not listed, not even where a page ends.
    rest.advance(Duration::from_secs(60));
    for limit in [1, 2, 3, 5] {
        assert_eq!(pages(limit).await, ["troll-0", "troll-2", "troll-4"]);
    }
    rest.user("carol")
        .get("/rooms/tea/bans")
        .await
        .problem(403, "FORBIDDEN");
}

#[tokio::test]
async fn mutes() {
    let rest = tea(&["bob"]).await;
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    let until = json!({"until": "2023-11-14T22:14:20Z"});
    let sent = bob.post("/rooms/tea/messages", json!({"text": "ahem"}));
    let sent = sent.await.expect(201)["id"].as_str().unwrap().to_owned();
    let sent = format!("/rooms/tea/messages/{sent}");
    let muted = alice
        .put("/rooms/tea/mutes/bob", until.clone())
        .await
        .expect(200);
    assert_eq!(muted["mutedUntil"], "2023-11-14T22:14:20.000Z");
    let text = json!({"text": "hmpf"});
    let answer = bob.post("/rooms/tea/messages", text.clone()).await;
    answer.problem(403, "FORBIDDEN");
    let answer = bob.patch(&sent, text.clone()).await;
    answer.problem(403, "FORBIDDEN");
    bob.get("/rooms/tea/messages").await.expect(200);
    alice.delete("/rooms/tea/mutes/bob").await.expect(204);
    alice.delete("/rooms/tea/mutes/bob").await.expect(204);
    bob.post("/rooms/tea/messages", text.clone())
        .await
        .expect(201);
    alice
        .put("/rooms/tea/mutes/bob", until.clone())
        .await
        .expect(200);
    rest.advance(Duration::from_secs(60));
    bob.post("/rooms/tea/messages", text).await.expect(201);

    bob.put("/rooms/tea/mutes/alice", until.clone())
        .await
        .problem(403, "FORBIDDEN");
    for answer in [
        alice.put("/rooms/tea/mutes/eve", until.clone()).await,
        alice.delete("/rooms/tea/mutes/eve").await,
    ] {
        answer.problem(404, "MEMBER_NOT_FOUND");
    }
    alice
        .put(
            "/rooms/tea/mutes/bob",
            json!({"until": "2033-01-01T00:00:00Z"}),
        )
        .await
        .expect(200);
    let list = bob.get("/rooms/tea/members").await.expect(200);
    assert_eq!(list["members"][0].get("mutedUntil"), None);
    assert_eq!(list["members"][1]["mutedUntil"], "2033-01-01T00:00:00.000Z");
}

/// The value of a member's field in the lists that these users get.
async fn seen(rest: &Rest, of: &str, field: &str, by: &[&str]) -> Vec<Value> {
    let mut seen = Vec::new();
    for viewer in by {
        let list = rest
            .user(viewer)
            .get("/rooms/tea/members")
            .await
            .expect(200);
        let mut members = list["members"].as_array().unwrap().iter();
        let member = members.find(|m| m["userId"] == of).unwrap();
        seen.push(member.get(field).cloned().unwrap_or(Value::Null));
    }
    seen
}

#[tokio::test]
async fn a_shadow_mute_is_shown_to_moderators_alone() {
    let rest = tea(&["bob", "carol", "mod"]).await;
    let (alice, bob, moderator) = (rest.user("alice"), rest.user("bob"), rest.user("mod"));
    set_role(alice, "mod", "moderator").await.expect(200);
    let mut socket = crate::sockets::Client::connect(&rest.engine, "bob").await;
    socket.join("tea").await;
    let path = "/rooms/tea/shadow-mutes/bob";
    for refused in ["bob", "carol"] {
        for method in ["PUT", "DELETE"] {
            let answer = rest.user(refused).bare(method, path).await;
            answer.problem(403, "FORBIDDEN");
        }
    }
    moderator
        .bare("PUT", "/rooms/tea/shadow-mutes/alice")
        .await
        .problem(403, "FORBIDDEN");
    for method in ["PUT", "DELETE"] {
        let answer = moderator.bare(method, "/rooms/tea/shadow-mutes/eve").await;
        answer.problem(404, "MEMBER_NOT_FOUND");
    }
    for _ in 0..2 {
        moderator.bare("PUT", path).await.expect(204);
    }
    let all = ["alice", "mod", "carol", "bob"];
    let yes = json!(true);
    let no = Value::Null;
    assert_eq!(
        seen(&rest, "bob", "shadowMuted", &all).await,
        [yes.clone(), yes.clone(), no.clone(), no.clone()]
    );
    // No other response or event reveals it.
    let carol = rest.user("carol");
    for answer in [
        set_role(carol, "bob", "member").await,
        set_role(bob, "bob", "member").await,
        bob.bare("POST", "/rooms/tea/join").await,
    ] {
        assert_eq!(answer.expect(200).get("shadowMuted"), None);
    }
    let muted = alice
        .put(
            "/rooms/tea/mutes/bob",
            json!({"until": "2033-01-01T00:00:00Z"}),
        )
        .await;
    assert_eq!(muted.expect(200)["shadowMuted"], true);
    for event in socket.settle().await {
        assert!(!event.to_string().contains("hadow"), "{event}");
    }
    // A shadow-muted moderator does not see their own mute.
    alice
        .bare("PUT", "/rooms/tea/shadow-mutes/mod")
        .await
        .expect(204);
    assert_eq!(
        seen(&rest, "mod", "shadowMuted", &["alice", "mod"]).await,
        [yes, no.clone()]
    );
    for _ in 0..2 {
        moderator.bare("DELETE", path).await.expect(204);
    }
    let none = [no.clone(), no.clone(), no.clone(), no];
    assert_eq!(seen(&rest, "bob", "shadowMuted", &all).await, none);
}

#[tokio::test]
async fn of_what_a_member_wants_to_be_notified() {
    let rest = tea(&["bob"]).await;
    let bob = rest.user("bob");
    let path = "/rooms/tea/notifications";
    let level = |level: &str| json!({"level": level});
    assert_eq!(bob.get(path).await.expect(200), level("all"));
    for wanted in ["mentions", "none", "all", "none"] {
        assert_eq!(
            bob.put(path, level(wanted)).await.expect(200),
            level(wanted)
        );
        assert_eq!(bob.get(path).await.expect(200), level(wanted));
    }
    for bad in [
        json!({}),
        level("loud"),
        json!({"level": null}),
        json!({"level": "all", "sound": "ping"}),
    ] {
        bob.put(path, bad).await.problem(400, "INVALID_COMMAND");
    }
    // The level of other members stays, and they cannot see it.
    assert_eq!(rest.user("alice").get(path).await.expect(200), level("all"));
    assert_eq!(
        seen(&rest, "bob", "notifications", &["alice", "bob"]).await,
        [Value::Null, json!("none")]
    );
    rest.user("eve")
        .get("/rooms/none/notifications")
        .await
        .problem(404, "ROOM_NOT_FOUND");
}

/// The owner and both roles change together, and all members are notified.
#[tokio::test]
async fn a_room_is_handed_over() {
    let rest = tea(&["bob", "carol"]).await;
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    let to = |user: &str| json!({"ownerId": user});
    set_role(alice, "bob", "admin").await.expect(200);
    bob.patch("/rooms/tea", to("bob"))
        .await
        .problem(403, "FORBIDDEN");
    alice
        .patch("/rooms/tea", to("eve"))
        .await
        .problem(404, "MEMBER_NOT_FOUND");
    for body in [
        json!({"ownerId": null}),
        json!({"ownerId": "carol", "name": "Tea"}),
    ] {
        alice
            .patch("/rooms/tea", body)
            .await
            .problem(400, "INVALID_COMMAND");
    }
    let before = alice.get("/rooms/tea").await.expect(200);
    let same = alice.patch("/rooms/tea", to("alice")).await.expect(200);
    assert_eq!(same, before);
    let room = alice.patch("/rooms/tea", to("carol")).await.expect(200);
    assert_eq!(room["ownerId"], "carol");
    let list = bob.get("/rooms/tea/members").await.expect(200);
    assert_eq!(
        column(&list["members"], "role"),
        ["admin", "admin", "owner"]
    );
    // The former owner has lost the permission and may leave; the new owner may not.
    alice
        .patch("/rooms/tea", to("bob"))
        .await
        .problem(403, "FORBIDDEN");
    rest.user("carol")
        .bare("POST", "/rooms/tea/leave")
        .await
        .problem(409, "CONFLICT");
    alice.bare("POST", "/rooms/tea/leave").await.expect(204);

    let history = bob.get("/rooms/tea/messages").await.expect(200);
    let events: Vec<_> = history["messages"].as_array().unwrap()[1..]
        .iter()
        .map(|m| m["system"].clone())
        .collect();
    let updated =
        |user: &str, role: &str| json!({"event": "member_updated", "userId": user, "role": role});
    assert_eq!(
        events[..2],
        [updated("carol", "owner"), updated("alice", "admin")]
    );

    // A direct room has no owner, and a room of the app belongs to the app.
    let direct = json!({"kind": "direct", "members": ["carol"], "id": "two"});
    bob.post("/rooms", direct).await.expect(201);
    bob.patch("/rooms/two", to("bob"))
        .await
        .problem(403, "FORBIDDEN");
}

#[tokio::test]
async fn joining_and_leaving() {
    let rest = Rest::new();
    let (alice, bob) = (rest.user("alice"), rest.user("bob"));
    alice.room("square", "public", &[]).await;
    let member = bob.bare("POST", "/rooms/square/join").await.expect(200);
    assert_eq!(
        (&member["userId"], &member["role"]),
        (&json!("bob"), &json!("member"))
    );
    rest.advance(Duration::from_secs(1));
    assert_eq!(
        bob.post("/rooms/square/join", json!({})).await.expect(200),
        member
    );
    assert_eq!(bob.get("/rooms/square").await.expect(200)["memberCount"], 2);
    // The owner must transfer the room before leaving.
    alice
        .bare("POST", "/rooms/square/leave")
        .await
        .problem(409, "CONFLICT");
    for _ in 0..2 {
        bob.bare("POST", "/rooms/square/leave").await.expect(204);
    }
    assert_eq!(bob.get("/rooms/square").await.expect(200)["memberCount"], 1);
    alice.bare("POST", "/rooms/square/leave").await.expect(204);

    alice.room("tea", "group", &[]).await;
    bob.bare("POST", "/rooms/tea/join")
        .await
        .problem(404, "ROOM_NOT_FOUND");
    bob.bare("POST", "/rooms/none/leave")
        .await
        .problem(404, "ROOM_NOT_FOUND");
}
