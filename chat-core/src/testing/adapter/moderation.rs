//! Moderation: blocks, shadow mutes, reports and the audit log.

use serde_json::{Value, json};

use super::client::Client;
use super::mount::Adapter;
use super::server::Server;

const NONE: Value = Value::Null;
const FORBIDDEN: (u16, &str) = (403, "FORBIDDEN");
const CONFLICT: (u16, &str) = (409, "CONFLICT");

/// Creates a group owned by Alice, with `mod` as a moderator.
async fn tea(server: &Server) {
    let tea = json!({"id": "tea", "kind": "group", "members": ["mod", "bob", "carol"]});
    server.post("alice", "/rooms", tea).await;
    let role = json!({"role": "moderator"});
    server.put("alice", "/rooms/tea/members/mod", role).await;
}

fn path(message: &Value) -> String {
    format!("/rooms/tea/messages/{}", message["id"].as_str().unwrap())
}

/// The texts of users' messages, as this user sees them.
async fn texts(server: &Server, name: &str) -> Vec<String> {
    let page = server.get(name, "/rooms/tea/messages").await;
    let messages = page["messages"].as_array().unwrap().iter();
    let users = messages.filter(|m| m["kind"] == "user");
    users
        .map(|m| m["text"].as_str().unwrap().to_owned())
        .collect()
}

/// Receives the next event of the log and returns its position and, if it has one, its text.
async fn next_of_log(client: &mut Client) -> (Value, Value) {
    loop {
        let event = client.next().await;
        if !event["rev"].is_null() {
            return (event["rev"].clone(), event["message"]["text"].clone());
        }
    }
}

pub(super) async fn whom_one_blocks_one_hears_no_more(adapter: Adapter) {
    let server = adapter.start().await;
    tea(&server).await;
    let direct = |with: &str| json!({"kind": "direct", "members": [with]});
    let two = server.post("bob", "/rooms", direct("carol")).await;
    let two = two["id"].as_str().unwrap();
    server.sends("bob", two, "hi").await;
    let mut carol = server.connect("carol").await;
    carol.join("tea").await;
    let oneself = ("PUT", "/blocks/carol");
    server.refuses("carol", oneself, NONE, FORBIDDEN).await;
    for _ in 0..2 {
        server.done("carol", "PUT", "/blocks/bob").await;
    }
    assert_eq!(
        server.get("carol", "/blocks").await,
        json!({"users": ["bob"]})
    );
    assert_eq!(server.get("bob", "/blocks").await, json!({"users": []}));
    let blocked = server.sends("bob", "tea", "from bob").await;
    let heard = server.sends("alice", "tea", "from alice").await;
    assert_eq!(
        next_of_log(&mut carol).await,
        (blocked["rev"].clone(), NONE),
        "the position is announced without the message"
    );
    assert_eq!(
        next_of_log(&mut carol).await,
        (heard["rev"].clone(), json!("from alice"))
    );
    assert_eq!(texts(&server, "carol").await, ["from alice"]);
    assert_eq!(texts(&server, "bob").await, ["from bob", "from alice"]);
    let found = server.get("carol", "/search?q=from").await;
    assert_eq!(found["messages"].as_array().unwrap().len(), 1);
    // Neither can send to the other.
    let send = format!("/rooms/{two}/messages");
    for name in ["bob", "carol"] {
        server
            .refuses(name, ("POST", &send), json!({"text": "hi"}), FORBIDDEN)
            .await;
    }
    let mut bob = server.connect("bob").await;
    assert_eq!(
        bob.refused(super::client::say(two, "1", "hi")).await["code"],
        "FORBIDDEN"
    );
    server.done("carol", "DELETE", "/blocks/bob").await;
    server.sends("bob", two, "hi again").await;
    server.sends("bob", "tea", "again").await;
    assert_eq!(next_of_log(&mut carol).await.1, "again");
    assert_eq!(
        texts(&server, "carol").await,
        ["from bob", "from alice", "again"]
    );
}

