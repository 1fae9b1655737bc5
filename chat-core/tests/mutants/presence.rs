use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chat_core::backend::{Lease, PresenceStore};
use chat_core::memory::MemoryPresence;
use chat_core::model::Presence;
use chat_core::testing::Cluster;
use chat_core::{Result, Timestamp, UserId};
use parking_lot::Mutex;

use crate::{PATIENCE, mutants, pause};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    EachDeviceIsFirst,
    LooksBeforeItAcquires,
    LooksAfterItReleased,
    EachReleaseIsLast,
    IgnoresCase,
    NeverRunsOut,
    RefreshesNothing,
    RefreshesWhatIsThere,
    RefreshTellsAll,
    TellsEachHandle,
    TellsWhoCameBack,
    TellsOnlyOnce,
    TellsReleasedToo,
    RunsOutWithoutAWord,
    SeenNever,
    SeenWhenTheyCame,
    SortsUsers,
}

#[derive(Debug, Default)]
struct Kept {
    /// Expired users to report in addition to those of the inner store.
    pending: Vec<Presence>,
    /// All users reported so far, for [`Bug::TellsEachHandle`].
    told: Vec<Presence>,
    gone: HashSet<UserId>,
    came: HashMap<UserId, Timestamp>,
}

/// The in-memory presence store with one bug.
#[derive(Debug)]
struct Wrong {
    bug: Bug,
    inner: MemoryPresence,
    kept: Arc<Mutex<Kept>>,
    /// The number of entries in the shared `told` that this handle has reported.
    told: Mutex<usize>,
}

async fn wrong(nodes: usize, bug: Bug) -> Cluster<dyn PresenceStore> {
    let (inner, kept) = (MemoryPresence::new(), Arc::default());
    let node = |_| {
        Arc::new(Wrong {
            bug,
            inner: MemoryPresence::clone(&inner),
            kept: Arc::clone(&kept),
            told: Mutex::default(),
        }) as _
    };
    Cluster::new((0..nodes).map(node).collect()).with_patience(PATIENCE)
}

impl Wrong {
    fn lease(&self, lease: &Lease) -> Lease {
        let mut lease = lease.clone();
        if self.bug == Bug::IgnoresCase {
            lease.user_id = UserId::new(lease.user_id.as_str().to_lowercase()).unwrap();
        }
        lease
    }

    fn ttl(&self, ttl: Duration) -> Duration {
        if self.bug == Bug::NeverRunsOut {
            return Duration::from_secs(600);
        }
        ttl
    }

    async fn is_online(&self, user: &UserId) -> Result<bool> {
        Ok(self.inner.presence(std::slice::from_ref(user)).await?[0].online)
    }

    /// Moves the inner store's expired users to `pending`.
    async fn note_gone(&self, now: Timestamp) -> Result<()> {
        let gone = self.inner.expired(1000, now).await?;
        self.kept.lock().pending.extend(gone);
        Ok(())
    }
}

#[async_trait]
impl PresenceStore for Wrong {
    async fn acquire(&self, lease: &Lease, ttl: Duration, now: Timestamp) -> Result<bool> {
        let (lease, ttl) = (&self.lease(lease), self.ttl(ttl));
        let user = &lease.user_id;
        let mut was = None;
        match self.bug {
            Bug::LooksBeforeItAcquires => {
                was = Some(self.is_online(user).await?);
                pause().await;
            }
            Bug::TellsWhoCameBack => self.note_gone(now).await?,
            Bug::RunsOutWithoutAWord => drop(self.inner.expired(1000, now).await?),
            _ => {}
        }
        let came = self.inner.acquire(lease, ttl, now).await?;
        if came {
            self.kept.lock().came.insert(user.clone(), now);
        }
        Ok(match self.bug {
            Bug::EachDeviceIsFirst => true,
            Bug::TellsOnlyOnce => came && !self.kept.lock().gone.contains(user),
            _ => was.map_or(came, |was| !was),
        })
    }

    async fn release(&self, lease: &Lease, now: Timestamp) -> Result<bool> {
        let lease = &self.lease(lease);
        if self.bug == Bug::TellsReleasedToo {
            self.note_gone(now).await?;
        }
        let went = self.inner.release(lease, now).await?;
        match self.bug {
            Bug::EachReleaseIsLast => Ok(true),
            Bug::LooksAfterItReleased => {
                pause().await;
                Ok(!self.is_online(&lease.user_id).await?)
            }
            Bug::TellsReleasedToo => {
                let kept = self.kept.lock();
                Ok(went || kept.pending.iter().any(|p| p.user_id == lease.user_id))
            }
            _ => Ok(went),
        }
    }

