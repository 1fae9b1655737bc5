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

/// Polls all handles until `want` users are reported, and a little longer.
async fn all_told(cluster: &Cluster<dyn PresenceStore>, want: usize, point: Point) -> Vec<UserId> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let done = Done::default();
    let mut tasks = Tasks::new();
    // Two pollers per handle, with different limits.
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
    // Neither a user who left nor one who is online may be reported.
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
        "some of {} users were reported twice: {told:?}",
        ids.len()
    );
    let want: BTreeSet<UserId> = ids.iter().map(user).collect();
    ensure!(
        EXPIRED,
        once.into_iter().eq(&want),
        "reported were {told:?}; the leases of {want:?} ran out"
    );
}

/// Until the end of a lease is reported, its user is still online to everybody else. A return
/// before that is no edge.
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
        "a user was reported as online twice without being reported as offline"
    );
    let came = refresh(&cluster.node(2), &[by_refresh], LONG, NO_OVERLAP).await;
    ensure!(
        NO_OVERLAP,
        came.is_empty(),
        "{came:?} were reported as online twice without being reported as offline"
    );
    for store in cluster.nodes() {
        for id in ["acquire", "refresh"] {
            let found = presence(store, &user(id), EXPIRED).await;
            ensure!(
                EXPIRED,
                found.online,
                "a user who returned has presence {found:?}"
            );
        }
    }
    let told = all_told(&cluster, 1, EXPIRED).await;
    ensure!(
        EXPIRED,
        told == [never.user_id],
        "reported were {told:?}, not only the user who did not return"
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
                "the return of {id} after their reported expiry was not a first lease"
            );
        }
        let mut told = all_told(&cluster, 2, EXPIRED).await;
        told.sort();
        ensure!(
            EXPIRED,
            told == [user("acquire"), user("refresh")],
            "round {round} reported {told:?}, not the two users whose leases ran out"
        );
    }
}

/// A node returns and ends its leases. Each is reported once, by its release or as expired.
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
        "releases and expired reported {told:?}, not each of {want:?} once"
    );
}

/// Users connect with leases about as short as the pauses between them, while all handles poll for
/// expired users.
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
                    // Returning as soon as the user appears offline is the tightest race.
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
            "{id} has no lease, but came online {more} times more than they went offline"
        );
    }
}
