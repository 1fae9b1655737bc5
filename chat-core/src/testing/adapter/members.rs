//! Members and roles over REST.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::say;
use super::mount::Adapter;
use super::server::Server;
use crate::testing::ids::{room, user};

const NONE: Value = Value::Null;
const FORBIDDEN: (u16, &str) = (403, "FORBIDDEN");

/// Creates a group owned by Alice with these members.
async fn tea(server: &Server, members: &[&str]) {
    let tea = json!({"id": "tea", "kind": "group", "members": members});
    server.post("alice", "/rooms", tea).await;
}

async fn role(server: &Server, by: &str, of: &str, role: &str) -> Value {
    let path = format!("/rooms/tea/members/{of}");
    server.put(by, &path, json!({"role": role})).await
}

pub(super) async fn members_are_added_raised_and_removed(adapter: Adapter) {
    let server = adapter.start().await;
    tea(&server, &["bob"]).await;
    let mut carol = server.connect("carol").await;
    let path = "/chat/rooms/tea/members/carol";
    let member = json!({"role": "member"});
    let added = server.ask("bob", "PUT", path, member.clone()).await;
    assert!(added.header("location").is_some());
    assert_eq!(added.json(201)["userId"], "carol");
    assert_eq!(carol.next_of("ROOM_ADDED").await["room"]["id"], "tea");
    server
        .ask("bob", "PUT", path, member.clone())
        .await
        .json(200);
    // Members may invite and admins may promote, but not above their own role.
    let admin = json!({"role": "admin"});
    server
        .ask("bob", "PUT", path, admin.clone())
        .await
        .problem(403, "FORBIDDEN");
    assert_eq!(
        role(&server, "alice", "carol", "admin").await["role"],
        "admin"
    );
    let alice = ("PUT", "/rooms/tea/members/alice");
    server.refuses("carol", alice, member, FORBIDDEN).await;
    role(&server, "carol", "bob", "guest").await;
    server.get("bob", "/rooms/tea/messages").await;
    let send = ("POST", "/rooms/tea/messages");
    server
        .refuses("bob", send, json!({"text": "x"}), FORBIDDEN)
        .await;
    let remove = ("DELETE", "/rooms/tea/members/alice");
    server.refuses("carol", remove, NONE, FORBIDDEN).await;
    let mut bob = server.connect("bob").await;
    server
        .done("carol", "DELETE", "/rooms/tea/members/bob")
        .await;
    let removed = bob.next_of("ROOM_REMOVED").await;
    assert_eq!(removed["roomId"], "tea");
    assert!(removed["reason"].is_string());
    server
        .refuses("bob", send, json!({"text": "x"}), (404, "ROOM_NOT_FOUND"))
        .await;
}

pub(super) async fn the_list_of_members_in_pages(adapter: Adapter) {
    let server = adapter.start().await;
    tea(&server, &["bob", "carol", "dave", "zoë"]).await;
    let (mut path, mut listed) = ("/rooms/tea/members?limit=2".to_owned(), Vec::new());
    loop {
        let page = server.get("bob", &path).await;
        let members = page["members"].as_array().unwrap();
        assert!(members.len() <= 2);
        listed.extend(members.iter().map(|m| json!([m["userId"], m["role"]])));
        let Some(next) = page["page"]["next"].as_str() else {
            break;
        };
        // Joins and removals between pages neither duplicate nor skip other members.
        if listed.len() == 2 {
            server
                .done("alice", "DELETE", "/rooms/tea/members/bob")
                .await;
            server.put_new("alice", "/rooms/tea/members/adam").await;
            server.put_new("alice", "/rooms/tea/members/bob").await;
        }
        path = format!("/rooms/tea/members?limit=2&cursor={next}");
    }
    let expected = [
        ("alice", "owner"),
        ("bob", "member"),
        ("carol", "member"),
        ("dave", "member"),
        ("zoë", "member"),
    ];
    assert_eq!(listed, expected.map(|(name, role)| json!([name, role])));
}

pub(super) async fn a_room_is_handed_over_before_its_owner_leaves(adapter: Adapter) {
    let server = adapter.start().await;
    tea(&server, &["bob"]).await;
    let leave = ("POST", "/rooms/tea/leave");
    server
        .refuses("alice", leave, NONE, (409, "CONFLICT"))
        .await;
    let to = |name: &str| json!({"ownerId": name});
    let patch = ("PATCH", "/rooms/tea");
    server.refuses("bob", patch, to("bob"), FORBIDDEN).await;
    server
        .refuses("alice", patch, to("eve"), (404, "MEMBER_NOT_FOUND"))
        .await;
    let both = json!({"ownerId": "bob", "name": "Tea"});
    server
        .refuses("alice", patch, both, (400, "INVALID_COMMAND"))
        .await;
    let given = server
        .ask("alice", "PATCH", "/chat/rooms/tea", to("bob"))
        .await;
    assert_eq!(given.json(200)["ownerId"], "bob");
    server.refuses("alice", patch, to("alice"), FORBIDDEN).await;
    server.done("alice", "POST", "/rooms/tea/leave").await;
    server.done("bob", "DELETE", "/rooms/tea").await;
}

