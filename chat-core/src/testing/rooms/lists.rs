use super::LISTS;
use super::make::{Store, ban, create, group, member, members, now, rooms_of};
use crate::backend::RoomStore;
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, hostile_ids, room, user};
use crate::testing::tasks::{Done, Tasks};
use crate::{RoomId, UserId};

/// Reads a list of users in pages of 7.
async fn pages<F, Fut>(mut next: F) -> Vec<UserId>
where
    F: FnMut(Option<UserId>) -> Fut,
    Fut: Future<Output = Vec<UserId>>,
{
    let mut all: Vec<UserId> = Vec::new();
    loop {
        let page = next(all.last().cloned()).await;
        ensure!(
            LISTS,
            page.len() <= 7,
            "7 were asked for, {} came",
            page.len()
        );
        if page.is_empty() {
            return all;
        }
        all.extend(page);
        ensure!(
            LISTS,
            all.is_sorted_by(|a, b| a < b),
            "not in ascending order of ids, each once: {all:?}"
        );
    }
}

async fn member_page(store: &Store, id: &RoomId, after: Option<UserId>) -> Vec<UserId> {
    let page = store
        .members(id, after.as_ref(), 7)
        .await
        .must(LISTS, "members");
    page.into_iter().map(|m| m.user_id).collect()
}

pub(super) async fn members_are_listed_by_user(cluster: Cluster<dyn RoomStore>) {
    let id = a_room();
    let mut ids = hostile_ids();
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    let created = create(&cluster.node(0), group(&id, &all), LISTS).await;
    ensure!(
        LISTS,
        created.member_count == ids.len() as u64,
        "{} members are counted as {}",
        ids.len(),
        created.member_count
    );
    ids.sort();
    let found = pages(|after| {
        let (store, id) = (cluster.node(1), id.clone());
        async move { member_page(&store, &id, after).await }
    })
    .await;
    let want: Vec<UserId> = ids.iter().map(user).collect();
    ensure!(LISTS, found == want, "listed are {found:?}, not {want:?}");
    // After one who is no member.
    let between = user("b:z");
    let rest = member_page(&cluster.node(2), &id, Some(between.clone())).await;
    let want: Vec<UserId> = want.into_iter().filter(|u| *u > between).take(7).collect();
    ensure!(
        LISTS,
        rest == want,
        "after {between} are listed {rest:?}, not {want:?}"
    );
}

pub(super) async fn bans_are_listed_by_user(cluster: Cluster<dyn RoomStore>) {
    let id = a_room();
    create(&cluster.node(0), group(&id, &["owner"]), LISTS).await;
    let mut want: Vec<UserId> = hostile_ids().into_iter().map(user).collect();
    for (n, who) in want.iter().enumerate() {
        let banned = cluster.node(n).ban(&id, &ban(who, now(), None)).await;
        banned.must(LISTS, "ban");
    }
    want.sort();
    let found = pages(|after| {
        let (store, id) = (cluster.node(1), id.clone());
        async move {
            let page = store.bans(&id, after.as_ref(), 7).await.must(LISTS, "bans");
            page.into_iter().map(|b| b.user_id).collect()
        }
    })
    .await;
    ensure!(
        LISTS,
        found == want,
        "listed are the bans of {found:?}, not {want:?}"
    );
    let left = members(&cluster.node(2), &id, LISTS).await;
    ensure!(
        LISTS,
        left.len() == 1,
        "the banned are listed as members: {left:?}"
    );
}

pub(super) async fn rooms_are_listed_by_room(cluster: Cluster<dyn RoomStore>) {
    let mut want: Vec<RoomId> = hostile_ids().into_iter().map(room).collect();
    for (n, id) in want.iter().enumerate() {
        create(&cluster.node(n), group(id, &["$ne", "other"]), LISTS).await;
    }
    create(
        &cluster.node(0),
        group(&room("not-theirs"), &["other"]),
        LISTS,
    )
    .await;
    want.sort();
    let found = rooms_of(&cluster.node(1), &user("$ne"), LISTS).await;
    ensure!(
        LISTS,
        found == want,
        "the rooms are {found:?}, not {want:?}"
    );
    let gone = want.remove(3);
    let left = cluster.node(2).remove_member(&gone, &user("$ne")).await;
    left.must(LISTS, "remove_member");
    let found = rooms_of(&cluster.node(0), &user("$ne"), LISTS).await;
    ensure!(
        LISTS,
        found == want,
        "after leaving one the rooms are {found:?}, not {want:?}"
    );
}

/// Every third user and room stays, the others come and go while pages are read.
pub(super) async fn lists_miss_nobody_while_others_come_and_go(cluster: Cluster<dyn RoomStore>) {
    const COUNT: usize = 60;
    let (id, who) = (a_room(), user("everywhere"));
    let users: Vec<String> = (0..COUNT).map(|n| format!("user-{n:03}")).collect();
    let all: Vec<&str> = users.iter().map(String::as_str).collect();
    create(&cluster.node(0), group(&id, &all), LISTS).await;
    let rooms: Vec<RoomId> = (0..COUNT).map(|n| room(format!("room-{n:03}"))).collect();
    for (n, id) in rooms.iter().enumerate() {
        create(&cluster.node(n), group(id, &[who.as_str()]), LISTS).await;
    }
    let done = Done::default();
    let mut churn = Tasks::new();
    for task in 0..4 {
        let (store, seen) = (cluster.node(task), done.clone());
        let (id, who, users, rooms) = (id.clone(), who.clone(), users.clone(), rooms.clone());
        churn.spawn(async move {
            let mut random = fastrand::Rng::with_seed(task as u64);
            while !seen.get() {
                let n = random.usize(0..COUNT);
                let n = if n.is_multiple_of(3) { n + 1 } else { n };
                let joining = random.bool();
                for (id, who) in [(&id, user(&users[n])), (&rooms[n], who.clone())] {
                    if joining {
                        let joined = store.add_member(id, &member(who.as_str())).await;
                        joined.must(LISTS, "add_member");
                    } else {
                        let left = store.remove_member(id, &who).await;
                        left.must(LISTS, "remove_member");
                    }
                }
                tokio::task::yield_now().await;
            }
        });
    }
    for round in 0..12 {
        let store = cluster.node(round);
        let found = pages(|after| {
            let (store, id) = (store.clone(), id.clone());
            async move {
                let page = member_page(&store, &id, after).await;
                tokio::task::yield_now().await;
                page
            }
        })
        .await;
        for who in users.iter().step_by(3) {
            let listed = found.iter().any(|f| f.as_str() == who);
            ensure!(
                LISTS,
                listed,
                "{who} was a member all the time and is not in {found:?}"
            );
        }
        let found = rooms_of(&store, &who, LISTS).await;
        ensure!(
            LISTS,
            found.is_sorted_by(|a, b| a < b),
            "not in ascending order of ids, each once: {found:?}"
        );
        for id in rooms.iter().step_by(3) {
            let listed = found.contains(id);
            ensure!(
                LISTS,
                listed,
                "{who} was in {id} all the time, which is not in {found:?}"
            );
        }
    }
    done.set();
    churn.join().await;
}
