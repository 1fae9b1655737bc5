use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::model::Presence;
use crate::{ConnectionId, NodeId, Result, Timestamp, UserId};

/// A connection's claim that its user is online, for as long as it is refreshed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The user.
    pub user_id: UserId,
    /// The connection.
    pub connection_id: ConnectionId,
    /// The node that holds the connection.
    pub node_id: NodeId,
}

/// Knows who is online, over all nodes. A user is online while any lease of theirs lives.
///
/// # Contract
/// 1. `acquire` returns `true` to exactly one caller each time a user goes from no lease to one.
/// 2. `release` returns `true` to exactly one caller each time a user's last lease goes that way,
///    and `false` for a lease that is not there.
/// 3. A lease that is not refreshed for its TTL is as good as gone: `presence` no longer counts it.
/// 4. A user whose last lease ran out is given out by `expired` exactly once, over all handles, and
///    not at all when a new lease came before. After that, `acquire` or `refresh` of the user is an
///    edge again (1).
/// 5. `refresh` renews leases, brings those back that are missing, and returns the users who went
///    from no lease to one by that.
/// 6. `last_seen_at` is the time given to the last `release`, or, for a lease that ran out, about
///    the time of its last refresh.
/// 7. Two edges of one user never overlap: between two `true` of `acquire` (or entries of
///    `refresh`) there is one `true` of `release` or one entry of `expired`.
#[async_trait]
pub trait PresenceStore: fmt::Debug + Send + Sync + 'static {
    /// A connection is there. Returns whether its user was offline before.
    async fn acquire(&self, lease: &Lease, ttl: Duration, now: Timestamp) -> Result<bool>;
    /// A connection has gone. Returns whether its user is offline now.
    async fn release(&self, lease: &Lease, now: Timestamp) -> Result<bool>;
    /// Renews leases. Returns the users who were offline before.
    async fn refresh(&self, leases: &[Lease], ttl: Duration, now: Timestamp)
    -> Result<Vec<UserId>>;
    /// Who of these users is online, in the order asked.
    async fn presence(&self, users: &[UserId]) -> Result<Vec<Presence>>;
    /// Takes up to `limit` users whose last lease ran out and of whom nobody was told yet.
    async fn expired(&self, limit: usize, now: Timestamp) -> Result<Vec<Presence>>;
}

store!(PresenceStore {
    async fn acquire(&self, lease: &Lease, ttl: Duration, now: Timestamp) -> Result<bool>;
    async fn release(&self, lease: &Lease, now: Timestamp) -> Result<bool>;
    async fn refresh(&self, leases: &[Lease], ttl: Duration, now: Timestamp) -> Result<Vec<UserId>>;
    async fn presence(&self, users: &[UserId]) -> Result<Vec<Presence>>;
    async fn expired(&self, limit: usize, now: Timestamp) -> Result<Vec<Presence>>;
});
