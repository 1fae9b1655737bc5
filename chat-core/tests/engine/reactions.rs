//! Reactions in a large room: neither frames nor pages grow with the number of reacting users.

use chat_core::engine::{CreateRoom, Search};
use chat_core::model::{Anchor, HistoryQuery, Message, RoomKind};
use chat_core::{Actor, UserId};
use serde_json::{Value, json};

use crate::support::{Client, Shared, config, room, send_as, user};

fn size(value: &impl serde::Serialize) -> usize {
    serde_json::to_vec(value).unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn what_a_client_gets_does_not_grow_with_those_who_react() {
    const FEW: usize = 100;
    const MANY: usize = 400;
    let shared = Shared::default();
    let (engine, _) = shared.node(config());
    let name = |n: usize| user(&format!("u{n:03}"));
    let team = CreateRoom::new(RoomKind::Group).id(room("team")).members(
        (0..MANY)
            .map(name)
            .chain([user("alice")])
            .collect::<Vec<UserId>>(),
    );
    engine.create_room(&Actor::App, team).await.unwrap();
    let sent = send_as(&engine, "alice", "team", "hi").await.message;
    let mut alice = Client::connect(&engine, "alice").await;
    let epoch = alice.join("team").await["epoch"].clone();

    // The size of every event and response with the message, at each number of users.
    let mut sizes = Vec::new();
    let mut reacted = 0;
    for users in [FEW, MANY] {
        let mut event = Value::Null;
        for n in reacted..users {
            let (name, team) = (name(n), room("team"));
            let reacted = engine.react(&name, &team, &sent.id, "👍", true).await;
            assert!(reacted.unwrap().changed);
            event = alice.next_of("MESSAGE_UPDATED").await;
        }
        reacted = users;
        let message = &event["message"];
        let listed = message["reactions"]["👍"].as_array().unwrap();
        assert_eq!(listed.len(), Message::LISTED_USERS);
        assert_eq!(message["reactionCounts"], json!({"👍": users}));

        let actor = Actor::User(user("alice"));
        let query = HistoryQuery::new(Anchor::Newest, 10);
        let history = engine.history(&actor, &room("team"), &query).await.unwrap();
        let search = Search::new(10).text("hi");
        let found = engine.search(&actor, search).await.unwrap();
        let rooms = engine.rooms_of(&user("alice"), None, 10).await.unwrap();
        let mut other = Client::connect(&engine, "alice").await;
        let joined = other.join("team").await;
        let mut back = Client::connect(&engine, "alice").await;
        let resume = json!({"type": "JOIN_ROOM", "roomId": "team", "epoch": epoch, "after": 0});
        back.ask(resume).await;
        let synced = back.next_of("ROOM_SYNC").await;
        sizes.push([
            size(message),
            size(&history.messages[0]),
            size(&found.messages[0]),
            size(rooms[0].last_message.as_ref().unwrap()),
            size(&joined["messages"][0]),
            size(&synced["changes"][0]),
        ]);
    }
    assert_eq!(sizes[0], sizes[1], "with {FEW} and with {MANY} users");
}
