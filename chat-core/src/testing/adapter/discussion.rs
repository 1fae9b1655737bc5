//! Threads, mentions, pins, attachments, reactions, expiry and deletion.

use std::time::Duration;

use serde_json::{Value, json};

use super::mount::Adapter;
use super::server::Server;

const NONE: Value = Value::Null;
const FORBIDDEN: (u16, &str) = (403, "FORBIDDEN");
const INVALID: (u16, &str) = (400, "INVALID_COMMAND");
const GONE: (u16, &str) = (404, "MESSAGE_NOT_FOUND");
const SEND: (&str, &str) = ("POST", "/rooms/tea/messages");

/// Creates a group owned by Alice with these members.
async fn tea(server: &Server, members: &[&str]) {
    let tea = json!({"id": "tea", "kind": "group", "members": members});
    server.post("alice", "/rooms", tea).await;
}

fn path(message: &Value) -> String {
    format!("/rooms/tea/messages/{}", message["id"].as_str().unwrap())
}

fn texts(page: &Value) -> Vec<&str> {
    let messages = page["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|m| m["text"].as_str().unwrap())
        .collect()
}

pub(super) async fn a_thread_counts_its_replies_and_has_pages(adapter: Adapter) {
    let server = adapter.start().await;
    tea(&server, &["bob"]).await;
    let root = server.sends("alice", "tea", "root").await;
    let reply = |text: &str| json!({"text": text, "threadId": root["id"]});
    let mut last = NONE;
    for n in 0..5 {
        last = server.sends("bob", "tea", reply(&n.to_string())).await;
        server.sends("bob", "tea", "beside it").await;
    }
    let replies = format!("{}/replies", path(&root));
    let page = server.get("alice", &format!("{replies}?limit=2")).await;
    assert_eq!(texts(&page), ["3", "4"]);
    let thread = json!({
        "replyCount": 5, "lastReplyId": last["id"], "lastReplySeq": last["seq"],
        "lastReplyAt": last["createdAt"],
    });
    assert_eq!(page["root"]["thread"], thread);
    let before = page["page"]["before"].as_str().unwrap();
    let page = server
        .get("alice", &format!("{replies}?limit=3&before={before}"))
        .await;
    assert_eq!(
        (texts(&page), &page["page"]["before"]),
        (vec!["0", "1", "2"], &NONE)
    );
    // The room's messages show the summary on the root.
    let mut bob = server.connect("bob").await;
    let joined = bob.join("tea").await;
    let history = server.get("bob", "/rooms/tea/messages").await;
    for messages in [&joined["messages"], &history["messages"]] {
        let mut messages = messages.as_array().unwrap().iter();
        let seen = messages.find(|m| m["id"] == root["id"]).unwrap();
        assert_eq!(seen["thread"], thread);
    }
    // A deleted reply no longer counts. Its event names the thread.
    server.done("bob", "DELETE", &path(&last)).await;
    assert_eq!(bob.next_of("MESSAGE_DELETED").await["threadId"], root["id"]);
    let page = server.get("alice", &replies).await;
    assert_eq!(page["root"]["thread"]["replyCount"], 4);
    assert_eq!(
        page["messages"].as_array().unwrap().len(),
        5,
        "the tombstone stays in the page"
    );
    // A reply cannot start a thread, and a thread needs an existing root.
    server.sends("bob", "tea", reply("again")).await;
    let inner = json!({"text": "x", "threadId": page["messages"][0]["id"]});
    server.refuses("bob", SEND, inner, INVALID).await;
    server.done("alice", "DELETE", &path(&root)).await;
    server.refuses("bob", SEND, reply("x"), GONE).await;
}

pub(super) async fn a_thread_is_read_apart_from_its_room(adapter: Adapter) {
    let server = adapter.start().await;
    tea(&server, &["bob"]).await;
    let root = server.sends("alice", "tea", "root").await;
    let mut seqs = Vec::new();
    for text in ["1", "2", "3"] {
        let reply = json!({"text": text, "threadId": root["id"]});
        seqs.push(server.sends("bob", "tea", reply).await["seq"].clone());
    }
    let replies = format!("{}/replies", path(&root));
    let read = async |name: &'static str| {
        let thread = server.get(name, &replies).await;
        (
            thread["readSeq"].as_u64().unwrap(),
            thread["unread"].as_u64().unwrap(),
        )
    };
    assert_eq!(read("alice").await, (0, 3));
    assert_eq!(read("bob").await.1, 0, "own replies do not count as unread");
    let mark = format!("{}/read", path(&root));
    let marked = server.put("alice", &mark, json!({"seq": seqs[1]})).await;
    assert_eq!(marked, json!({"readSeq": seqs[1], "unread": 1}));
    let back = server.put("alice", &mark, json!({"seq": seqs[0]})).await;
    assert_eq!(back, marked, "a marker never moves back");
    let mut alice = server.connect("alice").await;
    let command =
        json!({"type": "MARK_READ", "roomId": "tea", "threadId": root["id"], "seq": seqs[2]});
    assert_eq!(alice.ask(command).await["type"], "ACK");
    assert_eq!(read("alice").await, (seqs[2].as_u64().unwrap(), 0));
    assert_eq!(
        alice.join("tea").await["readSeq"],
        0,
        "the room has its own marker"
    );
}