    async fn refresh(
        &self,
        leases: &[Lease],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Vec<UserId>> {
        let mut leases: Vec<Lease> = leases.iter().map(|l| self.lease(l)).collect();
        match self.bug {
            Bug::RefreshesNothing => leases.clear(),
            Bug::RefreshesWhatIsThere => {
                let users: Vec<UserId> = leases.iter().map(|l| l.user_id.clone()).collect();
                let there = self.inner.presence(&users).await?;
                let mut there = there.into_iter().map(|p| p.online);
                leases.retain(|_| there.next() == Some(true));
            }
            _ => {}
        }
        let came = self.inner.refresh(&leases, self.ttl(ttl), now).await?;
        if self.bug == Bug::RefreshTellsAll {
            return Ok(leases.into_iter().map(|l| l.user_id).collect());
        }
        Ok(came)
    }

    async fn presence(&self, users: &[UserId]) -> Result<Vec<Presence>> {
        let mut found = self.inner.presence(users).await?;
        for presence in &mut found {
            if self.bug == Bug::SeenNever {
                presence.last_seen_at = None;
            }
        }
        if self.bug == Bug::SortsUsers {
            found.sort_by(|a, b| a.user_id.cmp(&b.user_id));
        }
        Ok(found)
    }

    async fn expired(&self, limit: usize, now: Timestamp) -> Result<Vec<Presence>> {
        let mut gone = self.inner.expired(limit, now).await?;
        let mut kept = self.kept.lock();
        kept.gone.extend(gone.iter().map(|p| p.user_id.clone()));
        for presence in &mut gone {
            if self.bug == Bug::SeenWhenTheyCame {
                presence.last_seen_at = kept.came.get(&presence.user_id).copied();
            }
        }
        if self.bug == Bug::TellsEachHandle {
            kept.told.append(&mut gone);
            let mut told = self.told.lock();
            gone = kept.told.iter().skip(*told).take(limit).cloned().collect();
            *told += gone.len();
        }
        let room = limit.saturating_sub(gone.len()).min(kept.pending.len());
        gone.extend(kept.pending.drain(..room));
        Ok(gone)
    }
}

mutants! {
    presence;
    wrong {
        takes_each_device_for_the_first: Bug::EachDeviceIsFirst,
            "one_of_many_devices_is_the_first", "PresenceStore contract 1 (first lease)";
        looks_before_it_acquires: Bug::LooksBeforeItAcquires,
            "one_of_many_devices_is_the_first", "PresenceStore contract 1 (first lease)";
        ignores_case: Bug::IgnoresCase,
            "a_release_of_no_lease_is_no_edge", "PresenceStore contract 1 (first lease)";
        looks_after_it_released: Bug::LooksAfterItReleased,
            "one_of_many_devices_is_the_last", "PresenceStore contract 2 (last lease)";
        takes_each_release_for_the_last: Bug::EachReleaseIsLast,
            "a_release_of_no_lease_is_no_edge", "PresenceStore contract 2 (last lease)";
        never_lets_a_lease_run_out: Bug::NeverRunsOut,
            "a_lease_runs_out", "PresenceStore contract 3 (leases run out)";
        refreshes_nothing: Bug::RefreshesNothing,
            "a_refresh_keeps_a_lease", "PresenceStore contract 5 (refresh)";
        refreshes_only_what_is_there: Bug::RefreshesWhatIsThere,
            "a_refresh_brings_back_what_is_missing", "PresenceStore contract 5 (refresh)";
        tells_of_all_who_are_refreshed: Bug::RefreshTellsAll,
            "one_of_many_refreshes_brings_a_user_back", "PresenceStore contract 5 (refresh)";
        tells_each_handle: Bug::TellsEachHandle,
            "whose_leases_ran_out_is_told_once", "PresenceStore contract 4 (told once)";
        tells_of_who_came_back: Bug::TellsWhoCameBack,
            "who_came_back_in_time_is_not_told_of", "PresenceStore contract 7 (no overlap)";
        tells_of_nobody_twice: Bug::TellsOnlyOnce,
            "whoever_was_told_of_may_come_again", "PresenceStore contract 4 (told once)";
        tells_of_the_released_too: Bug::TellsReleasedToo,
            "a_release_of_a_lease_that_ran_out_is_told_once",
            "PresenceStore contract 4 (told once)";
        overlaps_at_once: Bug::LooksBeforeItAcquires,
            "edges_never_overlap", "PresenceStore contract 7 (no overlap)";
        forgets_to_tell: Bug::RunsOutWithoutAWord,
            "edges_never_overlap_when_leases_run_out", "PresenceStore contract 7 (no overlap)";
        never_saw_anybody: Bug::SeenNever,
            "last_seen_is_the_last_release", "PresenceStore contract 6 (last seen)";
        saw_them_when_they_came: Bug::SeenWhenTheyCame,
            "last_seen_is_about_the_last_refresh", "PresenceStore contract 6 (last seen)";
        answers_by_user: Bug::SortsUsers,
            "presence_is_in_the_order_asked", "PresenceStore::presence";
    }
}
