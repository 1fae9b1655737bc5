use super::DIRECT;
use super::make::{create, direct, get, members, rooms_of};
use crate::backend::RoomStore;
use crate::model::RoomKind;
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{ALIKE, hostile_ids, room, user};
use crate::testing::tasks::Tasks;

/// Both users create the room concurrently on all handles, each time with a different id.
pub(super) async fn two_users_have_one_direct_room(cluster: Cluster<dyn RoomStore>) {
    for (round, (one, other)) in [("a", "b"), ("$ne", "a.b"), ("🦀", "*")]
        .into_iter()
        .enumerate()
    {
        let mut tasks = Tasks::new();
        for n in 0..24 {
            let store = cluster.node(n / 2);
            tasks.spawn(async move {
                let id = room(format!("direct-{round}-{n}"));
                let (one, other) = if n % 2 == 0 {
                    (one, other)
                } else {
                    (other, one)
                };
                let created = store.create_room(direct(&id, one, other)).await;
                (id, created.must(DIRECT, "create_room of a direct room"))
            });
        }
        let created = tasks.join().await;
        let first: Vec<_> = created.iter().filter(|(_, c)| !c.existed).collect();
        ensure!(
            DIRECT,
            first.len() == 1,
            "{} of 24 concurrent creations were reported as the first",
            first.len()
        );
        let (id, first) = first[0];
        ensure!(
            DIRECT,
            first.room.id == *id,
            "the first creation returned another room"
        );
        for (_, other) in &created {
            ensure!(
                DIRECT,
                other.room.id == *id,
                "two rooms exist for the same users: {id} and {}",
                other.room.id
            );
        }
        for (other, _) in created.iter().filter(|(other, _)| other != id) {
            let found = cluster.node(1).room(other).await.must(DIRECT, "room");
            ensure!(
                DIRECT,
                found.is_none(),
                "a second direct room exists: {found:?}"
            );
        }
        for who in [one, other] {
            let rooms = rooms_of(&cluster.node(2), &user(who), DIRECT).await;
            ensure!(
                DIRECT,
                rooms == [id.clone()],
                "rooms_of {who:?} lists {rooms:?}, not {id}"
            );
        }
        let found = get(&cluster.node(2), id, DIRECT).await;
        ensure!(
            DIRECT,
            found.member_count == 2,
            "a direct room has {} members",
            found.member_count
        );
        let found = members(&cluster.node(2), id, DIRECT).await;
        ensure!(
            DIRECT,
            found.len() == 2,
            "a direct room has the members {found:?}"
        );
    }
}

pub(super) async fn a_second_creation_returns_the_first_room(cluster: Cluster<dyn RoomStore>) {
    let store = cluster.node(0);
    let (id, other) = (room("first"), room("second"));
    let mut new = direct(&id, "a", "b");
    new.name = Some("first".into());
    let first = create(&store, new, DIRECT).await;
    for (n, second) in [
        direct(&other, "a", "b"),
        direct(&other, "b", "a"),
        direct(&id, "b", "a"),
    ]
    .into_iter()
    .enumerate()
    {
        let again = cluster.node(n).create_room(second).await;
        let again = again.must(DIRECT, "a second creation of a direct room");
        ensure!(
            DIRECT,
            again.existed && again.room == first,
            "a second creation returned {again:?}, not {first:?}"
        );
    }
    // A group of the same two users is another room, and so is a direct room with a third user.
    let mut group = direct(&room("group"), "a", "b");
    group.kind = RoomKind::Group;
    create(&store, group, DIRECT).await;
    create(&store, direct(&room("third"), "a", "c"), DIRECT).await;
    let deleted = store.delete_room(&id).await.must(DIRECT, "delete_room");
    ensure!(DIRECT, deleted, "delete_room did not find the direct room");
    let anew = create(&cluster.node(1), direct(&other, "b", "a"), DIRECT).await;
    ensure!(
        DIRECT,
        anew.id == other,
        "the room created after a deletion is {:?}",
        anew.id
    );
}

pub(super) async fn pairs_do_not_mix(cluster: Cluster<dyn RoomStore>) {
    let mut pairs: Vec<(String, String)> = ALIKE
        .concat()
        .into_iter()
        .map(|(one, other)| (one.into(), other.into()))
        .collect();
    let ids = hostile_ids();
    pairs.extend(ids.iter().map(|id| ("bob".into(), id.clone())));
    pairs.sort();
    pairs.dedup();
    for (n, (one, other)) in pairs.iter().enumerate() {
        let id = room(format!("pair-{n}"));
        let created = cluster.node(n).create_room(direct(&id, one, other)).await;
        let created = created.must(DIRECT, "create_room of a direct room");
        ensure!(
            DIRECT,
            !created.existed && created.room.id == id,
            "the room of {one:?} and {other:?} is confused with that of {:?}",
            created.room.id
        );
    }
}