pub(super) async fn mentions_are_of_members_and_are_counted(adapter: Adapter) {
    let server = adapter.start().await;
    tea(&server, &["bob", "carol"]).await;
    let mut bob = server.connect("bob").await;
    bob.join("tea").await;
    let mention = |whom: &[&str]| json!({"text": "look", "mentions": whom});
    server
        .refuses("alice", SEND, mention(&["bob", "eve"]), INVALID)
        .await;
    let sent = server.sends("alice", "tea", mention(&["bob", "bob"])).await;
    assert_eq!(
        sent["mentions"],
        json!(["bob"]),
        "mentions are deduplicated"
    );
    assert_eq!(
        bob.next_of("MESSAGE_CREATED").await["message"]["mentions"],
        json!(["bob"])
    );
    server.sends("alice", "tea", "nobody in particular").await;
    for (name, mentions) in [("bob", 1), ("carol", 0)] {
        let rooms = server.get(name, "/rooms").await;
        let entry = &rooms["rooms"][0];
        assert_eq!(
            (&entry["unread"], &entry["mentions"]),
            (&json!(2), &json!(mentions))
        );
    }
    server
        .put("bob", "/rooms/tea/read", json!({"seq": sent["seq"]}))
        .await;
    let entry = &server.get("bob", "/rooms").await["rooms"][0];
    assert_eq!(
        (&entry["unread"], &entry["mentions"]),
        (&json!(1), &json!(0))
    );
}

pub(super) async fn moderators_pin_what_everybody_finds(adapter: Adapter) {
    let server = adapter.with(|s| s.config.limits.max_pins = 2).await;
    tea(&server, &["bob"]).await;
    let mut bob = server.connect("bob").await;
    bob.join("tea").await;
    let mut pins = Vec::new();
    for text in ["1", "2", "3"] {
        let sent = server.sends("bob", "tea", text).await;
        pins.push(format!("{}/pin", path(&sent)));
    }
    server
        .refuses("bob", ("PUT", &pins[0]), NONE, FORBIDDEN)
        .await;
    for pin in [&pins[2], &pins[0], &pins[2]] {
        let pinned = server.put("alice", pin, NONE).await;
        assert_eq!(pinned["pinnedBy"], "alice");
        assert!(pinned["pinnedAt"].is_string());
    }
    for text in ["3", "1"] {
        let heard = bob.next_of("MESSAGE_UPDATED").await;
        assert_eq!(
            heard["message"]["text"], text,
            "pinning again changes nothing"
        );
        assert_eq!(heard["message"]["pinnedBy"], "alice");
    }
    server
        .refuses("alice", ("PUT", &pins[1]), NONE, (409, "CONFLICT"))
        .await;
    assert_eq!(
        texts(&server.get("bob", "/rooms/tea/pins").await),
        ["1", "3"]
    );
    for _ in 0..2 {
        server.done("alice", "DELETE", &pins[2]).await;
    }
    let heard = bob.next_of("MESSAGE_UPDATED").await;
    assert_eq!(heard["message"].get("pinnedAt"), None);
    server.put("alice", &pins[1], NONE).await;
    assert_eq!(
        texts(&server.get("bob", "/rooms/tea/pins").await),
        ["2", "1"]
    );
}

