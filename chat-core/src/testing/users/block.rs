use super::make::{MANY, block, ensure_settings, get};
use super::{BLOCKED, MAX, WRITE};
use crate::backend::UserStore;
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{ALIKE, hostile_ids, user};
use crate::testing::tasks::Tasks;
use crate::{ErrorKind, UserId};

pub(super) async fn one_of_many_equal_writes_at_once_changes_something(
    cluster: Cluster<dyn UserStore>,
) {
    let id = user("$ne");
    for (what, round) in ["block", "unblock", "set_invisible"].into_iter().zip(0..) {
        let mut tasks = Tasks::new();
        for n in 0..12 {
            let (store, id) = (cluster.node(n + round), id.clone());
            tasks.spawn(async move {
                let changed = match what {
                    "block" => store.block(&id, &user("a"), MANY).await,
                    "unblock" => store.unblock(&id, &user("a")).await,
                    _ => store.set_invisible(&id, true).await,
                };
                changed.must(WRITE, what)
            });
        }
        let changed = tasks.join().await;
        let count = changed.iter().filter(|c| **c).count();
        ensure!(
            WRITE,
            count == 1,
            "{count} of 12 concurrent calls of the same {what} reported a change"
        );
    }
}

pub(super) async fn a_user_blocks_so_many_and_no_more(cluster: Cluster<dyn UserStore>) {
    let (store, id) = (cluster.node(0), user("a"));
    let others = ["x", "y", "z"].map(user);
    for other in &others {
        let blocked = store.block(&id, other, 3).await;
        ensure!(
            MAX,
            blocked.must(MAX, "a block within the maximum"),
            "blocking {other:?} changed nothing"
        );
    }
    let one_more = cluster.node(1).block(&id, &user("more"), 3).await;
    one_more.must_fail(MAX, ErrorKind::Conflict, "a block beyond the maximum");
    let again = cluster.node(2).block(&id, &others[1], 3).await;
    let again = again.must(MAX, "a repeated block at the maximum");
    ensure!(MAX, !again, "a repeated block reported a change");
    ensure_settings(&store, &id, false, &others, MAX).await;
    // The maximum applies per user.
    let others_own = store.block(&user("b"), &user("more"), 3).await;
    others_own.must(MAX, "another user's first block");
    // The maximum may be lowered; existing blocks stay.
    let one_more = store.block(&id, &user("more"), 2).await;
    one_more.must_fail(MAX, ErrorKind::Conflict, "a block beyond a lower maximum");
    let undone = store.unblock(&id, &others[0]).await;
    undone.must(MAX, "unblock");
    let one_more = cluster.node(1).block(&id, &user("more"), 3).await;
    one_more.must(MAX, "a block after an unblock");
    let want = ["more", "y", "z"].map(user);
    ensure_settings(&store, &id, false, &want, MAX).await;
}

pub(super) async fn the_maximum_holds_at_once(cluster: Cluster<dyn UserStore>) {
    for round in 0..4 {
        let id = user(format!("user-{round}"));
        let mut tasks = Tasks::new();
        for n in 0..16 {
            let (store, id) = (cluster.node(n), id.clone());
            tasks.spawn(async move {
                match store.block(&id, &user(format!("other-{n}")), 5).await {
                    Ok(blocked) => blocked,
                    Err(e) => {
                        let kind = e.kind();
                        ensure!(MAX, kind == ErrorKind::Conflict, "a block failed: {e:?}");
                        false
                    }
                }
            });
        }
        let done = tasks.join().await.into_iter().filter(|b| *b).count();
        let blocked = get(&cluster.node(round), &id, MAX).await.blocked;
        ensure!(
            MAX,
            (done, blocked.len()) == (5, 5),
            "with a maximum of 5, {done} of 16 concurrent blocks succeeded and {} are stored",
            blocked.len()
        );
    }
}

pub(super) async fn blocked_users_are_listed_by_id(cluster: Cluster<dyn UserStore>) {
    let id = user("$ne");
    let mut others: Vec<UserId> = hostile_ids().into_iter().map(user).collect();
    for (n, other) in others.iter().enumerate() {
        block(&cluster.node(n), &id, other, BLOCKED).await;
        let again = cluster.node(n + 1).block(&id, other, MANY).await;
        again.must(BLOCKED, "block");
    }
    others.sort();
    for store in cluster.nodes() {
        ensure_settings(store, &id, false, &others, BLOCKED).await;
    }
    let settings = get(&cluster.node(0), &id, BLOCKED).await;
    ensure!(
        BLOCKED,
        others.iter().all(|o| settings.has_blocked(o)),
        "has_blocked does not hold for every blocked user in {settings:?}"
    );
}

/// Blocks between users whose ids collide when joined, or differ only in case.
pub(super) async fn users_do_not_mix(cluster: Cluster<dyn UserStore>) {
    let store = cluster.node(0);
    for [one, other] in ALIKE.into_iter().chain([[("u", "V"), ("U", "v")]]) {
        block(&store, &user(one.0), &user(one.1), BLOCKED).await;
        let blocked = get(&cluster.node(1), &user(other.0), BLOCKED).await;
        ensure!(
            BLOCKED,
            !blocked.has_blocked(&user(other.1)),
            "the block {one:?} is confused with {other:?}"
        );
        block(&store, &user(other.0), &user(other.1), BLOCKED).await;
        let undone = store.unblock(&user(one.0), &user(one.1)).await;
        undone.must(BLOCKED, "unblock");
        let blocked = get(&cluster.node(2), &user(other.0), BLOCKED).await;
        ensure!(
            BLOCKED,
            blocked.has_blocked(&user(other.1)),
            "ending the block {one:?} ended {other:?}"
        );
        let undone = store.unblock(&user(other.0), &user(other.1)).await;
        undone.must(BLOCKED, "unblock");
    }
}
