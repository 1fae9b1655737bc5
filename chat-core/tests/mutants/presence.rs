use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chat_core::backend::{Lease, PresenceStore};
use chat_core::memory::MemoryPresence;
use chat_core::model::Presence;
use chat_core::testing::Cluster;
use chat_core::{Result, Timestamp, UserId};
use parking_lot::Mutex;

use crate::{mutants, pause};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    EveryDeviceIsFirst,
    EveryDeviceIsLast,
    BelievesReleases,
    LooksBeforeItComes,
    ComesUntold,
    NeverExpires,
    TellsTwice,
    TellsOfNobody,
    RefreshesSilently,
    RefreshesNothing,
    BringsNothingBack,
    NamesEachLease,
    SeenAtFirst,
    Unordered,
}

/// The store in memory with a bug before it.
#[derive(Debug, Clone)]
struct Broken {
    bug: Bug,
    right: MemoryPresence,
    first_seen: Arc<Mutex<HashMap<UserId, Timestamp>>>,
    told: Arc<Mutex<Vec<Presence>>>,
}

async fn broken(nodes: usize, bug: Bug) -> Cluster<dyn PresenceStore> {
    let store = Broken {
        bug,
        right: MemoryPresence::new(),
        first_seen: Arc::default(),
        told: Arc::default(),
    };
    let nodes = (0..nodes).map(|_| Arc::new(store.clone()) as _);
    Cluster::new(nodes.collect()).with_patience(Duration::from_secs(2))
}

impl Broken {
    async fn is_online(&self, user: &UserId) -> Result<bool> {
        let found = self.right.presence(std::slice::from_ref(user)).await?;
        Ok(found.iter().any(|p| p.online))
    }
}

#[async_trait]
impl PresenceStore for Broken {
    async fn acquire(&self, lease: &Lease, ttl: Duration, now: Timestamp) -> Result<bool> {
        let before = self.is_online(&lease.user_id).await?;
        self.first_seen
            .lock()
            .entry(lease.user_id.clone())
            .or_insert(now);
        if self.bug == Bug::LooksBeforeItComes {
            pause().await;
        }
        let ttl = if self.bug == Bug::NeverExpires {
            ttl * 1000
        } else {
            ttl
        };
        let came = self.right.acquire(lease, ttl, now).await?;
        Ok(match self.bug {
            Bug::EveryDeviceIsFirst => true,
            Bug::LooksBeforeItComes | Bug::ComesUntold => !before,
            _ => came,
        })
    }

    async fn release(&self, lease: &Lease, now: Timestamp) -> Result<bool> {
        let seen = self.first_seen.lock().get(&lease.user_id).copied();
        let seen = seen.filter(|_| self.bug == Bug::SeenAtFirst);
        let gone = self.right.release(lease, seen.unwrap_or(now)).await?;
        Ok(match self.bug {
            Bug::EveryDeviceIsLast => true,
            Bug::BelievesReleases => gone || !self.is_online(&lease.user_id).await?,
            _ => gone,
        })
    }

    async fn refresh(
        &self,
        leases: &[Lease],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Vec<UserId>> {
        let mut there = Vec::new();
        for lease in leases {
            if self.bug != Bug::BringsNothingBack || self.is_online(&lease.user_id).await? {
                there.push(lease.clone());
            }
        }
        if self.bug == Bug::RefreshesNothing {
            there.clear();
        }
        let came = self.right.refresh(&there, ttl, now).await?;
        Ok(match self.bug {
            Bug::RefreshesSilently => Vec::new(),
            Bug::NamesEachLease => {
                let of_them = leases.iter().filter(|l| came.contains(&l.user_id));
                of_them.map(|l| l.user_id.clone()).collect()
            }
            _ => came,
        })
    }

    async fn presence(&self, users: &[UserId]) -> Result<Vec<Presence>> {
        let mut found = self.right.presence(users).await?;
        if self.bug == Bug::Unordered {
            found.sort_by(|a, b| a.user_id.cmp(&b.user_id));
        }
        Ok(found)
    }

    async fn expired(&self, limit: usize, now: Timestamp) -> Result<Vec<Presence>> {
        let again = std::mem::take(&mut *self.told.lock());
        if self.bug == Bug::TellsTwice && !again.is_empty() && again.len() <= limit {
            return Ok(again);
        }
        let told = self.right.expired(limit, now).await?;
        if self.bug == Bug::TellsOfNobody {
            return Ok(Vec::new());
        }
        self.told.lock().extend(told.iter().cloned());
        Ok(told)
    }
}

mutants! {
    presence, broken;
    every_device_is_the_first: Bug::EveryDeviceIsFirst,
        "one_of_many_devices_is_the_first", "PresenceStore contract 1 (first lease)";
    looks_before_it_comes: Bug::LooksBeforeItComes,
        "one_of_many_devices_is_the_first", "PresenceStore contract 1 (first lease)";
    every_device_is_the_last: Bug::EveryDeviceIsLast,
        "one_of_many_devices_is_the_last", "PresenceStore contract 2 (last lease)";
    believes_releases: Bug::BelievesReleases,
        "a_release_of_no_lease_is_no_edge", "PresenceStore contract 2 (last lease)";
    never_expires: Bug::NeverExpires,
        "a_lease_runs_out", "PresenceStore contract 3 (leases run out)";
    tells_twice: Bug::TellsTwice,
        "whose_leases_ran_out_is_told_once", "PresenceStore contract 4 (told once)";
    tells_of_nobody: Bug::TellsOfNobody,
        "whose_leases_ran_out_is_told_once", "PresenceStore contract 4 (told once)";
    believes_releases_of_what_ran_out: Bug::BelievesReleases,
        "a_release_of_a_lease_that_ran_out_is_told_once", "PresenceStore contract 4 (told once)";
    tells_of_nobody_who_may_come_again: Bug::TellsOfNobody,
        "whoever_was_told_of_may_come_again", "PresenceStore contract 4 (told once)";
    refreshes_silently: Bug::RefreshesSilently,
        "one_of_many_refreshes_brings_a_user_back", "PresenceStore contract 5 (refresh)";
    refreshes_nothing: Bug::RefreshesNothing,
        "a_refresh_keeps_a_lease", "PresenceStore contract 5 (refresh)";
    brings_nothing_back: Bug::BringsNothingBack,
        "a_refresh_brings_back_what_is_missing", "PresenceStore contract 5 (refresh)";
    names_a_user_for_each_lease: Bug::NamesEachLease,
        "a_refresh_brings_back_what_is_missing", "PresenceStore contract 5 (refresh)";
    was_seen_at_first: Bug::SeenAtFirst,
        "last_seen_is_the_last_release", "PresenceStore contract 6 (last seen)";
    edges_overlap: Bug::LooksBeforeItComes,
        "edges_never_overlap", "PresenceStore contract 7 (no overlap)";
    comes_again_before_the_going_was_told: Bug::ComesUntold,
        "who_came_back_in_time_is_not_told_of", "PresenceStore contract 7 (no overlap)";
    edges_overlap_when_leases_run_out: Bug::ComesUntold,
        "edges_never_overlap_when_leases_run_out", "PresenceStore contract 7 (no overlap)";
    answers_in_its_own_order: Bug::Unordered,
        "presence_is_in_the_order_asked", "PresenceStore::presence";
}