pub(super) async fn a_ban_is_listed_and_ends_when_it_says(adapter: Adapter) {
    let (server, hand) = adapter.with_hand(|_| {}).await;
    let lobby = json!({"id": "lobby", "kind": "public"});
    server.post("alice", "/rooms", lobby).await;
    let join = |name: &'static str| server.ask(name, "POST", "/chat/rooms/lobby/join", NONE);
    for name in ["bob", "carol"] {
        join(name).await.json(200);
    }
    let mut bob = server.connect("bob").await;
    bob.join("lobby").await;
    let until = hand.until(Duration::from_secs(600));
    let ban = json!({"until": until, "reason": "spam"});
    let path = "/rooms/lobby/bans/bob";
    server
        .refuses("carol", ("PUT", path), ban.clone(), FORBIDDEN)
        .await;
    let past = json!({"until": "2001-01-01T00:00:00Z"});
    server
        .refuses("alice", ("PUT", path), past, (400, "INVALID_COMMAND"))
        .await;
    server
        .ask("alice", "PUT", &format!("/chat{path}"), ban)
        .await
        .empty(204);
    server.done("alice", "PUT", "/rooms/lobby/bans/eve").await;
    assert_eq!(bob.next_of("ROOM_REMOVED").await["reason"], "banned");
    join("bob").await.problem(403, "FORBIDDEN");
    let command = json!({"type": "JOIN_ROOM", "roomId": "lobby"});
    assert_eq!(bob.refused(command).await["code"], "FORBIDDEN");
    let bans = server.get("alice", "/rooms/lobby/bans?limit=1").await;
    let listed = &bans["bans"][0];
    assert_eq!(
        (&listed["userId"], &listed["by"], &listed["reason"]),
        (&json!("bob"), &json!("alice"), &json!("spam"))
    );
    assert_eq!(listed["until"], json!(until));
    let next = bans["page"]["next"].as_str().unwrap();
    let rest = server
        .get("alice", &format!("/rooms/lobby/bans?limit=1&cursor={next}"))
        .await;
    assert_eq!(
        (&rest["bans"][0]["userId"], &rest["page"]["next"]),
        (&json!("eve"), &NONE)
    );
    server
        .refuses("carol", ("GET", "/rooms/lobby/bans"), NONE, FORBIDDEN)
        .await;

    hand.advance(Duration::from_secs(601));
    join("bob").await.json(200);
    server
        .done("alice", "DELETE", "/rooms/lobby/bans/eve")
        .await;
    join("eve").await.json(200);
}

pub(super) async fn a_mute_ends_when_it_says(adapter: Adapter) {
    let (server, hand) = adapter.with_hand(|_| {}).await;
    tea(&server, &["bob"]).await;
    let path = "/rooms/tea/mutes/bob";
    let until = json!({"until": hand.until(Duration::from_secs(60))});
    server
        .refuses(
            "bob",
            ("PUT", "/rooms/tea/mutes/alice"),
            until.clone(),
            FORBIDDEN,
        )
        .await;
    let muted = server.put("alice", path, until.clone()).await;
    assert_eq!(muted["mutedUntil"], until["until"]);
    let send = ("POST", "/rooms/tea/messages");
    server
        .refuses("bob", send, json!({"text": "x"}), FORBIDDEN)
        .await;
    let mut bob = server.connect("bob").await;
    assert_eq!(bob.refused(say("tea", "1", "x")).await["code"], "FORBIDDEN");
    server.get("bob", "/rooms/tea/messages").await;
    server.done("alice", "DELETE", path).await;
    server.sends("bob", "tea", "heard").await;
    server.put("alice", path, until).await;
    server
        .refuses("bob", send, json!({"text": "x"}), FORBIDDEN)
        .await;
    hand.advance(Duration::from_secs(61));
    server.sends("bob", "tea", "heard again").await;
}

pub(super) async fn who_leaves_or_is_removed_hears_nothing_more(adapter: Adapter) {
    let server = adapter.start().await;
    tea(&server, &["bob", "carol"]).await;
    let mut gone = [server.connect("bob").await, server.connect("carol").await];
    for client in &mut gone {
        client.join("tea").await;
    }
    server.done("bob", "POST", "/rooms/tea/leave").await;
    server
        .done("alice", "DELETE", "/rooms/tea/members/carol")
        .await;
    for client in &mut gone {
        client.next_of("ROOM_REMOVED").await;
    }
    server.sends("alice", "tea", "among ourselves").await;
    for client in &mut gone {
        let heard = client.settle().await;
        assert!(heard.iter().all(|e| e["roomId"] != "tea"), "{heard:?}");
        let leave = json!({"type": "LEAVE_ROOM", "roomId": "tea"});
        assert_eq!(client.refused(leave).await["code"], "NOT_JOINED");
    }
    let left = server.engine.membership(&room("tea"), &user("bob")).await;
    assert_eq!(left.unwrap(), None);
}
