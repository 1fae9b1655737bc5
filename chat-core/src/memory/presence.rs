use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use smallvec::SmallVec;
use tokio::time::Instant;

use super::shards::Shards;
use crate::backend::{Lease, PresenceStore};
use crate::model::Presence;
use crate::random::HashMap;
use crate::{ConnectionId, Result, Timestamp, UserId};

/// An in-memory [`PresenceStore`]. Clones share their data. TTLs use the clock of [`tokio::time`],
/// which tests can pause.
///
/// A user online with one device takes about 150 bytes plus their id (measured). An offline user
/// takes about 100 bytes for `last_seen_at`. Memory grows with the number of distinct users, not
/// with the number of connections over time.
///
/// ```
/// use std::time::Duration;
/// use chat_core::backend::{Lease, PresenceStore};
/// use chat_core::memory::MemoryPresence;
/// use chat_core::{ConnectionId, NodeId, Timestamp, UserId};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let presence = MemoryPresence::new();
/// let alice = UserId::new("alice")?;
/// let (phone, laptop) = (ConnectionId::random(), ConnectionId::random());
/// let lease = |connection_id| Lease { user_id: alice.clone(), connection_id, node_id: NodeId::random() };
/// let (ttl, now) = (Duration::from_secs(60), Timestamp::from_millis(0));
/// assert!(presence.acquire(&lease(phone), ttl, now).await?);
/// assert!(!presence.acquire(&lease(laptop), ttl, now).await?);
/// assert!(presence.presence(&[alice.clone()]).await?.iter().all(|p| p.online));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MemoryPresence(Arc<Inner>);

struct Inner {
    /// The origin of all deadlines, which are in milliseconds.
    start: Instant,
    shards: Shards<Mutex<Shard>>,
    /// The shard where the next call of `expired` starts, so that no shard is starved.
    next: AtomicU64,
}

#[derive(Default)]
struct Shard {
    users: HashMap<UserId, User>,
    /// The times at which to check users for expired leases. Refreshes do not touch it: an entry
    /// that comes up too early is put back, and one that differs from the user's `watched_at` is
    /// dropped.
    watch: BinaryHeap<Reverse<(u64, UserId)>>,
}

struct User {
    leases: SmallVec<[Held; 1]>,
    seen: Timestamp,
    /// `true` if the last reported edge was "online".
    online: bool,
    /// The time of the next check, at the latest when the last lease expires.
    watched_at: u64,
}

/// The `watched_at` of a user without a scheduled check.
const NEVER: u64 = u64::MAX;

struct Held {
    connection: ConnectionId,
    deadline: u64,
}

impl User {
    fn drop_expired(&mut self, now: u64) {
        self.leases.retain(|held| held.deadline > now);
    }

    fn last_deadline(&self) -> Option<u64> {
        self.leases.iter().map(|held| held.deadline).max()
    }

    /// Schedules a check for the end of the last lease.
    fn watch(&mut self, id: &UserId, watch: &mut BinaryHeap<Reverse<(u64, UserId)>>) {
        if let Some(deadline) = self.last_deadline()
            && deadline < self.watched_at
        {
            self.watched_at = deadline;
            watch.push(Reverse((deadline, id.clone())));
        }
    }
}

impl Shard {
    /// Adds or renews a lease. Returns `true` if the user came online.
    fn hold(&mut self, lease: &Lease, now: u64, deadline: u64, seen: Timestamp) -> bool {
        if !self.users.contains_key(&lease.user_id) {
            let user = User {
                leases: SmallVec::new(),
                seen,
                online: false,
                watched_at: NEVER,
            };
            self.users.insert(lease.user_id.clone(), user);
        }
        let Some(user) = self.users.get_mut(&lease.user_id) else {
            return false;
        };
        user.drop_expired(now);
        user.seen = seen;
        let connection = lease.connection_id;
        match user.leases.iter_mut().find(|h| h.connection == connection) {
            Some(held) => held.deadline = deadline,
            None => user.leases.push(Held {
                connection,
                deadline,
            }),
        }
        user.watch(&lease.user_id, &mut self.watch);
        !std::mem::replace(&mut user.online, true)
    }

    fn release(&mut self, lease: &Lease, now: u64, seen: Timestamp) -> bool {
        let Some(user) = self.users.get_mut(&lease.user_id) else {
            return false;
        };
        user.drop_expired(now);
        let before = user.leases.len();
        user.leases.retain(|h| h.connection != lease.connection_id);
        if user.leases.len() == before {
            return false;
        }
        if !user.leases.is_empty() {
            user.watch(&lease.user_id, &mut self.watch);
            return false;
        }
        // Frees the memory of a user who had many devices.
        user.leases = SmallVec::new();
        user.seen = seen;
        std::mem::replace(&mut user.online, false)
    }

    /// Takes up to `limit` users whose last lease expired without an edge being reported.
    fn take_expired(&mut self, now: u64, limit: usize, taken: &mut Vec<Presence>) {
        while taken.len() < limit {
            match self.watch.peek() {
                Some(Reverse((at, _))) if *at <= now => {}
                _ => return,
            }
            let Some(Reverse((at, id))) = self.watch.pop() else {
                return;
            };
            let Some(user) = self.users.get_mut(&id).filter(|u| u.watched_at == at) else {
                continue;
            };
            user.watched_at = NEVER;
            user.drop_expired(now);
            if !user.leases.is_empty() {
                user.watch(&id, &mut self.watch);
                continue;
            }
            user.leases = SmallVec::new();
            if std::mem::replace(&mut user.online, false) {
                taken.push(Presence {
                    last_seen_at: Some(user.seen),
                    user_id: id,
                    online: false,
                });
            }
        }
    }
}