pub(super) async fn attachments_and_metadata_come_back_as_they_were_sent(adapter: Adapter) {
    let server = adapter.start().await;
    tea(&server, &["bob"]).await;
    let mut bob = server.connect("bob").await;
    bob.join("tea").await;
    let attachment = json!({
        "url": "https://files.example/a%20b.png?x=1#y", "mimeType": "image/png",
        "name": "a b.png", "size": 9_007_199_254_740_991_u64,
    });
    let draft = json!({
        "text": "", "attachments": [attachment],
        "metadata": {"ünï": [1, 2.5, null, {"a": "\u{1f980}"}]},
    });
    let sent = server.sends("alice", "tea", draft.clone()).await;
    let heard = bob.next_of("MESSAGE_CREATED").await["message"].clone();
    for message in [&sent, &heard, &server.get("bob", &path(&sent)).await] {
        for field in ["text", "attachments", "metadata"] {
            assert_eq!(message[field], draft[field], "{field}");
        }
    }
    for bad in [
        json!({"text": ""}),
        json!({"text": "", "attachments": []}),
        json!({"text": "x", "attachments": [{"url": "javascript:alert(1)", "mimeType": "a/b"}]}),
        json!({"text": "x", "attachments": [{"url": "https://a/b", "mimeType": "nonsense"}]}),
        json!({"text": "x", "attachments": [{"url": "https://a/b"}]}),
        json!({"text": "x", "metadata": "x"}),
        json!({"text": "x", "colour": "red"}),
    ] {
        server.refuses("alice", SEND, bad, INVALID).await;
    }
}

pub(super) async fn reactions_are_told_with_who_reacted(adapter: Adapter) {
    let server = adapter.start().await;
    tea(&server, &["bob"]).await;
    let mut alice = server.connect("alice").await;
    alice.join("tea").await;
    let sent = server.sends("alice", "tea", "x").await;
    let reaction = format!("{}/reactions/%F0%9F%91%8D", path(&sent));
    for name in ["bob", "alice", "bob"] {
        server.put(name, &reaction, NONE).await;
    }
    for users in [json!(["bob"]), json!(["bob", "alice"])] {
        let heard = alice.next_of("MESSAGE_UPDATED").await;
        assert_eq!(heard["message"]["reactions"], json!({"👍": users}));
    }
    server.done("bob", "DELETE", &reaction).await;
    server.done("alice", "DELETE", &reaction).await;
    for users in [json!({"👍": ["alice"]}), NONE] {
        let heard = alice.next_of("MESSAGE_UPDATED").await;
        assert_eq!(heard["message"]["reactions"], users);
    }
}

pub(super) async fn many_reactions_are_counted_and_listed_in_pages(adapter: Adapter) {
    let server = adapter.start().await;
    let names: Vec<_> = (0..22).map(|n| format!("u{n:02}")).collect();
    let members: Vec<_> = names.iter().map(String::as_str).collect();
    tea(&server, &members).await;
    let mut alice = server.connect("alice").await;
    alice.join("tea").await;
    let sent = server.sends("alice", "tea", "x").await;
    let reaction = format!("{}/reactions/%F0%9F%91%8D", path(&sent));
    for name in &members {
        server.put(name, &reaction, NONE).await;
    }
    let mut last = NONE;
    for _ in &members {
        last = alice.next_of("MESSAGE_UPDATED").await;
    }
    assert_eq!(last["message"]["reactions"], json!({"👍": &members[..20]}));
    assert_eq!(last["message"]["reactionCounts"], json!({"👍": 22}));
    let page = server.get("u03", &format!("{reaction}?limit=21")).await;
    assert_eq!(page["users"], json!(&members[..21]));
    assert_eq!(
        (&page["count"], &page["reacted"]),
        (&json!(22), &json!(true))
    );
    let cursor = page["page"]["next"].as_str().unwrap();
    let page = server
        .get("alice", &format!("{reaction}?cursor={cursor}"))
        .await;
    let rest = json!({"count": 22, "reacted": false, "users": ["u21"], "page": {"next": null}});
    assert_eq!(page, rest);
    // The path takes exactly one emoji.
    for bad in ["x", "%F0%9F%91%8D%F0%9F%91%8D"] {
        let bad = format!("{}/reactions/{bad}", path(&sent));
        server.refuses("u00", ("PUT", &bad), NONE, INVALID).await;
    }
}

pub(super) async fn a_message_expires_when_it_says(adapter: Adapter) {
    let (server, hand) = adapter.with_hand(|_| {}).await;
    tea(&server, &["bob"]).await;
    let at = hand.until(Duration::from_secs(60));
    let soon = json!({"text": "soon gone", "expiresAt": at});
    let sent = server.sends("alice", "tea", soon.clone()).await;
    assert_eq!(sent["expiresAt"], at);
    let mut alice = server.connect("alice").await;
    let mut command = super::client::say("tea", "1", "soon gone, too");
    command["expiresAt"] = at;
    assert_eq!(alice.ask(command.clone()).await["type"], "MESSAGE_ACK");
    let left = async || {
        let page = server.get("bob", "/rooms/tea/messages").await;
        let unread = server.get("bob", "/rooms").await["rooms"][0]["unread"].clone();
        (page["messages"].as_array().unwrap().len(), unread)
    };
    assert_eq!(left().await, (2, json!(2)));
    hand.advance(Duration::from_secs(61));
    assert_eq!(left().await, (0, json!(0)));
    server
        .refuses("bob", ("GET", &path(&sent)), NONE, GONE)
        .await;
    // A message that has already expired is refused.
    server.refuses("alice", SEND, soon, INVALID).await;
    command["clientMessageId"] = json!("2");
    assert_eq!(alice.refused(command).await["code"], "INVALID_COMMAND");
    let kept = server.sends("alice", "tea", "stays").await;
    assert_eq!(kept["seq"], 3, "positions are never reused");
}

