//! Threads, mentions, pins and readers.

use chat_core::engine::CreateRoom;
use chat_core::model::{Anchor, Draft, HistoryQuery, Message, Role, RoomKind};
use chat_core::{Actor, Engine, ErrorKind, MessageId, Result, UserId};
use serde_json::json;

use crate::support::{ByName, Client, config, room, send_as, user};

async fn engine() -> Engine {
    let engine = Engine::builder(ByName).config(config()).build();
    let team = CreateRoom::new(RoomKind::Group)
        .id(room("team"))
        .members(["alice", "bob", "carol"].map(user));
    engine.create_room(&Actor::App, team).await.unwrap();
    engine
}

async fn send(engine: &Engine, name: &str, draft: Draft) -> Result<Message> {
    let actor = Actor::User(user(name));
    let sent = engine.send(&actor, &room("team"), draft).await?;
    Ok((*sent.message).clone())
}

fn reply(root: MessageId, text: &str) -> Draft {
    Draft {
        thread_id: Some(root),
        ..Draft::text(text)
    }
}

#[tokio::test(start_paused = true)]
async fn a_thread_has_pages_and_unread_counts_of_its_own() {
    let engine = engine().await;
    let root = send(&engine, "alice", Draft::text("root")).await.unwrap();
    for n in 0..5 {
        let name = ["bob", "carol"][n % 2];
        send(&engine, name, reply(root.id, &n.to_string()))
            .await
            .unwrap();
        send(&engine, name, Draft::text("beside it")).await.unwrap();
    }
    let bob = Actor::User(user("bob"));
    let query = HistoryQuery::new(Anchor::Newest, 3);
    let thread = engine
        .thread(&bob, &room("team"), &root.id, &query)
        .await
        .unwrap();
    let texts: Vec<_> = thread
        .replies
        .messages
        .iter()
        .map(|m| m.text.as_str())
        .collect();
    assert_eq!(texts, ["2", "3", "4"]);
    assert!(thread.replies.before.is_some() && thread.replies.after.is_none());
    let summary = thread.root.thread.unwrap();
    let last = thread.replies.messages.last().unwrap();
    assert_eq!((summary.reply_count, summary.last_reply_id), (5, last.id));
    assert_eq!(
        (thread.read.read_seq, thread.read.unread),
        (0, 2),
        "own replies do not count as unread"
    );

    let mut client = Client::connect(&engine, "bob").await;
    let joined = client.join("team").await;
    let on_join = joined["messages"].as_array().unwrap();
    let on_join = on_join.iter().find(|m| m["id"] == json!(root.id)).unwrap();
    assert_eq!(on_join["thread"]["replyCount"], 5);
    let mark = json!({"type": "MARK_READ", "roomId": "team", "threadId": root.id, "seq": last.seq});
    assert_eq!(client.ask(mark).await["type"], "ACK");
    let thread = engine
        .thread(&bob, &room("team"), &root.id, &query)
        .await
        .unwrap();
    assert_eq!((thread.read.read_seq, thread.read.unread), (last.seq, 0));
    let unread = engine.unread(&user("bob"), &room("team")).await.unwrap();
    assert_eq!(unread.read_seq, 0, "the room has its own marker");

    engine
        .delete(&Actor::App, &room("team"), &last.id)
        .await
        .unwrap();
    let root = engine.message(&bob, &room("team"), &root.id).await.unwrap();
    assert_eq!(root.thread.unwrap().reply_count, 4);
}

#[tokio::test(start_paused = true)]
async fn a_reply_answers_what_is_there() {
    let engine = engine().await;
    let root = send(&engine, "alice", Draft::text("root")).await.unwrap();
    let inner = send(&engine, "bob", reply(root.id, "reply")).await.unwrap();
    let kind = async |draft| send(&engine, "carol", draft).await.unwrap_err().kind();
    assert_eq!(
        kind(reply(MessageId::random(), "x")).await,
        ErrorKind::MessageNotFound
    );
    assert_eq!(
        kind(reply(inner.id, "x")).await,
        ErrorKind::Invalid,
        "a reply cannot start a thread"
    );
    let to_unknown = Draft {
        reply_to: Some(MessageId::random()),
        ..Draft::text("x")
    };
    assert_eq!(kind(to_unknown).await, ErrorKind::MessageNotFound);
    engine
        .delete(&Actor::App, &room("team"), &root.id)
        .await
        .unwrap();
    assert_eq!(
        kind(reply(root.id, "x")).await,
        ErrorKind::MessageNotFound,
        "the root was deleted"
    );
}

