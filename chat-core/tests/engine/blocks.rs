//! Blocks: every way in which a blocked user could reach the user who blocked them.

use std::time::Duration;

use chat_core::engine::CreateRoom;
use chat_core::model::{Draft, Role, RoomKind};
use chat_core::{Actor, Config, Engine, ErrorKind};
use serde_json::{Value, json};

use crate::support::{Client, Shared, config, room, send_as, user};

/// Two nodes on which Alice has blocked Bob. They share a group with Carol.
async fn cluster() -> (Engine, Engine) {
    cluster_with(&config()).await
}

async fn cluster_with(config: &Config) -> (Engine, Engine) {
    let shared = Shared::default();
    let [one, two] = [(); 2].map(|()| shared.node(config.clone()).0);
    let team = CreateRoom::new(RoomKind::Group)
        .id(room("team"))
        .members(["alice", "bob", "carol"].map(user));
    one.create_room(&Actor::App, team).await.unwrap();
    one.block(&user("alice"), &user("bob")).await.unwrap();
    (one, two)
}

/// Waits for the hints between the nodes to arrive.
async fn hints() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}

#[tokio::test(start_paused = true)]
async fn a_blocked_user_invites_nobody_who_blocked_them() {
    let (one, two) = cluster().await;
    let mut alice = Client::connect(&one, "alice").await;
    let group = |kind: RoomKind, members: &[&str]| {
        let members = members.iter().map(|m| user(m));
        CreateRoom::new(kind)
            .name("look at me")
            .members(members.collect::<Vec<_>>())
    };
    let bob = Actor::User(user("bob"));
    for kind in [RoomKind::Group, RoomKind::Public] {
        let named = group(kind, &["carol", "alice"]);
        let refused = two.create_room(&bob, named).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Forbidden, "{kind:?}");
    }
    let own = two
        .create_room(&bob, group(RoomKind::Group, &["carol"]))
        .await
        .unwrap()
        .id;
    let alice_id = user("alice");
    let refused = two.add_member(&bob, &own, &alice_id, Role::Member).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Forbidden);
    hints().await;
    assert_eq!(alice.settle().await, Vec::<Value>::new());

    // The block does not affect other users, the app, or Alice herself.
    let carol = Actor::User(user("carol"));
    let added = two.add_member(&carol, &own, &alice_id, Role::Member).await;
    assert!(added.unwrap());
    let named = group(RoomKind::Group, &["bob", "alice"]);
    two.create_room(&Actor::App, named).await.unwrap();
    let named = group(RoomKind::Group, &["bob"]);
    let alice = Actor::User(alice_id);
    two.create_room(&alice, named).await.unwrap();

    one.unblock(&user("alice"), &user("bob")).await.unwrap();
    two.create_room(&bob, group(RoomKind::Group, &["alice"]))
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn in_their_direct_room_neither_says_anything() {
    in_their_direct_room(&config()).await;
}

#[tokio::test(start_paused = true)]
async fn nor_where_every_room_is_published_to_as_a_large_one() {
    let mut config = config();
    config.per_user_fanout_max = 0;
    in_their_direct_room(&config).await;
}

async fn in_their_direct_room(config: &Config) {
    let (one, two) = cluster_with(config).await;
    one.unblock(&user("alice"), &user("bob")).await.unwrap();
    hints().await;
    let direct = CreateRoom::new(RoomKind::Direct).members([user("bob")]);
    let actor = Actor::User(user("alice"));
    let dm = one.create_room(&actor, direct).await.unwrap().id;
    let (mut alice, mut bob) = (
        Client::connect(&one, "alice").await,
        Client::connect(&two, "bob").await,
    );
    alice.join(dm.as_str()).await;
    bob.join(dm.as_str()).await;
    let from = |name: &str| Actor::User(user(name));
    let of_alice = one.send(&from("alice"), &dm, Draft::text("a")).await;
    let of_alice = of_alice.unwrap().message.id;
    let of_bob = two.send(&from("bob"), &dm, Draft::text("b")).await;
    let of_bob = of_bob.unwrap().message.id;
    let reacted = two.react(&user("bob"), &dm, &of_alice, "👍", true).await;
    assert!(reacted.unwrap().changed);
    one.block(&user("alice"), &user("bob")).await.unwrap();
    hints().await;
    alice.settle().await;
    bob.settle().await;

    for (client, own, other) in [(&mut bob, of_bob, of_alice), (&mut alice, of_alice, of_bob)] {
        let emoji = "❤️";
        for command in [
            json!({"type": "SEND_MESSAGE", "roomId": dm, "clientMessageId": "x", "text": "x"}),
            json!({"type": "EDIT_MESSAGE", "roomId": dm, "messageId": own, "text": "x"}),
            json!({"type": "ADD_REACTION", "roomId": dm, "messageId": own, "emoji": emoji}),
            json!({"type": "ADD_REACTION", "roomId": dm, "messageId": other, "emoji": emoji}),
            json!({"type": "REMOVE_REACTION", "roomId": dm, "messageId": of_alice, "emoji": "👍"}),
            json!({"type": "TYPING", "roomId": dm, "typing": true}),
        ] {
            let refused = client.ask(command.clone()).await;
            assert_eq!(refused["code"], "FORBIDDEN", "{command}: {refused}");
        }
    }
    hints().await;
    assert_eq!(alice.settle().await, Vec::<Value>::new());
    assert_eq!(bob.settle().await, Vec::<Value>::new());
    // Deleting one's own message tells the other nothing new.
    two.delete(&from("bob"), &dm, &of_bob).await.unwrap();
}