pub(super) async fn who_is_blocked_does_not_reach_the_one_who_blocked(adapter: Adapter) {
    let server = adapter.start().await;
    tea(&server).await;
    let direct = json!({"kind": "direct", "members": ["carol"]});
    let two = server.post("bob", "/rooms", direct).await;
    let two = two["id"].as_str().unwrap();
    let message = server.sends("bob", two, "hi").await;
    let message = format!("/rooms/{two}/messages/{}", message["id"].as_str().unwrap());
    server.done("carol", "PUT", "/blocks/bob").await;
    let mut carol = server.connect("carol").await;
    carol.join("tea").await;
    carol.join(two).await;

    let reaction = format!("{message}/reactions/%F0%9F%91%8D");
    let edit = json!({"text": "pay me"});
    let group = json!({"kind": "group", "name": "pay me", "members": ["mod", "carol"]});
    let own = json!({"id": "own", "kind": "group"});
    server.post("bob", "/rooms", own).await;
    let role = json!({"role": "member"});
    for (call, body) in [
        (("PUT", reaction.as_str()), NONE),
        (("PATCH", message.as_str()), edit),
        (("POST", "/rooms"), group),
        (("PUT", "/rooms/own/members/carol"), role),
    ] {
        server.refuses("bob", call, body, FORBIDDEN).await;
    }
    let mut bob = server.connect("bob").await;
    bob.join("tea").await;
    let typing = json!({"type": "TYPING", "roomId": "tea", "typing": true});
    bob.send(&typing).await;
    let read = json!({"type": "MARK_READ", "roomId": "tea", "seq": 1});
    assert_eq!(bob.ask(read).await["type"], "ACK");
    // Any event for Carol would arrive before this message.
    server.sends("alice", "tea", "from alice").await;
    let mut heard = carol.settle().await;
    while !heard.iter().any(|e| e["message"]["text"] == "from alice") {
        heard.push(carol.next().await);
    }
    let of_bob = |e: &&Value| e["userId"] == "bob" && e["type"] != "USER_ONLINE";
    assert_eq!(heard.iter().find(of_bob), None);
    assert!(heard.iter().all(|e| e["type"] != "ROOM_ADDED"));
}

pub(super) async fn who_is_shadow_muted_does_not_notice(adapter: Adapter) {
    let server = adapter.start().await;
    tea(&server).await;
    let (mut bob, mut carol) = (server.connect("bob").await, server.connect("carol").await);
    for client in [&mut bob, &mut carol] {
        client.join("tea").await;
    }
    let mute = "/rooms/tea/shadow-mutes/bob";
    server
        .refuses("carol", ("PUT", mute), NONE, FORBIDDEN)
        .await;
    server.done("mod", "PUT", mute).await;
    let sent = server.sends("bob", "tea", "spam").await;
    assert_eq!(
        next_of_log(&mut bob).await,
        (sent["rev"].clone(), json!("spam"))
    );
    assert_eq!(next_of_log(&mut carol).await, (sent["rev"].clone(), NONE));
    assert_eq!(texts(&server, "bob").await, ["spam"]);
    assert_eq!(texts(&server, "carol").await, [""; 0]);
    assert_eq!(server.get("carol", "/unread").await["unread"], 0);
    server
        .refuses(
            "carol",
            ("GET", &path(&sent)),
            NONE,
            (404, "MESSAGE_NOT_FOUND"),
        )
        .await;
    // Only moderators see who is shadow-muted. The muted user does not.
    for (name, seen) in [("mod", json!(true)), ("bob", NONE), ("carol", NONE)] {
        let page = server.get(name, "/rooms/tea/members").await;
        let mut members = page["members"].as_array().unwrap().iter();
        let bob = members.find(|m| m["userId"] == "bob").unwrap();
        assert_eq!(bob["shadowMuted"], seen, "{name}");
    }
    server.done("mod", "DELETE", mute).await;
    server.sends("bob", "tea", "sorry").await;
    assert_eq!(next_of_log(&mut carol).await.1, "sorry");
}

