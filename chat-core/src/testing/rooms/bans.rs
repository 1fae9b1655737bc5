use std::time::Duration;

use super::make::{ban, create, get, group, member, members, now, rooms_of, standing};
use super::{ADD, BAN, COUNT};
use crate::ErrorKind;
use crate::backend::RoomStore;
use crate::model::{Member, Membership, Role};
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, user};
use crate::testing::tasks::{Done, Tasks};

pub(super) async fn joining_twice_changes_nothing(cluster: Cluster<dyn RoomStore>) {
    let id = a_room();
    create(&cluster.node(0), group(&id, &["owner"]), ADD).await;
    let mut joins = Tasks::new();
    for n in 0..16 {
        let (store, id) = (cluster.node(n), id.clone());
        joins.spawn(async move {
            let new = Member::new(
                user("$ne"),
                Role::Guest,
                now().after(Duration::from_secs(n as u64)),
            );
            let joined = store.add_member(&id, &new).await.must(ADD, "add_member");
            joined.then_some(new)
        });
    }
    let joined: Vec<Member> = joins.join().await.into_iter().flatten().collect();
    ensure!(
        ADD,
        joined.len() == 1,
        "{} of 16 concurrent joins of one user were reported as the first",
        joined.len()
    );
    let admin = Member::new(user("$ne"), Role::Admin, now());
    let again = cluster
        .node(1)
        .add_member(&id, &admin)
        .await
        .must(ADD, "add_member");
    ensure!(ADD, !again, "the join of a member was reported as new");
    let found = standing(&cluster.node(2), &id, &user("$ne"), ADD).await;
    let want = Some(Membership::Member(joined[0].clone()));
    ensure!(
        ADD,
        found == want,
        "a second join changed {want:?} to {found:?}"
    );
    let count = get(&cluster.node(2), &id, COUNT).await.member_count;
    ensure!(COUNT, count == 2, "member_count is {count} for two members");
}

pub(super) async fn a_ban_keeps_out_until_it_ends(cluster: Cluster<dyn RoomStore>) {
    let id = a_room();
    let store = cluster.node(0);
    create(&store, group(&id, &["owner", "a"]), ADD).await;
    let start = now();
    let hour = Duration::from_secs(3600);
    let banned = ban(&user("a"), start, Some(hour));
    let was = store.ban(&id, &banned).await.must(BAN, "ban");
    ensure!(
        BAN,
        was.as_ref().is_some_and(|m| m.user_id.as_str() == "a"),
        "banning a member returned the membership {was:?}"
    );
    for store in cluster.nodes() {
        let found = standing(store, &id, &user("a"), BAN).await;
        let want = Some(Membership::Banned(banned.clone()));
        ensure!(
            BAN,
            found == want,
            "the membership of a banned user is {found:?}, not {want:?}"
        );
        let rooms = rooms_of(store, &user("a"), BAN).await;
        ensure!(
            BAN,
            rooms.is_empty(),
            "rooms_of a banned user lists {rooms:?}"
        );
    }
    let joins = |at| Member::new(user("a"), Role::Member, at);
    for at in [start, start.after(hour - Duration::from_millis(1))] {
        let refused = cluster.node(1).add_member(&id, &joins(at)).await;
        refused.must_fail(ADD, ErrorKind::Forbidden, "a join during a ban");
    }
    // A second ban replaces the first. It removes no member.
    let longer = ban(&user("a"), start, Some(hour * 2));
    let was = store.ban(&id, &longer).await.must(BAN, "ban");
    ensure!(
        BAN,
        was.is_none(),
        "banning a banned user removed the member {was:?}"
    );
    let refused = cluster
        .node(2)
        .add_member(&id, &joins(start.after(hour)))
        .await;
    refused.must_fail(
        ADD,
        ErrorKind::Forbidden,
        "a join after the end of the first ban, during the second",
    );
    let joined = cluster
        .node(1)
        .add_member(&id, &joins(start.after(hour * 2)))
        .await;
    ensure!(
        ADD,
        joined.must(ADD, "a join after a ban"),
        "a join after a ban changed nothing"
    );
    let found = standing(&store, &id, &user("a"), ADD).await;
    ensure!(
        ADD,
        matches!(found, Some(Membership::Member(_))),
        "after a join the user is {found:?}"
    );
    let bans = store.bans(&id, None, 10).await.must(ADD, "bans");
    ensure!(
        ADD,
        bans.is_empty(),
        "an expired ban outlived the join: {bans:?}"
    );
    let ended = store.unban(&id, &user("a")).await.must(ADD, "unban");
    ensure!(ADD, !ended, "unban reported a ban that a join had ended");

    store
        .ban(&id, &ban(&user("b"), start, None))
        .await
        .must(BAN, "ban");
    let far = Member::new(user("b"), Role::Member, start.after(hour * 100_000));
    let refused = store.add_member(&id, &far).await;
    refused.must_fail(ADD, ErrorKind::Forbidden, "a join during a permanent ban");
    let ended = cluster
        .node(1)
        .unban(&id, &user("b"))
        .await
        .must(BAN, "unban");
    ensure!(BAN, ended, "unban did not report a ban in force");
    let joined = cluster.node(2).add_member(&id, &member("b")).await;
    ensure!(
        BAN,
        joined.must(BAN, "a join after an unban"),
        "a join after an unban changed nothing"
    );
}

