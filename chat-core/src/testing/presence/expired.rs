use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::device::{
    Edge, Edges, LONG, SETTLE, SHORT, acquire, device, expired, presence, refresh, release,
};
use super::leases::wait_offline;
use super::{EXPIRED, NO_OVERLAP};
use crate::UserId;
use crate::backend::PresenceStore;
use crate::testing::Cluster;
use crate::testing::check::{Point, ensure, eventually};
use crate::testing::ids::{hostile_ids, user};
use crate::testing::tasks::{Done, Tasks};

/// Asks all handles until `want` users were told of, and a little longer.
async fn all_told(cluster: &Cluster<dyn PresenceStore>, want: usize, point: Point) -> Vec<UserId> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let done = Done::default();
    let mut tasks = Tasks::new();
    // Two askers to a handle, by different limits.
    for n in 0..2 * cluster.nodes().len() {
        let (store, told, done) = (cluster.node(n), told.clone(), done.clone());
        tasks.spawn(async move {
            while !done.get() {
                let some = expired(&store, 1 + n * 3, point).await;
                told.lock().extend(some.into_iter().map(|p| p.user_id));
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
    }
    eventually(cluster.patience(), || async {
        (told.lock().len() >= want).then_some(())
    })
    .await;
    tokio::time::sleep(SETTLE).await;
    done.set();
    tasks.join().await;
    told.lock().clone()
}

pub(super) async fn whose_leases_ran_out_is_told_once(cluster: Cluster<dyn PresenceStore>) {
    let ids = hostile_ids();
    for (n, id) in ids.iter().enumerate() {
        for device in [device(id), device(id)] {
            acquire(&cluster.node(n), &device, SHORT, EXPIRED).await;
        }
    }
    // Neither one who left nor one who is there.
    let left = device("left");
    acquire(&cluster.node(0), &left, LONG, EXPIRED).await;
    release(&cluster.node(0), &left, EXPIRED).await;
    acquire(&cluster.node(0), &device("there"), LONG, EXPIRED).await;
    acquire(&cluster.node(0), &device("there"), SHORT, EXPIRED).await;

    let told = all_told(&cluster, ids.len(), EXPIRED).await;
    let once: BTreeSet<&UserId> = told.iter().collect();
    ensure!(
        EXPIRED,
        once.len() == told.len(),
        "of {} users some were told of twice: {told:?}",
        ids.len()
    );
    let want: BTreeSet<UserId> = ids.iter().map(user).collect();
    ensure!(
        EXPIRED,
        once.into_iter().eq(&want),
        "told of were {told:?}; those whose leases ran out are {want:?}"
    );
}

/// Between the end of a lease and the telling of it the user is still up for everybody else: to
/// come back then is no edge.
pub(super) async fn who_came_back_in_time_is_not_told_of(cluster: Cluster<dyn PresenceStore>) {
    let patience = cluster.patience();
    let (by_acquire, by_refresh, never) = (device("acquire"), device("refresh"), device("never"));
    for lease in [&by_acquire, &by_refresh, &never] {
        acquire(&cluster.node(0), lease, SHORT, EXPIRED).await;
    }
    for lease in [&by_acquire, &by_refresh, &never] {
        wait_offline(&cluster.node(1), &lease.user_id, patience, EXPIRED).await;
    }
    let came = acquire(&cluster.node(1), &device("acquire"), LONG, NO_OVERLAP).await;
    ensure!(
        NO_OVERLAP,
        !came,
        "a user came who was up before and of whose going nobody was told"
    );
    let came = refresh(&cluster.node(2), &[by_refresh], LONG, NO_OVERLAP).await;
    ensure!(
        NO_OVERLAP,
        came.is_empty(),
        "{came:?} came who was up before and of whose going nobody was told"
    );
    for store in cluster.nodes() {
        for id in ["acquire", "refresh"] {
            let found = presence(store, &user(id), EXPIRED).await;
            ensure!(EXPIRED, found.online, "a user who came back is {found:?}");
        }
    }
    let told = all_told(&cluster, 1, EXPIRED).await;
    ensure!(
        EXPIRED,
        told == [never.user_id],
        "told of were {told:?}, not only the one who did not come back"
    );
}

pub(super) async fn whoever_was_told_of_may_come_again(cluster: Cluster<dyn PresenceStore>) {
    for round in 0..2 {
        for id in ["acquire", "refresh"] {
            let lease = device(id);
            let (first, second) = (cluster.node(round), cluster.node(round + 1));
            let came = if id == "acquire" {
                acquire(&first, &lease, SHORT, EXPIRED).await
            } else {
                !refresh(&second, &[lease], SHORT, EXPIRED).await.is_empty()
            };
            ensure!(
                EXPIRED,
                came,
                "{id} did not come although their going was told"
            );
        }
        let mut told = all_told(&cluster, 2, EXPIRED).await;
        told.sort();
        ensure!(
            EXPIRED,
            told == [user("acquire"), user("refresh")],
            "in round {round} told of were {told:?}, not the two whose leases ran out"
        );
    }
}

/// A node comes back and closes what it held: by its release or as expired, but not as both.
pub(super) async fn a_release_of_a_lease_that_ran_out_is_told_once(
    cluster: Cluster<dyn PresenceStore>,
) {
    const USERS: usize = 12;
    let leases: Vec<_> = (0..USERS).map(|n| device(format!("user-{n}"))).collect();
    for lease in &leases {
        acquire(&cluster.node(0), lease, SHORT, EXPIRED).await;
    }
    for lease in &leases {
        wait_offline(
            &cluster.node(1),
            &lease.user_id,
            cluster.patience(),
            EXPIRED,
        )
        .await;
    }
    let mut told = Vec::new();
    for (n, lease) in leases.iter().enumerate() {
        if n == USERS / 2 {
            let some = expired(&cluster.node(2), 4, EXPIRED).await;
            told.extend(some.into_iter().map(|p| p.user_id));
        }
        if release(&cluster.node(n), lease, EXPIRED).await {
            told.push(lease.user_id.clone());
        }
    }
    let missing = USERS.saturating_sub(told.len());
    told.extend(all_told(&cluster, missing, EXPIRED).await);
    told.sort();
    let mut want: Vec<UserId> = leases.into_iter().map(|l| l.user_id).collect();
    want.sort();
    ensure!(
        EXPIRED,
        told == want,
        "going, by release or as expired, were told {told:?}, not each of {want:?} once"
    );
}

/// Users come with leases about as short as the pauses between them, while all handles ask who
/// went.
pub(super) async fn edges_never_overlap_when_leases_run_out(cluster: Cluster<dyn PresenceStore>) {
    const USERS: usize = 8;
    let patience = cluster.patience();
    let brief = Duration::from_millis(40);
    let users: Vec<UserId> = (0..USERS).map(|n| user(format!("user-{n}"))).collect();
    let edges: Arc<Vec<Edges>> = Arc::new((0..USERS).map(|_| Edges::default()).collect());
    let done = Done::default();
    let mut askers = Tasks::new();
    for n in 0..cluster.nodes().len() {
        let (store, edges, users, done) =
            (cluster.node(n), edges.clone(), users.clone(), done.clone());
        askers.spawn(async move {
            loop {
                let last = done.get();
                let starts: Vec<u64> = edges.iter().map(Edges::start).collect();
                for told in expired(&store, 3, NO_OVERLAP).await {
                    if let Some(n) = users.iter().position(|u| *u == told.user_id) {
                        edges[n].tell(starts[n], Edge::Down);
                    }
                }
                if last {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
    }
    let mut tasks = Tasks::new();
    for n in 0..2 * USERS {
        let (store, edges, id) = (cluster.node(n), edges.clone(), users[n % USERS].clone());
        tasks.spawn(async move {
            let mut random = fastrand::Rng::with_seed(n as u64);
            let edges = &edges[n % USERS];
            for round in 0..15 {
                let lease = device(id.as_str());
                let start = edges.start();
                let came = if round % 2 == 0 {
                    acquire(&store, &lease, brief, NO_OVERLAP).await
                } else {
                    let came = refresh(&store, std::slice::from_ref(&lease), brief, NO_OVERLAP);
                    !came.await.is_empty()
                };
                if came {
                    edges.tell(start, Edge::Up);
                }
                if random.bool() {
                    tokio::time::sleep(Duration::from_millis(random.u64(0..90))).await;
                } else {
                    // To come again as soon as one is seen offline is the most delicate moment.
                    wait_offline(&store, &id, patience, NO_OVERLAP).await;
                }
                let start = edges.start();
                if random.u8(0..3) == 0 && release(&store, &lease, NO_OVERLAP).await {
                    edges.tell(start, Edge::Down);
                }
            }
        });
    }
    tasks.join().await;
    for id in &users {
        wait_offline(&cluster.node(0), id, cluster.patience(), NO_OVERLAP).await;
    }
    let settled = || {
        users
            .iter()
            .zip(&*edges)
            .map(|(id, e)| e.ensure_turns(id))
            .sum::<i64>()
    };
    eventually(cluster.patience(), || async {
        (settled() == 0).then_some(())
    })
    .await;
    tokio::time::sleep(SETTLE).await;
    done.set();
    askers.join().await;
    for (id, edges) in users.iter().zip(&*edges) {
        let more = edges.ensure_turns(id);
        ensure!(
            NO_OVERLAP,
            more == 0,
            "{id} has no lease, and came {more} times more often than they went"
        );
    }
}