pub(super) async fn a_report_is_decided_about_once(adapter: Adapter) {
    let server = adapter.start().await;
    tea(&server).await;
    let sent = server.sends("bob", "tea", "buy now").await;
    let report = format!("{}/reports", path(&sent));
    let because = |reason: &str| json!({"reason": reason});
    let first = server.post("carol", &report, because("spam")).await;
    assert_eq!(
        (&first["status"], &first["reporterId"]),
        (&json!("open"), &json!("carol"))
    );
    assert_eq!(
        (&first["senderId"], &first["text"]),
        (&json!("bob"), &json!("buy now"))
    );
    let again = server
        .ask(
            "carol",
            "POST",
            &format!("/chat{report}"),
            because("really"),
        )
        .await;
    assert_eq!(again.json(200), first);
    let other = server.post("alice", &report, because("rude")).await;
    let list = ("GET", "/rooms/tea/reports");
    server.refuses("carol", list, NONE, FORBIDDEN).await;
    // The report keeps the text when the message is deleted.
    server.done("bob", "DELETE", &path(&sent)).await;
    let page = server
        .get("mod", "/rooms/tea/reports?status=open&limit=1")
        .await;
    assert_eq!(page["reports"], json!([other]));
    let next = page["page"]["next"].as_str().unwrap();
    let page = server
        .get(
            "mod",
            &format!("/rooms/tea/reports?status=open&limit=1&cursor={next}"),
        )
        .await;
    assert_eq!(page["reports"], json!([first]));
    let decide = format!("/rooms/tea/reports/{}", first["id"].as_str().unwrap());
    let decided = |status: &str| json!({"status": status});
    server
        .refuses("bob", ("PATCH", &decide), decided("dismissed"), FORBIDDEN)
        .await;
    let open = decided("open");
    server
        .refuses("mod", ("PATCH", &decide), open, (400, "INVALID_COMMAND"))
        .await;
    let resolved = server
        .ask(
            "mod",
            "PATCH",
            &format!("/chat{decide}"),
            decided("resolved"),
        )
        .await;
    let resolved = resolved.json(200);
    assert_eq!(
        (&resolved["status"], &resolved["resolvedBy"]),
        (&json!("resolved"), &json!("mod"))
    );
    server
        .refuses("mod", ("PATCH", &decide), decided("dismissed"), CONFLICT)
        .await;
    let open = server.get("mod", "/rooms/tea/reports?status=open").await;
    assert_eq!(open["reports"], json!([other]));
}

pub(super) async fn what_moderators_do_is_written_down(adapter: Adapter) {
    let server = adapter.start().await;
    tea(&server).await;
    let mut bob = server.connect("bob").await;
    bob.join("tea").await;
    let sent = server.sends("bob", "tea", "buy now").await;
    server
        .put("mod", &format!("{}/pin", path(&sent)), NONE)
        .await;
    server.done("mod", "DELETE", &path(&sent)).await;
    assert_eq!(
        bob.next_of("MESSAGE_DELETED").await["messageId"],
        sent["id"]
    );
    let tombstone = server.get("bob", &path(&sent)).await;
    assert_eq!(
        (&tombstone["deletedBy"], &tombstone["text"]),
        (&json!("mod"), &json!(""))
    );
    assert_eq!(tombstone.get("pinnedAt"), None);
    let ban = json!({"reason": "spam"});
    server
        .ask("mod", "PUT", "/chat/rooms/tea/bans/bob", ban)
        .await
        .empty(204);
    server.done("alice", "DELETE", "/rooms/tea/bans/bob").await;
    // Deleting one's own message is not recorded.
    let own = server.sends("mod", "tea", "mine").await;
    server.done("mod", "DELETE", &path(&own)).await;
    let audit = ("GET", "/rooms/tea/audit");
    server.refuses("mod", audit, NONE, FORBIDDEN).await;
    let (mut asked, mut written) = ("/rooms/tea/audit?limit=2".to_owned(), Vec::new());
    loop {
        let page = server.get("alice", &asked).await;
        written.extend(page["entries"].as_array().unwrap().clone());
        let Some(next) = page["page"]["next"].as_str() else {
            break;
        };
        asked = format!("/rooms/tea/audit?limit=2&cursor={next}");
    }
    let entry = |e: &Value| json!([e["action"], e["actorId"], e["userId"]]);
    let told: Vec<_> = written.iter().map(entry).collect();
    let expected = [
        json!(["unban", "alice", "bob"]),
        json!(["ban", "mod", "bob"]),
        json!(["delete_message", "mod", "bob"]),
        json!(["pin", "mod", null]),
        json!(["change_role", "alice", "mod"]),
    ];
    assert_eq!(told, expected, "newest first");
    assert_eq!(written[1]["detail"], "spam");
    assert_eq!(written[2]["messageId"], sent["id"]);
}
