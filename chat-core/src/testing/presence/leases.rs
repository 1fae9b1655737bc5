use std::time::Duration;

use super::device::{
    LONG, SETTLE, SHORT, Store, acquire, device, expired, presence, refresh, release,
};
use super::{REFRESH, TTL};
use crate::UserId;
use crate::backend::PresenceStore;
use crate::testing::Cluster;
use crate::testing::check::{Point, ensure, eventually};
use crate::testing::ids::user;
use crate::testing::tasks::Tasks;

/// Waits until a handle sees a user as offline.
pub(super) async fn wait_offline(store: &Store, id: &UserId, patience: Duration, point: Point) {
    let gone = eventually(patience, || async {
        (!presence(store, id, point).await.online).then_some(())
    })
    .await;
    ensure!(
        TTL,
        gone.is_some(),
        "a lease of {SHORT:?} still counts after {patience:?}"
    );
}

pub(super) async fn a_lease_runs_out(cluster: Cluster<dyn PresenceStore>) {
    let patience = cluster.patience();
    let (one, other) = (user("one"), user("other"));
    let store = cluster.node(0);
    // One user has a dying and a living device, the other has two dying ones.
    acquire(&store, &device("one"), SHORT, TTL).await;
    let living = device("one");
    acquire(&cluster.node(1), &living, LONG, TTL).await;
    acquire(&cluster.node(1), &device("other"), SHORT, TTL).await;
    acquire(&cluster.node(2), &device("other"), SHORT, TTL).await;
    for store in cluster.nodes() {
        wait_offline(store, &other, patience, TTL).await;
    }
    for store in cluster.nodes() {
        let found = presence(store, &one, TTL).await;
        ensure!(
            TTL,
            found.online,
            "a user with a lease of {LONG:?} is offline"
        );
    }
    let gone = release(&store, &living, TTL).await;
    ensure!(
        TTL,
        gone,
        "the last living device was released, but an expired lease still counts"
    );
}

pub(super) async fn a_refresh_keeps_a_lease(cluster: Cluster<dyn PresenceStore>) {
    let leases: Vec<_> = (0..5).map(|n| device(format!("user-{n}"))).collect();
    for (n, lease) in leases.iter().enumerate() {
        acquire(&cluster.node(n), lease, SHORT, REFRESH).await;
    }
    refresh(&cluster.node(1), &leases, LONG, REFRESH).await;
    let shadow = device("shadow");
    acquire(&cluster.node(1), &shadow, SHORT, REFRESH).await;
    // Once a later lease of the original length has run out, theirs would have too.
    wait_offline(
        &cluster.node(0),
        &shadow.user_id,
        cluster.patience(),
        REFRESH,
    )
    .await;
    tokio::time::sleep(SETTLE).await;
    for store in cluster.nodes() {
        for lease in &leases {
            let found = presence(store, &lease.user_id, REFRESH).await;
            ensure!(
                REFRESH,
                found.online,
                "a lease refreshed for {LONG:?} has run out"
            );
        }
        for told in expired(store, 100, REFRESH).await {
            let shadow = told.user_id == shadow.user_id;
            ensure!(
                REFRESH,
                shadow,
                "a refreshed lease was reported as expired: {told:?}"
            );
        }
    }
    let again = refresh(&cluster.node(2), &leases, LONG, REFRESH).await;
    ensure!(
        REFRESH,
        again.is_empty(),
        "a refresh of live leases brought back {again:?}"
    );
    let none = refresh(&cluster.node(2), &[], LONG, REFRESH).await;
    ensure!(
        REFRESH,
        none.is_empty(),
        "an empty refresh brought back {none:?}"
    );
}

pub(super) async fn a_refresh_brings_back_what_is_missing(cluster: Cluster<dyn PresenceStore>) {
    // Two devices of one user, and one of another user who has a second, connected one.
    let (one, two, three) = (device("a.b"), device("a.b"), device("$ne"));
    acquire(&cluster.node(0), &device("$ne"), LONG, REFRESH).await;
    let leases = [one.clone(), three, two.clone()];
    let came = refresh(&cluster.node(1), &leases, LONG, REFRESH).await;
    ensure!(
        REFRESH,
        came == [user("a.b")],
        "a refresh of missing leases brought back {came:?}, not \"a.b\" once"
    );
    for store in cluster.nodes() {
        let found = presence(store, &user("a.b"), REFRESH).await;
        ensure!(
            REFRESH,
            found.online,
            "a user whose leases were brought back is offline"
        );
    }
    let came = acquire(&cluster.node(2), &one, LONG, REFRESH).await;
    ensure!(
        REFRESH,
        !came,
        "acquiring a lease that a refresh brought back was reported as the first"
    );
    let gone = release(&cluster.node(2), &one, REFRESH).await;
    ensure!(
        REFRESH,
        !gone,
        "a release was reported as the last, but a refresh had brought back another lease"
    );
    let gone = release(&cluster.node(0), &two, REFRESH).await;
    ensure!(
        REFRESH,
        gone,
        "the release of the last lease that a refresh brought back was not reported as the last"
    );
}

pub(super) async fn one_of_many_refreshes_brings_a_user_back(cluster: Cluster<dyn PresenceStore>) {
    for round in 0..4 {
        let id = format!("user-{round}");
        let mut tasks = Tasks::new();
        for n in 0..16 {
            let (store, lease) = (cluster.node(n), device(&id));
            tasks.spawn(async move {
                if n % 4 == 3 {
                    acquire(&store, &lease, LONG, REFRESH).await
                } else {
                    let came = refresh(&store, &[lease], LONG, REFRESH).await;
                    !came.is_empty()
                }
            });
        }
        let came = tasks.join().await.into_iter().filter(|c| *c).count();
        ensure!(
            REFRESH,
            came == 1,
            "of 16 concurrent refreshes and acquires, {came} were reported as the first"
        );
    }
}
