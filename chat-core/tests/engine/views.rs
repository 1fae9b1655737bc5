//! Messages hidden from a user: live, in catch-up, in the history and in counts, on every node.

use chat_core::backend::UserStore;
use chat_core::engine::{CreateRoom, Search};
use chat_core::model::{Anchor, HistoryQuery, RoomKind};
use chat_core::{Actor, Engine, ErrorKind, MessageId};
use serde_json::{Value, json};

use crate::support::{Client, Shared, config, room, send_as, user};

async fn cluster() -> (Engine, Engine, Shared) {
    let shared = Shared::default();
    let (one, two) = (shared.node(config()).0, shared.node(config()).0);
    let team = CreateRoom::new(RoomKind::Group)
        .id(room("team"))
        .members(["alice", "bob", "carol"].map(user));
    one.create_room(&Actor::App, team).await.unwrap();
    (one, two, shared)
}

async fn texts(engine: &Engine, name: &str) -> Vec<String> {
    let query = HistoryQuery::new(Anchor::Newest, 50);
    let actor = Actor::User(user(name));
    let page = engine.history(&actor, &room("team"), &query).await.unwrap();
    let users = page.messages.into_iter().filter(|m| m.system.is_none());
    users.map(|m| m.text).collect()
}

/// The log events that a client received: each position, with the text unless it is hidden.
async fn told(client: &mut Client) -> Vec<(u64, Option<String>)> {
    let events = client.settle().await.into_iter();
    let of_log = events.filter(|e| e["rev"].is_u64());
    let told = of_log.map(|e| {
        let rev = e["rev"].as_u64().unwrap();
        let text = e["message"]["text"].as_str().map(str::to_owned);
        assert_eq!(text.is_none(), e["type"] == "MESSAGE_HIDDEN", "{e}");
        (rev, text)
    });
    told.collect()
}

#[tokio::test(start_paused = true)]
async fn whoever_is_blocked_is_heard_no_more_on_any_node() {
    let (one, two, _) = cluster().await;
    let mut here = Client::connect(&one, "alice").await;
    let mut there = Client::connect(&two, "alice").await;
    let head = here.join("team").await["head"].as_u64().unwrap();
    there.join("team").await;
    assert!(one.block(&user("alice"), &user("bob")).await.unwrap());
    assert!(
        !two.block(&user("alice"), &user("bob")).await.unwrap(),
        "already blocked"
    );
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    here.settle().await;
    there.settle().await;

    send_as(&one, "bob", "team", "from bob").await;
    send_as(&two, "carol", "team", "from carol").await;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let expected = [(head + 1, None), (head + 2, Some("from carol".to_owned()))];
    assert_eq!(
        told(&mut here).await,
        expected,
        "the position is announced without bob's message"
    );
    assert_eq!(told(&mut there).await, expected);
    assert_eq!(texts(&two, "alice").await, ["from carol"]);
    assert_eq!(texts(&two, "bob").await, ["from bob", "from carol"]);
    let unread = two.unread(&user("alice"), &room("team")).await.unwrap();
    assert_eq!(unread.count, 1);

    let mut back = Client::connect(&two, "alice").await;
    let epoch = one.head(&Actor::App, &room("team")).await.unwrap().epoch;
    let resume = json!({"type": "JOIN_ROOM", "roomId": "team", "epoch": epoch, "after": head});
    assert_eq!(back.ask(resume).await["recovered"], true);
    let sync = back.next_of("ROOM_SYNC").await;
    assert_eq!(sync["through"], head + 2);
    let synced: Vec<_> = sync["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| &m["text"])
        .collect();
    assert_eq!(synced, ["from carol"]);

    assert!(one.unblock(&user("alice"), &user("bob")).await.unwrap());
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    send_as(&two, "bob", "team", "again").await;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(
        told(&mut here).await,
        [(head + 3, Some("again".to_owned()))]
    );
    assert_eq!(
        texts(&one, "alice").await,
        ["from bob", "from carol", "again"]
    );
}

#[tokio::test(start_paused = true)]
async fn between_two_of_whom_one_blocked_the_other_nothing_is_said() {
    let (one, two, _) = cluster().await;
    let direct = |with: &str| CreateRoom::new(RoomKind::Direct).members([user(with)]);
    let (alice, bob) = (Actor::User(user("alice")), Actor::User(user("bob")));
    let dm = one.create_room(&alice, direct("bob")).await.unwrap().id;
    let text = |text: &str| chat_core::model::Draft::text(text);
    two.send(&bob, &dm, text("hi")).await.unwrap();
    one.block(&user("alice"), &user("bob")).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    // Bob is connected to no node, so his node's cached view must expire.
    tokio::time::advance(std::time::Duration::from_secs(31)).await;
    for (engine, actor) in [(&two, &bob), (&one, &bob), (&two, &alice), (&one, &alice)] {
        let refused = engine.send(actor, &dm, text("hi?")).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Forbidden);
    }
    let refused = two.create_room(&bob, direct("alice")).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Forbidden);
    send_as(&two, "bob", "team", "groups are unaffected").await;
    let oneself = one.block(&user("alice"), &user("alice")).await.unwrap_err();
    assert_eq!(oneself.kind(), ErrorKind::Forbidden);
}

