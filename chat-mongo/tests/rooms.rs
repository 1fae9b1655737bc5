//! Concurrent joins of one room.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod support;

use std::time::Duration;

use chat_core::backend::RoomStore;
use chat_core::model::{Member, NewRoom, Role, RoomKind};
use chat_core::{Clock, RoomId, SystemClock, UserId};
use chat_mongo::MongoOptions;
use support::TestDatabase;
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_joins_one_room_at_once() {
    const CROWD: u64 = 150;
    let database = TestDatabase::new();
    // Five times the expected duration. Without serialized transactions it is eight times as long.
    let patient = MongoOptions::new().with_timeout(Duration::from_secs(15));
    let mut nodes = Vec::new();
    for _ in 0..3 {
        nodes.push(database.node(patient.clone()).await);
    }
    let (room, now) = (RoomId::new("plaza").unwrap(), SystemClock.now());
    let new = NewRoom::new(room.clone(), RoomKind::Public, now);
    nodes[0].create_room(new).await.unwrap();
    let mut joining = JoinSet::new();
    for (n, node) in (0..CROWD).zip(nodes.iter().cycle()) {
        let (node, room) = (node.clone(), room.clone());
        let user = UserId::new(format!("u{n}")).unwrap();
        joining.spawn(async move {
            let member = Member::new(user, Role::Member, now);
            node.add_member(&room, &member).await
        });
    }
    for joined in joining.join_all().await {
        assert!(joined.unwrap());
    }
    let found = nodes[0].room(&room).await.unwrap().unwrap();
    assert_eq!(found.member_count, CROWD);
}
