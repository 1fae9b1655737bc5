use std::sync::Arc;

use super::device::{Edge, Edges, LONG, acquire, device, presence, refresh, release};
use super::{DOWN, NO_OVERLAP, REFRESH, UP};
use crate::backend::PresenceStore;
use crate::testing::Cluster;
use crate::testing::check::ensure;
use crate::testing::ids::{hostile_ids, user};
use crate::testing::tasks::Tasks;

const DEVICES: usize = 16;

pub(super) async fn one_of_many_devices_is_the_first(cluster: Cluster<dyn PresenceStore>) {
    for id in ["$ne", "a:b", "{x}", "*"] {
        let mut tasks = Tasks::new();
        for n in 0..DEVICES {
            let store = cluster.node(n);
            tasks.spawn(async move {
                let lease = device(id);
                let first = acquire(&store, &lease, LONG, UP).await;
                let again = acquire(&store, &lease, LONG, UP).await;
                ensure!(UP, !again, "acquiring a held lease reported a first lease");
                first
            });
        }
        let first = tasks.join().await.into_iter().filter(|f| *f).count();
        ensure!(
            UP,
            first == 1,
            "{first} of {DEVICES} concurrent devices were reported as the first"
        );
        for store in cluster.nodes() {
            let found = presence(store, &user(id), UP).await;
            ensure!(
                UP,
                found.online && found.last_seen_at.is_none(),
                "a user with {DEVICES} devices has presence {found:?}"
            );
        }
    }
}

pub(super) async fn one_of_many_devices_is_the_last(cluster: Cluster<dyn PresenceStore>) {
    for id in ["$ne", "a:b", "{x}", "*"] {
        let leases: Vec<_> = (0..DEVICES).map(|_| device(id)).collect();
        for (n, lease) in leases.iter().enumerate() {
            acquire(&cluster.node(n), lease, LONG, DOWN).await;
        }
        // All but one go at once, then the last one.
        let (last, others) = (&leases[0], &leases[1..]);
        let mut tasks = Tasks::new();
        for (n, lease) in others.iter().cloned().enumerate() {
            let store = cluster.node(n);
            tasks.spawn(async move { release(&store, &lease, DOWN).await });
        }
        let gone = tasks.join().await.into_iter().filter(|g| *g).count();
        ensure!(
            DOWN,
            gone == 0,
            "{gone} releases were reported as the last while a device was connected"
        );
        let found = presence(&cluster.node(1), &last.user_id, DOWN).await;
        ensure!(DOWN, found.online, "a user with one device left is offline");
        let gone = release(&cluster.node(2), last, DOWN).await;
        ensure!(
            DOWN,
            gone,
            "the release of the last device was not reported as the last"
        );

        // Now all of them go at once.
        for (n, lease) in leases.iter().enumerate() {
            acquire(&cluster.node(n), lease, LONG, DOWN).await;
        }
        let mut tasks = Tasks::new();
        for (n, lease) in leases.iter().cloned().enumerate() {
            let store = cluster.node(n);
            tasks.spawn(async move { release(&store, &lease, DOWN).await });
        }
        let gone = tasks.join().await.into_iter().filter(|g| *g).count();
        ensure!(
            DOWN,
            gone == 1,
            "{gone} of {DEVICES} concurrent releases were reported as the last"
        );
        for store in cluster.nodes() {
            let found = presence(store, &user(id), DOWN).await;
            ensure!(
                DOWN,
                !found.online,
                "a user without devices has presence {found:?}"
            );
        }
    }
}

pub(super) async fn a_release_of_no_lease_is_no_edge(cluster: Cluster<dyn PresenceStore>) {
    let (here, there) = (cluster.node(0), cluster.node(1));
    let (one, other) = (device("a"), device("a"));
    let gone = release(&here, &one, DOWN).await;
    ensure!(
        DOWN,
        !gone,
        "a release took a user offline who was never online"
    );
    acquire(&here, &one, LONG, DOWN).await;
    let gone = release(&there, &other, DOWN).await;
    ensure!(
        DOWN,
        !gone,
        "the release of an unknown device took its user offline"
    );
    let mut of_another = one.clone();
    of_another.user_id = user("b");
    let gone = release(&there, &of_another, DOWN).await;
    ensure!(
        DOWN,
        !gone,
        "the release of another user's device took a user offline"
    );
    let gone = release(&there, &one, DOWN).await;
    ensure!(
        DOWN,
        gone,
        "the release of the only device was not reported as the last"
    );
    let gone = release(&here, &one, DOWN).await;
    ensure!(DOWN, !gone, "a second release took the user offline again");

    let leases: Vec<_> = hostile_ids().into_iter().map(device).collect();
    for (n, lease) in leases.iter().enumerate() {
        let first = acquire(&cluster.node(n), lease, LONG, UP).await;
        let id = &lease.user_id;
        ensure!(
            UP,
            first,
            "the first lease of {id:?} was not reported as one"
        );
    }
    for (n, lease) in leases.iter().enumerate() {
        let gone = release(&cluster.node(n + 1), lease, DOWN).await;
        let id = &lease.user_id;
        ensure!(
            DOWN,
            gone,
            "the last lease of {id:?} was not reported as one"
        );
    }
}

/// Devices of one user connect and disconnect continuously.
pub(super) async fn edges_never_overlap(cluster: Cluster<dyn PresenceStore>) {
    let edges = Arc::new(Edges::default());
    let id = user("$ne");
    let mut tasks = Tasks::new();
    for n in 0..6 {
        let (store, edges, lease) = (cluster.node(n), edges.clone(), device("$ne"));
        tasks.spawn(async move {
            for round in 0..40 {
                let start = edges.start();
                let came = if round % 3 == 2 {
                    let came = refresh(&store, std::slice::from_ref(&lease), LONG, REFRESH).await;
                    ensure!(
                        REFRESH,
                        came.len() < 2,
                        "a refresh of one lease returned {came:?}"
                    );
                    !came.is_empty()
                } else {
                    acquire(&store, &lease, LONG, NO_OVERLAP).await
                };
                if came {
                    edges.tell(start, Edge::Up);
                }
                tokio::task::yield_now().await;
                let start = edges.start();
                if release(&store, &lease, NO_OVERLAP).await {
                    edges.tell(start, Edge::Down);
                }
                tokio::task::yield_now().await;
            }
        });
    }
    tasks.join().await;
    let more = edges.ensure_turns(&id);
    ensure!(
        NO_OVERLAP,
        more == 0,
        "all devices are gone, but the user came online {more} times more than they went offline"
    );
}
