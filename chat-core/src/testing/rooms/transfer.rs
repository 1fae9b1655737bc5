use super::TRANSFER;
use super::make::{Store, ban, create, get, group, members, now, standing};
use crate::backend::RoomStore;
use crate::model::{Member, Membership, Role};
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, user};
use crate::testing::tasks::{Done, Tasks};
use crate::{ErrorKind, RoomId, UserId};

/// Creates a group owned by the first of these users.
async fn owned(store: &Store, id: &RoomId, users: &[&str]) {
    let mut new = group(id, users);
    new.owner_id = Some(user(users[0]));
    new.members[0].role = Role::Owner;
    create(store, new, TRANSFER).await;
}

fn owners(members: &[Member]) -> Vec<&UserId> {
    let owners = members.iter().filter(|m| m.role == Role::Owner);
    owners.map(|m| &m.user_id).collect()
}

pub(super) async fn of_many_transfers_at_once_one_succeeds(cluster: Cluster<dyn RoomStore>) {
    let id = a_room();
    let heirs: Vec<String> = (0..12).map(|n| format!("heir-{n:02}")).collect();
    let mut users = vec!["$ne"];
    users.extend(heirs.iter().map(String::as_str));
    owned(&cluster.node(0), &id, &users).await;
    let mut tasks = Tasks::new();
    for (n, heir) in heirs.iter().enumerate() {
        let (store, id, heir) = (cluster.node(n), id.clone(), user(heir));
        tasks.spawn(async move {
            match store.transfer_room(&id, Some(&user("$ne")), &heir).await {
                Ok(room) => {
                    ensure!(
                        TRANSFER,
                        room.owner_id.as_ref() == Some(&heir),
                        "a transfer to {heir} returned {room:?}"
                    );
                    Some(heir)
                }
                Err(e) => {
                    let kind = e.kind();
                    ensure!(
                        TRANSFER,
                        kind == ErrorKind::Conflict,
                        "a transfer from a former owner failed with {e:?}"
                    );
                    None
                }
            }
        });
    }
    let new: Vec<_> = tasks.join().await.into_iter().flatten().collect();
    ensure!(
        TRANSFER,
        new.len() == 1,
        "12 concurrent transfers must succeed once, succeeded were {new:?}"
    );
    for store in cluster.nodes() {
        let room = get(store, &id, TRANSFER).await;
        let all = members(store, &id, TRANSFER).await;
        ensure!(
            TRANSFER,
            room.owner_id.as_ref() == Some(&new[0]) && owners(&all) == [&new[0]],
            "after a transfer to {} the room is {room:?} with the members {all:?}",
            new[0]
        );
        let before = all.iter().find(|m| m.user_id == user("$ne"));
        ensure!(
            TRANSFER,
            before.is_some_and(|m| m.role == Role::Admin),
            "the former owner is {before:?}"
        );
    }
}

/// Ownership moves back and forth between two users while others read both.
pub(super) async fn a_transfer_is_seen_in_whole_or_not_at_all(cluster: Cluster<dyn RoomStore>) {
    let id = a_room();
    owned(&cluster.node(0), &id, &["a", "b"]).await;
    let both = [user("a"), user("b")];
    let done = Done::default();
    let mut watchers = Tasks::new();
    for n in 0..3 {
        let (store, id, both, seen) = (cluster.node(n), id.clone(), both.clone(), done.clone());
        watchers.spawn(async move {
            loop {
                let last = seen.get();
                let found = store.memberships(&id, &both).await;
                let found = found.must(TRANSFER, "memberships");
                let found: Vec<Member> = found
                    .into_iter()
                    .filter_map(|m| m?.member().cloned())
                    .collect();
                ensure!(
                    TRANSFER,
                    found.len() == 2 && owners(&found).len() == 1,
                    "during a transfer, the members are {found:?}"
                );
                if last {
                    break;
                }
                tokio::task::yield_now().await;
            }
        });
    }
    for round in 0..8 {
        let (from, to) = (&both[round % 2], &both[(round + 1) % 2]);
        let store = cluster.node(round);
        let moved = store.transfer_room(&id, Some(from), to).await;
        moved.must(TRANSFER, "transfer_room");
        tokio::task::yield_now().await;
    }
    done.set();
    watchers.join().await;
}

pub(super) async fn a_transfer_that_is_refused_changes_nothing(cluster: Cluster<dyn RoomStore>) {
    let id = a_room();
    let store = cluster.node(0);
    owned(&store, &id, &["a", "b"]).await;
    let gone = ban(&user("banned"), now(), None);
    store.ban(&id, &gone).await.must(TRANSFER, "ban");
    let before = get(&store, &id, TRANSFER).await;
    let all = members(&store, &id, TRANSFER).await;
    let a = user("a");
    for (n, (from, to, kind)) in [
        (Some(&a), "stranger", ErrorKind::NotAMember),
        (Some(&a), "banned", ErrorKind::NotAMember),
        (Some(&user("b")), "b", ErrorKind::Conflict),
        (Some(&user("stranger")), "b", ErrorKind::Conflict),
        (None, "b", ErrorKind::Conflict),
    ]
    .into_iter()
    .enumerate()
    {
        let refused = cluster.node(n).transfer_room(&id, from, &user(to)).await;
        refused.must_fail(
            TRANSFER,
            kind,
            &format!("a transfer from {from:?} to {to} in a room owned by a"),
        );
    }
    let same = store.transfer_room(&id, Some(&a), &a).await;
    same.must(TRANSFER, "a transfer to the current owner");
    let (room, found) = (
        get(&store, &id, TRANSFER).await,
        members(&store, &id, TRANSFER).await,
    );
    ensure!(
        TRANSFER,
        (&room, &found) == (&before, &all),
        "refused transfers left {room:?} with {found:?}"
    );
    // From an owner who has left, and in a room that the app owns.
    store.remove_member(&id, &a).await.must(TRANSFER, "leaving");
    let moved = store.transfer_room(&id, Some(&a), &user("b")).await;
    moved.must(TRANSFER, "a transfer from an owner who has left");
    let found = standing(&store, &id, &a, TRANSFER).await;
    ensure!(
        TRANSFER,
        found.is_none(),
        "a transfer restored the membership of a former owner: {found:?}"
    );
    let apps = crate::testing::ids::room("of-the-app");
    create(&store, group(&apps, &["a"]), TRANSFER).await;
    let moved = cluster.node(1).transfer_room(&apps, None, &a).await;
    moved.must(TRANSFER, "a transfer from the app");
    let found = standing(&store, &apps, &a, TRANSFER).await;
    ensure!(
        TRANSFER,
        matches!(&found, Some(Membership::Member(m)) if m.role == Role::Owner),
        "the new owner of an app's room is {found:?}"
    );
}
