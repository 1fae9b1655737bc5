//! The connections of this node by user, sharded by user to keep lock contention low.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use smallvec::SmallVec;

use crate::engine::cluster::Subscription;
use crate::engine::outbound::{Frame, Pool};
use crate::engine::rooms::Link;
use crate::engine::sharded::Sharded;
use crate::random::HashMap;
use crate::{ConnectionId, RoomId, UserId};

pub(crate) type Links = SmallVec<[Arc<Link>; 2]>;

#[derive(Debug)]
struct UserEntry {
    links: Links,
    /// Shared by the outboxes of a user with several connections.
    pool: Option<Arc<Pool>>,
    _topic: Subscription,
}

#[derive(Debug, Default)]
pub(crate) struct Hub {
    users: Sharded<UserId, UserEntry>,
    connections: AtomicUsize,
    /// Connections per address, if bounded.
    addresses: Mutex<HashMap<IpAddr, usize>>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct HubLimits {
    pub(crate) per_user: usize,
    /// 0 is unlimited.
    pub(crate) per_address: usize,
    pub(crate) pool_bytes: usize,
}

impl Hub {
    pub(crate) fn hash(&self, user: &UserId) -> u64 {
        self.users.hash(user)
    }

    /// Adds a connection. Returns `false` if its user or address is at its limit.
    pub(crate) fn insert(&self, link: &Arc<Link>, topic: Subscription, limits: HubLimits) -> bool {
        if !self.count_address(link, limits.per_address) {
            return false;
        }
        let inserted = self.insert_user(link, topic, &limits);
        if !inserted {
            self.discount_address(link);
        }
        inserted
    }

    fn count_address(&self, link: &Link, most: usize) -> bool {
        let (Some(address), 1..) = (link.remote_addr, most) else {
            return true;
        };
        let mut addresses = self.addresses.lock();
        let count = addresses.entry(address).or_default();
        if *count >= most {
            return false;
        }
        *count += 1;
        true
    }

    fn discount_address(&self, link: &Link) {
        let Some(address) = link.remote_addr else {
            return;
        };
        let mut addresses = self.addresses.lock();
        if let Some(count) = addresses.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                addresses.remove(&address);
            }
        }
    }

    fn insert_user(&self, link: &Arc<Link>, topic: Subscription, limits: &HubLimits) -> bool {
        let mut shard = self.users.of(&link.user_id).write();
        match shard.get_mut(&link.user_id) {
            Some(entry) if entry.links.len() >= limits.per_user => return false,
            Some(UserEntry { links, pool, .. }) => {
                links.push(Arc::clone(link));
                if let Some(pool) = pool {
                    link.outbox.share(pool);
                } else {
                    let pool = pool.insert(Arc::new(Pool::new(limits.pool_bytes)));
                    links.iter().for_each(|link| link.outbox.share(pool));
                }
            }
            None => {
                let entry = UserEntry {
                    links: SmallVec::from_iter([Arc::clone(link)]),
                    pool: None,
                    _topic: topic,
                };
                shard.insert(link.user_id.clone(), entry);
            }
        }
        self.connections.fetch_add(1, Ordering::Relaxed);
        true
    }

    pub(crate) fn remove(&self, link: &Link) {
        let mut shard = self.users.of(&link.user_id).write();
        let Some(entry) = shard.get_mut(&link.user_id) else {
            return;
        };
        let before = entry.links.len();
        entry.links.retain(|l| l.id != link.id);
        let removed = before - entry.links.len();
        if entry.links.is_empty() {
            shard.remove(&link.user_id);
        }
        drop(shard);
        if removed > 0 {
            self.connections.fetch_sub(removed, Ordering::Relaxed);
            self.discount_address(link);
        }
    }

    pub(crate) fn links(&self, user: &UserId) -> Links {
        let shard = self.users.of(user).read();
        shard.get(user).map_or_else(Links::new, |e| e.links.clone())
    }

    pub(crate) fn push(&self, user: &UserId, frame: &Arc<Frame>) {
        for link in &self.links(user) {
            link.push(frame);
        }
    }

    /// Returns `true` if a connection of the user here has not joined this room.
    pub(crate) fn has_unjoined(&self, user: &UserId, room: &RoomId) -> bool {
        let shard = self.users.of(user).read();
        shard
            .get(user)
            .is_some_and(|e| e.links.iter().any(|l| !l.has_joined(room)))
    }

    pub(crate) fn len(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Calls `f` for each connection, shard by shard. Concurrent changes may or may not be seen.
    pub(crate) fn for_each(&self, mut f: impl FnMut(&Arc<Link>)) {
        for shard in self.users.iter() {
            let links: Vec<_> = shard
                .read()
                .values()
                .flat_map(|e| e.links.iter().cloned())
                .collect();
            links.iter().for_each(&mut f);
        }
    }

    pub(crate) fn find(&self, user: &UserId, id: ConnectionId) -> Option<Arc<Link>> {
        self.links(user).into_iter().find(|l| l.id == id)
    }
}
