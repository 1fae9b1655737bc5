//! What the checks of a presence store do all the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::{NO_OVERLAP, PRESENCE};
use crate::backend::{Lease, PresenceStore};
use crate::model::Presence;
use crate::testing::check::{Must, Point, broken, ensure};
use crate::testing::ids::user;
use crate::{Clock, ConnectionId, NodeId, SystemClock, Timestamp, UserId};

pub(super) type Store = Arc<dyn PresenceStore>;

/// Longer than any check takes.
pub(super) const LONG: Duration = Duration::from_secs(600);
/// Short enough to wait for.
pub(super) const SHORT: Duration = Duration::from_millis(300);
/// How long a check looks whether something happens that must not.
pub(super) const SETTLE: Duration = Duration::from_millis(300);

pub(super) fn now() -> Timestamp {
    SystemClock.now()
}

/// A new device of a user, connected to some node.
pub(super) fn device(id: impl AsRef<str>) -> Lease {
    Lease {
        user_id: user(id),
        connection_id: ConnectionId::random(),
        node_id: NodeId::random(),
    }
}

pub(super) async fn acquire(store: &Store, lease: &Lease, ttl: Duration, point: Point) -> bool {
    store
        .acquire(lease, ttl, now())
        .await
        .must(point, "acquire")
}

pub(super) async fn release(store: &Store, lease: &Lease, point: Point) -> bool {
    store.release(lease, now()).await.must(point, "release")
}

pub(super) async fn refresh(
    store: &Store,
    leases: &[Lease],
    ttl: Duration,
    point: Point,
) -> Vec<UserId> {
    store
        .refresh(leases, ttl, now())
        .await
        .must(point, "refresh")
}

pub(super) async fn expired(store: &Store, limit: usize, point: Point) -> Vec<Presence> {
    let told = store.expired(limit, now()).await.must(point, "expired");
    ensure!(
        point,
        told.len() <= limit,
        "expired was asked for {limit} and gave {}",
        told.len()
    );
    for presence in &told {
        ensure!(
            point,
            !presence.online,
            "expired gave a user who is online: {presence:?}"
        );
    }
    told
}

pub(super) async fn presence(store: &Store, id: &UserId, point: Point) -> Presence {
    let mut found = store
        .presence(std::slice::from_ref(id))
        .await
        .must(point, "presence");
    match (found.pop(), found.is_empty()) {
        (Some(one), true) if one.user_id == *id => one,
        (one, _) => broken(
            PRESENCE,
            format_args!("presence of {id:?} gave {one:?} and {found:?}"),
        ),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    Up,
    Down,
}

/// The edges of one user that callers were told of, each with the ticks before and after the call.
#[derive(Debug, Default)]
pub(super) struct Edges {
    clock: AtomicU64,
    told: Mutex<Vec<(u64, u64, Edge)>>,
}

impl Edges {
    /// The start of a call.
    pub(super) fn start(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    /// An edge told by a call that started then.
    pub(super) fn tell(&self, start: u64, edge: Edge) {
        let end = self.clock.fetch_add(1, Ordering::SeqCst);
        self.told.lock().push((start, end, edge));
    }

    /// Ups and downs must be able to take turns: whenever k + 1 ups have certainly happened, k
    /// downs may have, and the other way round. Returns how many ups there were more than downs.
    pub(super) fn ensure_turns(&self, user: &UserId) -> i64 {
        let told = self.told.lock();
        let certain = |edge, by| told.iter().filter(|t| t.2 == edge && t.1 <= by).count();
        let possible = |edge, by| told.iter().filter(|t| t.2 == edge && t.0 < by).count();
        for (_, end, _) in told.iter() {
            let (up, down) = (certain(Edge::Up, *end), possible(Edge::Down, *end));
            ensure!(
                NO_OVERLAP,
                up <= down + 1,
                "{user:?} came {up} times while going at most {down} times: {told:?}"
            );
            let (down, up) = (certain(Edge::Down, *end), possible(Edge::Up, *end));
            ensure!(
                NO_OVERLAP,
                down <= up,
                "{user:?} went {down} times while coming at most {up} times: {told:?}"
            );
        }
        told.iter()
            .map(|(_, _, edge)| if *edge == Edge::Up { 1 } else { -1 })
            .sum()
    }
}
