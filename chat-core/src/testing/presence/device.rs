//! Helpers for the checks of a presence store.

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

/// Longer than any check runs.
pub(super) const LONG: Duration = Duration::from_secs(600);
/// Short enough for a check to wait out.
pub(super) const SHORT: Duration = Duration::from_millis(300);
/// How long a check watches for something that must not happen.
pub(super) const SETTLE: Duration = Duration::from_millis(300);

pub(super) fn now() -> Timestamp {
    SystemClock.now()
}

/// Creates a new device of a user, connected to some node.
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
        "expired with a limit of {limit} returned {}",
        told.len()
    );
    for presence in &told {
        ensure!(
            point,
            !presence.online,
            "expired returned a user who is online: {presence:?}"
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
            format_args!("presence of {id:?} returned {one:?} and {found:?}"),
        ),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    Up,
    Down,
}

/// The edges of one user that calls reported, each with its ticks before and after the call.
#[derive(Debug, Default)]
pub(super) struct Edges {
    clock: AtomicU64,
    told: Mutex<Vec<(u64, u64, Edge)>>,
}

impl Edges {
    /// Marks the start of a call.
    pub(super) fn start(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    /// Records an edge reported by a call that started at `start`.
    pub(super) fn tell(&self, start: u64, edge: Edge) {
        let end = self.clock.fetch_add(1, Ordering::SeqCst);
        self.told.lock().push((start, end, edge));
    }

    /// Asserts that ups and downs can alternate: whenever k + 1 ups have certainly happened, k
    /// downs may have, and vice versa. Returns how many more ups than downs there were.
    pub(super) fn ensure_turns(&self, user: &UserId) -> i64 {
        let told = self.told.lock();
        let certain = |edge, by| told.iter().filter(|t| t.2 == edge && t.1 <= by).count();
        let possible = |edge, by| told.iter().filter(|t| t.2 == edge && t.0 < by).count();
        for (_, end, _) in told.iter() {
            let (up, down) = (certain(Edge::Up, *end), possible(Edge::Down, *end));
            ensure!(
                NO_OVERLAP,
                up <= down + 1,
                "{user:?} came online {up} times but went offline at most {down} times: {told:?}"
            );
            let (down, up) = (certain(Edge::Down, *end), possible(Edge::Up, *end));
            ensure!(
                NO_OVERLAP,
                down <= up,
                "{user:?} went offline {down} times but came online at most {up} times: {told:?}"
            );
        }
        told.iter()
            .map(|(_, _, edge)| if *edge == Edge::Up { 1 } else { -1 })
            .sum()
    }
}
