//! A room with 100,000 members.

use std::collections::HashSet;

use chat_core::backend::RoomStore;
use chat_core::model::{Member, NewRoom, Role, RoomKind};
use chat_core::{Actor, Timestamp, UserId};

use crate::support::{Shared, config, room, user};

const MEMBERS: usize = 100_000;
const PAGE: usize = 100;

fn name(n: usize) -> UserId {
    user(&format!("user-{n:06}"))
}

/// Every third member comes and goes.
fn stays(n: usize) -> bool {
    !n.is_multiple_of(3)
}

fn member(user: UserId) -> Member {
    Member::new(user, Role::Member, Timestamp::from_millis(0))
}

/// Pages list every permanent member exactly once while others join and leave all over the list,
/// including members at which pages end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_of_members_holds_while_they_come_and_go() {
    let seed =
        std::env::var("CHAT_SEED").map_or_else(|_| fastrand::u64(..), |s| s.parse().unwrap());
    println!("CHAT_SEED={seed}");
    let shared = Shared::default();
    let (engine, _) = shared.node(config());
    let hall = room("hall");
    let mut new = NewRoom::new(hall.clone(), RoomKind::Public, Timestamp::from_millis(0));
    new.members = (0..MEMBERS).map(|n| member(name(n))).collect();
    shared.rooms.create_room(new).await.unwrap();

    let churn = tokio::spawn({
        let (rooms, hall) = (shared.rooms.clone(), hall.clone());
        let mut random = fastrand::Rng::with_seed(seed);
        async move {
            loop {
                let one = name(random.usize(..MEMBERS / 3) * 3);
                if rooms.remove_member(&hall, &one).await.unwrap().is_none() {
                    rooms.add_member(&hall, &member(one)).await.unwrap();
                }
                tokio::task::yield_now().await;
            }
        }
    });
    let actor = Actor::User(name(1));
    let mut seen = HashSet::new();
    let mut after: Option<UserId> = None;
    let mut anchors_gone = 0;
    loop {
        let page = engine.members(&actor, &hall, after.as_ref(), PAGE).await;
        let page = page.unwrap();
        assert!(page.is_sorted_by(|a, b| a.user_id < b.user_id));
        assert!(page.len() <= PAGE);
        let Some(last) = page.last().map(|m| m.user_id.clone()) else {
            break;
        };
        assert!(after.is_none_or(|after| page[0].user_id > after));
        for member in page {
            assert!(
                seen.insert(member.user_id.clone()),
                "{} twice",
                member.user_id
            );
        }
        let number: usize = last.as_str()["user-".len()..].parse().unwrap();
        if !stays(number)
            && engine
                .remove_member(&Actor::App, &hall, &last)
                .await
                .unwrap()
        {
            anchors_gone += 1;
        }
        after = Some(last);
    }
    churn.abort();
    let missing: Vec<_> = (0..MEMBERS)
        .filter(|n| stays(*n) && !seen.contains(&name(*n)))
        .collect();
    assert!(missing.is_empty(), "missing from the list: {missing:?}");
    assert!(anchors_gone > 0, "no page ended at a member who left");
}