#[tokio::test(start_paused = true)]
async fn mentions_are_of_members_and_are_counted() {
    let engine = engine().await;
    let mentioning = |names: &[&str]| Draft {
        mentions: names.iter().map(|n| user(n)).collect::<Vec<UserId>>(),
        ..Draft::text("look")
    };
    let sent = send(&engine, "alice", mentioning(&["bob", "bob", "carol"]))
        .await
        .unwrap();
    assert_eq!(
        sent.mentions,
        ["bob", "carol"].map(user),
        "mentions are deduplicated"
    );
    send_as(&engine, "alice", "team", "no mention").await;
    let refused = send(&engine, "alice", mentioning(&["bob", "mallory"])).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Invalid);
    let unread = engine.unread(&user("bob"), &room("team")).await.unwrap();
    assert_eq!((unread.count, unread.mentions), (2, 1));
    let total = engine.unread_total(&user("bob")).await.unwrap();
    assert_eq!((total.unread, total.mentions, total.rooms), (2, 1, 1));
    let rooms = engine.rooms_of(&user("bob"), None, 10).await.unwrap();
    assert_eq!((rooms[0].unread, rooms[0].mentions), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn pins_are_bounded_and_heard_of() {
    let mut config = config();
    config.limits.max_pins = 2;
    let engine = Engine::builder(ByName).config(config).build();
    let team = CreateRoom::new(RoomKind::Group)
        .id(room("team"))
        .members(["alice", "bob"].map(user));
    engine.create_room(&Actor::App, team).await.unwrap();
    engine
        .set_role(&Actor::App, &room("team"), &user("alice"), Role::Moderator)
        .await
        .unwrap();
    let mut bob = Client::connect(&engine, "bob").await;
    bob.join("team").await;
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(
            send_as(&engine, "bob", "team", &n.to_string())
                .await
                .message
                .id,
        );
    }
    let pin = async |name: &str, n: usize, on: bool| {
        let actor = Actor::User(user(name));
        engine.pin(&actor, &room("team"), &ids[n], on).await
    };
    assert_eq!(
        pin("bob", 0, true).await.unwrap_err().kind(),
        ErrorKind::Forbidden
    );
    assert!(pin("alice", 0, true).await.unwrap().changed);
    let heard = bob.next_of("MESSAGE_UPDATED").await;
    assert_eq!(heard["message"]["pinnedBy"], "alice");
    assert!(heard["message"]["pinnedAt"].is_string());
    assert!(
        !pin("alice", 0, true).await.unwrap().changed,
        "already pinned"
    );
    pin("alice", 2, true).await.unwrap();
    assert_eq!(
        pin("alice", 1, true).await.unwrap_err().kind(),
        ErrorKind::Conflict
    );
    let pins = engine
        .pins(&Actor::User(user("bob")), &room("team"))
        .await
        .unwrap();
    assert_eq!(
        pins.iter().map(|m| m.id).collect::<Vec<_>>(),
        [ids[2], ids[0]]
    );
    pin("alice", 0, false).await.unwrap();
    pin("alice", 1, true).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_message_has_readers() {
    let engine = engine().await;
    let first = send(&engine, "alice", Draft::text("1")).await.unwrap();
    let second = send(&engine, "alice", Draft::text("2")).await.unwrap();
    engine
        .mark_read(&user("bob"), &room("team"), first.seq)
        .await
        .unwrap();
    engine
        .mark_read(&user("carol"), &room("team"), second.seq)
        .await
        .unwrap();
    engine
        .mark_read(&user("alice"), &room("team"), second.seq)
        .await
        .unwrap();
    let readers = async |id| {
        let actor = Actor::User(user("alice"));
        let readers = engine.readers(&actor, &room("team"), id).await.unwrap();
        (readers.count, readers.users)
    };
    assert_eq!(
        readers(&first.id).await,
        (2, ["bob", "carol"].map(user).to_vec())
    );
    assert_eq!(readers(&second.id).await, (1, vec![user("carol")]));
    let stranger = Actor::User(user("mallory"));
    let refused = engine.readers(&stranger, &room("team"), &first.id).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::RoomNotFound);
}

#[tokio::test(start_paused = true)]
async fn a_message_expires_when_its_sender_or_its_room_says() {
    let engine = engine().await;
    let now = chat_core::Clock::now(&chat_core::SystemClock);
    let at = |seconds| now.after(std::time::Duration::from_secs(seconds));
    let expiring = |at| Draft {
        expires_at: Some(at),
        ..Draft::text("soon gone")
    };
    let sent = send(&engine, "alice", expiring(at(60))).await.unwrap();
    assert_eq!(sent.expires_at, Some(at(60)));
    let past = send(&engine, "alice", expiring(at(0))).await.unwrap_err();
    assert_eq!(past.kind(), ErrorKind::Invalid);
}