/// At every moment a reader sees a member or a ban, never neither.
pub(super) async fn a_ban_removes_in_the_same_step(cluster: Cluster<dyn RoomStore>) {
    let id = a_room();
    create(&cluster.node(0), group(&id, &["owner"]), BAN).await;
    for round in 0..8 {
        let who = user(format!("user-{round}"));
        let new = Member::new(who.clone(), Role::Member, now());
        let joined = cluster.node(0).add_member(&id, &new).await;
        joined.must(BAN, "add_member");
        let done = Done::default();
        let mut watchers = Tasks::new();
        for n in 0..3 {
            let (store, id, who, seen) = (cluster.node(n), id.clone(), who.clone(), done.clone());
            watchers.spawn(async move {
                let mut banned = false;
                loop {
                    let last = seen.get();
                    match standing(&store, &id, &who, BAN).await {
                        Some(Membership::Banned(_)) => banned = true,
                        found => ensure!(
                            BAN,
                            found.is_some() && !banned,
                            "during a ban, the member's standing is {found:?}"
                        ),
                    }
                    if last {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
                ensure!(BAN, banned, "a reader does not see a ban that was made");
            });
        }
        tokio::task::yield_now().await;
        let was = cluster
            .node(1)
            .ban(&id, &ban(&who, now(), None))
            .await
            .must(BAN, "ban");
        ensure!(
            BAN,
            was.is_some(),
            "banning a member did not return the member"
        );
        done.set();
        watchers.join().await;
    }
}

pub(super) async fn joins_and_bans_at_once_end_banned(cluster: Cluster<dyn RoomStore>) {
    let id = a_room();
    create(&cluster.node(0), group(&id, &["owner"]), BAN).await;
    for round in 0..6 {
        let who = user(format!("user-{round}"));
        let mut tasks = Tasks::new();
        for n in 0..12 {
            let (store, id, who) = (cluster.node(n), id.clone(), who.clone());
            tasks.spawn(async move {
                if n == 6 {
                    store
                        .ban(&id, &ban(&who, now(), None))
                        .await
                        .must(BAN, "ban");
                    return;
                }
                if n % 4 == 3 {
                    let left = store.remove_member(&id, &who).await;
                    left.must(BAN, "remove_member");
                    return;
                }
                let new = Member::new(who, Role::Member, now());
                if let Err(e) = store.add_member(&id, &new).await {
                    let kind = e.kind();
                    ensure!(
                        ADD,
                        kind == ErrorKind::Forbidden,
                        "a join concurrent with a ban failed with {e:?}"
                    );
                }
            });
        }
        tasks.join().await;
        for store in cluster.nodes() {
            let found = standing(store, &id, &who, BAN).await;
            ensure!(
                BAN,
                matches!(found, Some(Membership::Banned(_))),
                "concurrent joins undid a ban: {found:?}"
            );
            let found = members(store, &id, BAN).await;
            ensure!(
                BAN,
                found.len() == 1,
                "a banned user is listed as a member: {found:?}"
            );
            let rooms = rooms_of(store, &who, BAN).await;
            ensure!(
                BAN,
                rooms.is_empty(),
                "rooms_of a banned user lists {rooms:?}"
            );
            let count = get(store, &id, COUNT).await.member_count;
            ensure!(
                COUNT,
                count == 1,
                "after joins and a ban, member_count is {count} instead of 1"
            );
        }
    }
}