pub(super) async fn edits_and_deletions_end_with_their_windows(adapter: Adapter) {
    let (server, hand) = adapter
        .with_hand(|s| {
            s.config.edit_window_ms = 60_000;
            s.config.delete_window_ms = 120_000;
        })
        .await;
    tea(&server, &["bob"]).await;
    let sent = server.sends("bob", "tea", "x").await;
    let (edit, delete) = (path(&sent), path(&sent));
    let to = |text: &str| json!({"text": text});
    let edited = server
        .ask("bob", "PATCH", &format!("/chat{edit}"), to("y"))
        .await
        .json(200);
    assert_eq!(
        (&edited["text"], &edited["editedBy"]),
        (&json!("y"), &json!("bob"))
    );
    assert!(edited["editedAt"].is_string());
    server
        .refuses("alice", ("PATCH", &edit), to("z"), FORBIDDEN)
        .await;
    hand.advance(Duration::from_secs(61));
    server
        .refuses("bob", ("PATCH", &edit), to("z"), FORBIDDEN)
        .await;
    hand.advance(Duration::from_secs(60));
    server
        .refuses("bob", ("DELETE", &delete), NONE, FORBIDDEN)
        .await;
    let mut bob = server.connect("bob").await;
    for kind in ["EDIT_MESSAGE", "DELETE_MESSAGE"] {
        let mut command = json!({"type": kind, "roomId": "tea", "messageId": sent["id"]});
        if kind == "EDIT_MESSAGE" {
            command["text"] = json!("z");
        }
        assert_eq!(bob.refused(command).await["code"], "FORBIDDEN");
    }
    assert_eq!(server.get("bob", &edit).await["text"], "y");
    // The windows do not bind moderators.
    server.done("alice", "DELETE", &delete).await;
    let tombstone = server.get("bob", &edit).await;
    assert_eq!(
        (&tombstone["text"], &tombstone["deletedBy"]),
        (&json!(""), &json!("alice"))
    );
}

pub(super) async fn what_one_deletes_for_oneself_others_see(adapter: Adapter) {
    let server = adapter.start().await;
    tea(&server, &["bob"]).await;
    let mut bob = [server.connect("bob").await, server.connect("bob").await];
    for device in &mut bob {
        device.join("tea").await;
    }
    let one = server.sends("alice", "tea", "one").await;
    let two = server.sends("alice", "tea", "two").await;
    for device in &mut bob {
        device.settle().await;
    }
    server
        .done("bob", "DELETE", &format!("{}?for=me", path(&one)))
        .await;
    let command =
        json!({"type": "DELETE_MESSAGE", "roomId": "tea", "messageId": two["id"], "forMe": true});
    assert_eq!(bob[0].ask(command).await["type"], "ACK");
    for message in [&one, &two] {
        let expected = json!({
            "type": "MESSAGE_HIDDEN", "roomId": "tea", "messageId": message["id"], "seq": message["seq"],
        });
        assert_eq!(bob[1].next_of("MESSAGE_HIDDEN").await, expected);
        server
            .refuses("bob", ("GET", &path(message)), NONE, GONE)
            .await;
    }
    assert_eq!(
        texts(&server.get("bob", "/rooms/tea/messages").await),
        [""; 0]
    );
    assert_eq!(
        texts(&server.get("alice", "/rooms/tea/messages").await),
        ["one", "two"]
    );
    // Later changes stay hidden too, except that they take positions.
    let edit = format!("/chat{}", path(&one));
    let edited = server
        .ask("alice", "PATCH", &edit, json!({"text": "1"}))
        .await
        .json(200);
    let hidden = bob[1].next().await;
    let expected = json!({"type": "MESSAGE_HIDDEN", "roomId": "tea", "rev": edited["rev"]});
    assert_eq!(hidden, expected);
    let unknown = ("DELETE", &*format!("{}?for=us", path(&one)));
    server.refuses("bob", unknown, NONE, INVALID).await;
}