#[tokio::test(start_paused = true)]
async fn a_message_deleted_for_oneself_is_there_for_others() {
    let (one, two, _) = cluster().await;
    let mut here = Client::connect(&one, "alice").await;
    let mut there = Client::connect(&two, "alice").await;
    let mut bob = Client::connect(&one, "bob").await;
    for client in [&mut here, &mut there, &mut bob] {
        client.join("team").await;
    }
    let sent = send_as(&one, "bob", "team", "secret").await.message;
    here.settle().await;
    let delete =
        json!({"type": "DELETE_MESSAGE", "roomId": "team", "messageId": sent.id, "forMe": true});
    assert_eq!(here.ask(delete.clone()).await["type"], "ACK");
    let hidden = there.next_of("MESSAGE_HIDDEN").await;
    let expected: Value =
        json!({"type": "MESSAGE_HIDDEN", "roomId": "team", "messageId": sent.id, "seq": sent.seq});
    assert_eq!(hidden, expected, "the other device is notified");
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    here.settle().await;
    bob.settle().await;

    let edit =
        json!({"type": "EDIT_MESSAGE", "roomId": "team", "messageId": sent.id, "text": "edited"});
    let rev = bob.ask(edit).await["rev"].as_u64().unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(
        told(&mut here).await,
        [(rev, None)],
        "later changes stay hidden too"
    );
    assert_eq!(told(&mut there).await, [(rev, None)]);
    assert_eq!(told(&mut bob).await, [(rev, Some("edited".to_owned()))]);
    assert_eq!(texts(&two, "alice").await, [""; 0]);
    assert_eq!(texts(&two, "bob").await, ["edited"]);
    let message = two
        .message(&Actor::User(user("alice")), &room("team"), &sent.id)
        .await;
    assert_eq!(message.unwrap_err().kind(), ErrorKind::MessageNotFound);
    assert_eq!(
        here.ask(delete).await["type"],
        "ACK",
        "repeating it succeeds"
    );
    let unknown = json!({"type": "DELETE_MESSAGE", "roomId": "team", "messageId": MessageId::random(), "forMe": true});
    assert_eq!(here.ask(unknown).await["code"], "MESSAGE_NOT_FOUND");
}

#[tokio::test(start_paused = true)]
async fn what_a_shadow_muted_member_sends_only_they_see() {
    let (one, two, _) = cluster().await;
    let mut alice = Client::connect(&one, "alice").await;
    let mut far = Client::connect(&two, "alice").await;
    let mut bob = Client::connect(&one, "bob").await;
    let mut phone = Client::connect(&two, "bob").await;
    for client in [&mut alice, &mut far, &mut bob, &mut phone] {
        client.join("team").await;
    }
    let muted = two
        .shadow_mute(&Actor::App, &room("team"), &user("bob"), true)
        .await;
    muted.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    for client in [&mut alice, &mut far, &mut bob, &mut phone] {
        for event in client.settle().await {
            assert_ne!(
                event["type"], "MEMBER_UPDATED",
                "shadow mutes are not announced: {event}"
            );
        }
    }
    let ack = bob.say("team", "1", "spam").await;
    let rev = ack["rev"].as_u64().unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let spam = [(rev, Some("spam".to_owned()))];
    assert_eq!(told(&mut alice).await, [(rev, None)]);
    assert_eq!(told(&mut far).await, [(rev, None)]);
    assert_eq!(told(&mut bob).await, spam, "the sender does not notice");
    assert_eq!(told(&mut phone).await, spam);
    assert_eq!(texts(&two, "alice").await, [""; 0]);
    assert_eq!(texts(&two, "bob").await, ["spam"]);
    let found = async |name: &str| {
        let search = Search::new(10).text("spam");
        let found = two.search(&Actor::User(user(name)), search).await.unwrap();
        found.messages.len()
    };
    assert_eq!((found("alice").await, found("bob").await), (0, 1));
    let unread = two.unread(&user("alice"), &room("team")).await.unwrap();
    assert_eq!(unread.count, 0);
    let rooms = two.rooms_of(&user("alice"), None, 10).await.unwrap();
    assert_ne!(
        rooms[0].last_message.as_ref().map(|m| m.text.as_str()),
        Some("spam")
    );

    let muted = one
        .shadow_mute(&Actor::App, &room("team"), &user("bob"), false)
        .await;
    muted.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    bob.say("team", "2", "sorry").await;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(
        told(&mut alice).await,
        [(rev + 1, Some("sorry".to_owned()))]
    );
}

/// Simulates lost hints: only the stores know of the changes.
#[tokio::test(start_paused = true)]
async fn what_a_user_wants_is_found_out_without_hints_too() {
    let (one, two, shared) = cluster().await;
    let mut alice = Client::connect(&one, "alice").await;
    let mut bob = Client::connect(&two, "bob").await;
    for client in [&mut alice, &mut bob] {
        client.join("team").await;
    }
    let wait = async || tokio::time::sleep(std::time::Duration::from_secs(45)).await;
    wait().await;
    let (me, other) = (user("alice"), user("bob"));
    let is_online = async || {
        let (actor, asked) = (Actor::User(user("bob")), [user("alice")]);
        two.presence(&actor, &asked).await.unwrap()[0].online
    };
    shared.users.block(&me, &other, 10).await.unwrap();
    shared.users.set_invisible(&me, true).await.unwrap();
    wait().await;
    assert!(!is_online().await);
    alice.settle().await;
    send_as(&two, "bob", "team", "blocked").await;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let head = one.head(&Actor::App, &room("team")).await.unwrap().head;
    assert_eq!(told(&mut alice).await, [(head, None)]);

    shared.users.unblock(&me, &other).await.unwrap();
    shared.users.set_invisible(&me, false).await.unwrap();
    wait().await;
    assert!(is_online().await);
    alice.settle().await;
    send_as(&two, "bob", "team", "heard").await;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(
        told(&mut alice).await,
        [(head + 1, Some("heard".to_owned()))]
    );
}
