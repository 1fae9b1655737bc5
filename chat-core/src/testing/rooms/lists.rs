use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::LISTS;
use super::make::{Store, ban, create, group, member, members, now, rooms_of};
use crate::backend::RoomStore;
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, hostile_ids, room, user};
use crate::testing::tasks::{Done, Tasks};
use crate::{RoomId, UserId};

/// Reads a list in pages of 7.
async fn pages<T, F, Fut>(mut next: F) -> Vec<T>
where
    T: Clone + Ord + fmt::Debug,
    F: FnMut(Option<T>) -> Fut,
    Fut: Future<Output = Vec<T>>,
{
    let mut all: Vec<T> = Vec::new();
    loop {
        let page = next(all.last().cloned()).await;
        ensure!(
            LISTS,
            page.len() <= 7,
            "a page of 7 returned {} items",
            page.len()
        );
        if page.is_empty() {
            return all;
        }
        all.extend(page);
        ensure!(
            LISTS,
            all.is_sorted_by(|a, b| a < b),
            "the ids are not strictly ascending: {all:?}"
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
        "member_count is not {} but {}",
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
    ensure!(
        LISTS,
        found == want,
        "the members are {found:?}, not {want:?}"
    );
    // Start after a user who is not a member.
    let between = user("b:z");
    let rest = member_page(&cluster.node(2), &id, Some(between.clone())).await;
    let want: Vec<UserId> = want.into_iter().filter(|u| *u > between).take(7).collect();
    ensure!(
        LISTS,
        rest == want,
        "after {between} come {rest:?}, not {want:?}"
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
        "the bans are of {found:?}, not {want:?}"
    );
    let left = members(&cluster.node(2), &id, LISTS).await;
    ensure!(
        LISTS,
        left.len() == 1,
        "banned users are listed as members: {left:?}"
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
        "after leaving a room, the rooms are {found:?}, not {want:?}"
    );
}

/// A room with many users, and a user in many rooms.
#[derive(Debug, Clone)]
struct Lists {
    room: RoomId,
    users: Vec<UserId>,
    user: UserId,
    rooms: Vec<RoomId>,
}

/// Counts the changes made and carries the stop signal.
#[derive(Debug, Clone, Default)]
struct Churn {
    steps: Arc<AtomicU64>,
    done: Done,
}

impl Churn {
    const USERS: usize = 60;

    /// Adds and removes users and rooms, except every third one.
    async fn run(self, store: Store, seed: u64, lists: Lists) {
        let mut random = fastrand::Rng::with_seed(seed);
        while !self.done.get() {
            let n = random.usize(0..Self::USERS);
            let n = if n.is_multiple_of(3) { n + 1 } else { n };
            let joining = random.bool();
            for (id, who) in [
                (&lists.room, &lists.users[n]),
                (&lists.rooms[n], &lists.user),
            ] {
                if joining {
                    let joined = store.add_member(id, &member(who.as_str())).await;
                    joined.must(LISTS, "add_member");
                } else {
                    let left = store.remove_member(id, who).await;
                    left.must(LISTS, "remove_member");
                }
            }
            self.steps.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    }

    /// Waits until the list has changed enough to affect the next page, or until the task that
    /// changes it has evidently failed.
    async fn go_on(&self) {
        let before = self.steps.load(Ordering::Relaxed);
        for _ in 0..1000 {
            if self.steps.load(Ordering::Relaxed) >= before + 5 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

pub(super) async fn lists_miss_nobody_while_others_come_and_go(cluster: Cluster<dyn RoomStore>) {
    let numbers = 0..Churn::USERS;
    let lists = Lists {
        room: a_room(),
        users: numbers
            .clone()
            .map(|n| user(format!("user-{n:03}")))
            .collect(),
        user: user("everywhere"),
        rooms: numbers.map(|n| room(format!("room-{n:03}"))).collect(),
    };
    let all: Vec<&str> = lists.users.iter().map(UserId::as_str).collect();
    create(&cluster.node(0), group(&lists.room, &all), LISTS).await;
    for (n, id) in lists.rooms.iter().enumerate() {
        create(&cluster.node(n), group(id, &[lists.user.as_str()]), LISTS).await;
    }
    let churn = Churn::default();
    let mut tasks = Tasks::new();
    for task in 0..4 {
        let store = cluster.node(task);
        tasks.spawn(churn.clone().run(store, task as u64, lists.clone()));
    }
    for round in 0..6 {
        let store = &cluster.node(round);
        let (lists, churn) = (&lists, &churn);
        let found = pages(|after: Option<UserId>| async move {
            churn.go_on().await;
            member_page(store, &lists.room, after).await
        })
        .await;
        for who in lists.users.iter().step_by(3) {
            ensure!(
                LISTS,
                found.contains(who),
                "{who} was a member throughout but is missing from {found:?}"
            );
        }
        let found = pages(|after: Option<RoomId>| async move {
            churn.go_on().await;
            let page = store.rooms_of(&lists.user, after.as_ref(), 7).await;
            let page = page.must(LISTS, "rooms_of").into_iter();
            page.map(|(room, _)| room.id).collect()
        })
        .await;
        for id in lists.rooms.iter().step_by(3) {
            ensure!(
                LISTS,
                found.contains(id),
                "the user was in {id} throughout, but it is missing from {found:?}"
            );
        }
    }
    churn.done.set();
    tasks.join().await;
}
