use std::time::Duration;

use parking_lot::Mutex;

use super::device::{LONG, SHORT, acquire, device, expired, now, presence, refresh};
use super::leases::wait_offline;
use super::{LAST_SEEN, PRESENCE};
use crate::Timestamp;
use crate::backend::PresenceStore;
use crate::model::Presence;
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure, eventually};
use crate::testing::ids::{hostile_ids, user};

pub(super) async fn last_seen_is_the_last_release(cluster: Cluster<dyn PresenceStore>) {
    let id = user("$ne");
    let (one, other) = (device("$ne"), device("$ne"));
    let start = now();
    let at = |n: u64| start.after(Duration::from_millis(n * 1001));
    for n in 0..3 {
        for lease in [&one, &other] {
            acquire(&cluster.node(0), lease, LONG, LAST_SEEN).await;
        }
        for store in cluster.nodes() {
            let found = presence(store, &id, LAST_SEEN).await;
            ensure!(
                LAST_SEEN,
                found.online && found.last_seen_at.is_none(),
                "a user who is online has presence {found:?}"
            );
        }
        let first = cluster.node(1).release(&other, at(2 * n)).await;
        first.must(LAST_SEEN, "release");
        let last = cluster.node(2).release(&one, at(2 * n + 1)).await;
        ensure!(
            LAST_SEEN,
            last.must(LAST_SEEN, "release"),
            "the last release was not reported as the last"
        );
        for store in cluster.nodes() {
            let found = presence(store, &id, LAST_SEEN).await;
            let want = at(2 * n + 1);
            ensure!(
                LAST_SEEN,
                !found.online && found.last_seen_at == Some(want),
                "the last release was at {want}, but presence is {found:?}"
            );
        }
    }
}

pub(super) async fn last_seen_is_about_the_last_refresh(cluster: Cluster<dyn PresenceStore>) {
    let slack = Duration::from_secs(1);
    let leases = [device("a"), device("b")];
    for lease in &leases {
        acquire(&cluster.node(0), lease, LONG, LAST_SEEN).await;
    }
    // Separates the first sighting from the last.
    tokio::time::sleep(slack + slack / 2).await;
    let refreshed = now();
    refresh(&cluster.node(1), &leases, SHORT, LAST_SEEN).await;
    for lease in &leases {
        wait_offline(
            &cluster.node(2),
            &lease.user_id,
            cluster.patience(),
            LAST_SEEN,
        )
        .await;
    }
    let gone = now();
    // "About" means not clearly before the refresh and not after the lease ran out.
    let about =
        |seen: Option<Timestamp>| seen.is_some_and(|t| t.after(slack) >= refreshed && t <= gone);
    let told = Mutex::new(Vec::new());
    let node = cluster.node(1);
    eventually(cluster.patience(), || async {
        let some = expired(&node, 10, LAST_SEEN).await;
        let mut told = told.lock();
        told.extend(some);
        (told.len() >= leases.len()).then_some(())
    })
    .await;
    let told = told.into_inner();
    ensure!(
        LAST_SEEN,
        told.len() == 2,
        "two users' leases ran out, but expired returned {told:?}"
    );
    for told in &told {
        ensure!(
            LAST_SEEN,
            about(told.last_seen_at),
            "last refreshed at {refreshed} and offline at {gone}, but expired returned {told:?}"
        );
        for store in cluster.nodes() {
            let found = presence(store, &told.user_id, LAST_SEEN).await;
            ensure!(
                LAST_SEEN,
                !found.online && about(found.last_seen_at),
                "last refreshed at {refreshed} and offline at {gone}, but presence is {found:?}"
            );
        }
    }
}

pub(super) async fn presence_is_in_the_order_asked(cluster: Cluster<dyn PresenceStore>) {
    let ids = hostile_ids();
    for (n, id) in ids.iter().enumerate().filter(|(n, _)| n % 2 == 0) {
        acquire(&cluster.node(n), &device(id), LONG, PRESENCE).await;
    }
    let asked: Vec<_> = ids.iter().rev().map(user).collect();
    let want: Vec<Presence> = ids
        .iter()
        .enumerate()
        .rev()
        .map(|(n, id)| Presence {
            user_id: user(id),
            online: n % 2 == 0,
            last_seen_at: None,
        })
        .collect();
    for store in cluster.nodes() {
        let found = store.presence(&asked).await.must(PRESENCE, "presence");
        ensure!(
            PRESENCE,
            found == want,
            "presence returned {found:?}, not {want:?}"
        );
        let none = store
            .presence(&[])
            .await
            .must(PRESENCE, "presence of no users");
        ensure!(
            PRESENCE,
            none.is_empty(),
            "presence of no users returned {none:?}"
        );
    }
}
