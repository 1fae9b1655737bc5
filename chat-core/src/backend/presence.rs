use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::model::Presence;
use crate::{ConnectionId, NodeId, Result, Timestamp, UserId};

/// A connection's claim that its user is online, which must be refreshed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The user.
    pub user_id: UserId,
    /// The connection.
    pub connection_id: ConnectionId,
    /// The node that holds the connection.
    pub node_id: NodeId,
}

/// A store of presence leases, shared by all nodes. A user is online while at least one lease of
/// theirs is alive.
///
/// # Contract
/// 1. `acquire` returns `true` to exactly one caller each time a user goes from no lease to one.
/// 2. `release` returns `true` to exactly one caller each time a user's last lease is released, and
///    `false` for a lease that does not exist.
/// 3. A lease that is not refreshed within its TTL expires: `presence` no longer counts it.
/// 4. `expired` returns a user whose last lease expired exactly once across all handles, and not at
///    all if a new lease came first. After that, `acquire` or `refresh` of the user is an edge
///    again (1).
/// 5. `refresh` renews leases, restores missing ones, and returns the users who thereby went from
///    no lease to one.
/// 6. `last_seen_at` is the time given to the last `release` or, after an expiry, roughly the time
///    of the last refresh.
/// 7. The edges of a user alternate: between two `true` of `acquire` (or entries of `refresh`),
///    there is exactly one `true` of `release` or one entry of `expired`.
#[async_trait]
pub trait PresenceStore: fmt::Debug + Send + Sync + 'static {
    /// Acquires a lease for a new connection. Returns `true` if its user was offline before.
    async fn acquire(&self, lease: &Lease, ttl: Duration, now: Timestamp) -> Result<bool>;
    /// Releases the lease of a closed connection. Returns `true` if its user is now offline.
    async fn release(&self, lease: &Lease, now: Timestamp) -> Result<bool>;
    /// Renews leases. Returns the users who were offline before.
    async fn refresh(&self, leases: &[Lease], ttl: Duration, now: Timestamp)
    -> Result<Vec<UserId>>;
    /// Returns the presence of each of these users, in the given order.
    async fn presence(&self, users: &[UserId]) -> Result<Vec<Presence>>;
    /// Takes up to `limit` users whose last lease expired and who were not reported yet.
    async fn expired(&self, limit: usize, now: Timestamp) -> Result<Vec<Presence>>;
}

store!(PresenceStore {
    async fn acquire(&self, lease: &Lease, ttl: Duration, now: Timestamp) -> Result<bool>;
    async fn release(&self, lease: &Lease, now: Timestamp) -> Result<bool>;
    async fn refresh(&self, leases: &[Lease], ttl: Duration, now: Timestamp) -> Result<Vec<UserId>>;
    async fn presence(&self, users: &[UserId]) -> Result<Vec<Presence>>;
    async fn expired(&self, limit: usize, now: Timestamp) -> Result<Vec<Presence>>;
});