/// The ephemeral events that a client receives about others, with their types.
async fn passing(client: &mut Client) -> Vec<(String, String)> {
    let events = client.settle().await.into_iter();
    let passing = events.filter(|e| e["type"] == "TYPING" || e["type"] == "READ_RECEIPT");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    passing
        .map(|e| (text(&e["type"]), text(&e["userId"])))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_blocked_user_is_not_heard_in_passing_on_any_node() {
    let (one, two) = cluster().await;
    let head = send_as(&one, "carol", "team", "hi").await.message.seq;
    let mut listeners = Vec::new();
    for (engine, name) in [
        (&one, "alice"),
        (&two, "alice"),
        (&one, "carol"),
        (&two, "bob"),
    ] {
        listeners.push(Client::connect(engine, name).await);
    }
    let mut bob = Client::connect(&one, "bob").await;
    for client in listeners.iter_mut().chain([&mut bob]) {
        client.join("team").await;
    }
    let typing = json!({"type": "TYPING", "roomId": "team", "typing": true});
    let of_bob = |kinds: &[&str]| -> Vec<_> {
        let kinds = kinds.iter().map(|k| ((*k).to_owned(), "bob".to_owned()));
        kinds.collect()
    };
    let said = async |seq: u64, bob: &mut Client, listeners: &mut Vec<Client>| {
        for client in listeners.iter_mut() {
            client.settle().await;
        }
        bob.send(&typing);
        let read = json!({"type": "MARK_READ", "roomId": "team", "seq": seq});
        assert_eq!(bob.ask(read).await["type"], "ACK");
        hints().await;
        let mut heard = Vec::new();
        for client in listeners.iter_mut() {
            heard.push(passing(client).await);
        }
        heard
    };
    let [both, own, none] = [&["TYPING", "READ_RECEIPT"][..], &["READ_RECEIPT"], &[]].map(of_bob);
    assert_eq!(
        said(head, &mut bob, &mut listeners).await,
        [none.clone(), none, both.clone(), own.clone()]
    );
    one.unblock(&user("alice"), &user("bob")).await.unwrap();
    hints().await;
    let head = send_as(&one, "carol", "team", "again").await.message.seq;
    assert_eq!(
        said(head, &mut bob, &mut listeners).await,
        [both.clone(), both.clone(), both, own]
    );
}

#[tokio::test(start_paused = true)]
async fn how_far_a_blocked_user_has_read_is_not_told() {
    let (one, _) = cluster().await;
    let sent = send_as(&one, "alice", "team", "hi").await.message;
    for name in ["alice", "bob", "carol"] {
        let marked = one.mark_read(&user(name), &room("team"), sent.seq).await;
        marked.unwrap();
    }
    let markers = async |name: &str, limit: usize| -> Vec<String> {
        let (mut found, mut after) = (Vec::new(), None);
        let team = room("team");
        loop {
            let actor = Actor::User(user(name));
            let page = one.read_markers(&actor, &team, after.as_ref(), limit).await;
            let page = page.unwrap();
            found.extend(page.iter().map(|m| m.user_id.to_string()));
            match page.last() {
                Some(last) => after = Some(last.user_id.clone()),
                None => return found,
            }
        }
    };
    for limit in [1, 2, 10] {
        assert_eq!(markers("alice", limit).await, ["alice", "carol"]);
        assert_eq!(markers("carol", limit).await, ["alice", "bob", "carol"]);
    }
    let readers = async |name: &str| {
        let actor = Actor::User(user(name));
        let readers = one.readers(&actor, &room("team"), &sent.id).await.unwrap();
        (readers.count, readers.users)
    };
    assert_eq!(readers("alice").await, (1, vec![user("carol")]));
    let both = vec![user("bob"), user("carol")];
    assert_eq!(readers("carol").await, (2, both));
}