impl MemoryPresence {
    /// Creates an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Inner {
            start: Instant::now(),
            shards: Shards::default(),
            next: AtomicU64::new(0),
        }))
    }

    fn now(&self) -> u64 {
        millis(self.0.start.elapsed())
    }
}

fn millis(d: Duration) -> u64 {
    u64::try_from(d.as_millis()).unwrap_or(u64::MAX)
}

impl Default for MemoryPresence {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryPresence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryPresence").finish_non_exhaustive()
    }
}

#[async_trait]
impl PresenceStore for MemoryPresence {
    async fn acquire(&self, lease: &Lease, ttl: Duration, now: Timestamp) -> Result<bool> {
        let at = self.now();
        let deadline = at.saturating_add(millis(ttl));
        let mut shard = self.0.shards.of(&lease.user_id).lock();
        Ok(shard.hold(lease, at, deadline, now))
    }

    async fn release(&self, lease: &Lease, now: Timestamp) -> Result<bool> {
        let mut shard = self.0.shards.of(&lease.user_id).lock();
        Ok(shard.release(lease, self.now(), now))
    }

    async fn refresh(
        &self,
        leases: &[Lease],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Vec<UserId>> {
        let at = self.now();
        let deadline = at.saturating_add(millis(ttl));
        let came = leases.iter().filter(|lease| {
            let mut shard = self.0.shards.of(&lease.user_id).lock();
            shard.hold(lease, at, deadline, now)
        });
        Ok(came.map(|lease| lease.user_id.clone()).collect())
    }

    async fn presence(&self, users: &[UserId]) -> Result<Vec<Presence>> {
        let now = self.now();
        let known = users.iter().map(|id| {
            let shard = self.0.shards.of(id).lock();
            let user = shard.users.get(id);
            let online = user.is_some_and(|u| u.last_deadline().is_some_and(|at| at > now));
            Presence {
                user_id: id.clone(),
                online,
                last_seen_at: user.filter(|_| !online).map(|u| u.seen),
            }
        });
        Ok(known.collect())
    }

    async fn expired(&self, limit: usize, _: Timestamp) -> Result<Vec<Presence>> {
        let now = self.now();
        let mut taken = Vec::new();
        let start = self.0.next.fetch_add(1, Ordering::Relaxed);
        for n in 0..Shards::<()>::COUNT {
            if taken.len() >= limit {
                break;
            }
            let mut shard = self.0.shards.at(start.wrapping_add(n)).lock();
            shard.take_expired(now, limit, &mut taken);
        }
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use tokio::time::advance;

    use super::*;
    use crate::NodeId;

    const TTL: Duration = Duration::from_secs(60);

    fn lease(user: &str) -> Lease {
        Lease {
            user_id: UserId::new(user).unwrap(),
            connection_id: ConnectionId::random(),
            node_id: NodeId::random(),
        }
    }

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    fn watched(store: &MemoryPresence) -> usize {
        store.0.shards.iter().map(|s| s.lock().watch.len()).sum()
    }

    #[tokio::test(start_paused = true)]
    async fn comings_and_goings_leave_nothing_behind() {
        let store = MemoryPresence::new();
        for n in 0..1000 {
            let lease = lease("alice");
            assert!(store.acquire(&lease, TTL, at(n)).await.unwrap());
            assert!(store.release(&lease, at(n)).await.unwrap());
        }
        assert_eq!(watched(&store), 1);
        advance(TTL).await;
        assert!(store.expired(10, at(0)).await.unwrap().is_empty());
        assert_eq!(watched(&store), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_shorter_lease_is_noticed_when_it_runs_out() {
        let store = MemoryPresence::new();
        let (long, short) = (lease("alice"), lease("alice"));
        store.acquire(&long, TTL, at(0)).await.unwrap();
        store
            .acquire(&short, Duration::from_secs(1), at(5))
            .await
            .unwrap();
        assert!(!store.release(&long, at(6)).await.unwrap());
        advance(Duration::from_secs(1)).await;
        let gone = store.expired(10, at(7)).await.unwrap();
        assert_eq!(gone.len(), 1);
        assert_eq!(gone[0].last_seen_at, Some(at(5)));
        advance(TTL).await;
        assert!(store.expired(10, at(9)).await.unwrap().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_that_ran_out_unnoticed_is_no_new_edge() {
        let store = MemoryPresence::new();
        let old = lease("alice");
        assert!(store.acquire(&old, TTL, at(0)).await.unwrap());
        advance(TTL).await;
        let users = [old.user_id.clone()];
        assert!(!store.presence(&users).await.unwrap()[0].online);
        assert!(
            !store.release(&old, at(60)).await.unwrap(),
            "the lease has expired"
        );
        // The offline edge was never reported, so there is no online edge either.
        assert!(!store.acquire(&lease("alice"), TTL, at(61)).await.unwrap());
        assert!(store.expired(10, at(61)).await.unwrap().is_empty());
        assert!(store.presence(&users).await.unwrap()[0].online);
    }

    #[tokio::test(start_paused = true)]
    async fn expired_stops_at_its_limit_and_forgets_nobody() {
        let store = MemoryPresence::new();
        for n in 0..100 {
            let lease = lease(&format!("user-{n}"));
            store.acquire(&lease, TTL, at(0)).await.unwrap();
        }
        advance(TTL).await;
        let mut gone = Vec::new();
        for _ in 0..15 {
            let page = store.expired(7, at(60)).await.unwrap();
            assert!(page.len() <= 7);
            gone.extend(page.into_iter().map(|p| p.user_id));
        }
        gone.sort();
        gone.dedup();
        assert_eq!(gone.len(), 100);
    }
}
