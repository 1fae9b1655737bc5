//! What is done now and then: comparing heads with the log, looking whether those who hear a room
//! are still members, forgetting idle rooms.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::Inner;
use super::config::ms;
use super::room::{Op, Room};
use crate::model::Membership;

const HEADS_BATCH: usize = 200;
const MEMBERS_BATCH: usize = 500;
/// Rooms whose members are checked side by side.
const ROOMS_BATCH: usize = 16;

impl Inner {
    /// Compares the heads of the active rooms with the log: about once a minute, at once when the
    /// broker's link was interrupted, every second while it is lost. Runs until the engine is gone.
    pub(crate) async fn compare_heads(engine: Weak<Self>) {
        loop {
            let Some(strong) = engine.upgrade() else {
                return;
            };
            let every = if strong.is_degraded() {
                ms(strong.config.degraded_poll_ms)
            } else {
                ms(strong.config.anti_entropy_ms)
            };
            let compare = Arc::clone(&strong.compare);
            drop(strong);
            let asked = tokio::time::timeout(every, compare.notified())
                .await
                .is_ok();
            let Some(engine) = engine.upgrade() else {
                return;
            };
            let pace = if asked || engine.is_degraded() {
                Duration::ZERO
            } else {
                every / 2
            };
            engine.compare_all(pace).await;
        }
    }

    async fn compare_all(self: &Arc<Self>, pace: Duration) {
        let rooms = self.active.all();
        let batches = rooms.len().div_ceil(HEADS_BATCH).max(1);
        let pause = pace / u32::try_from(batches).unwrap_or(u32::MAX);
        for batch in rooms.chunks(HEADS_BATCH) {
            let ids: Vec<_> = batch.iter().map(|r| r.id.clone()).collect();
            match self.log.heads(&ids).await {
                Ok(heads) => {
                    for head in heads {
                        let Some(room) = batch.iter().find(|r| r.id == head.room_id) else {
                            continue;
                        };
                        if head.epoch != room.epoch {
                            self.active.discard(room);
                        } else if head.head > room.delivered() {
                            metrics::counter!("chat_heads_behind_total").increment(1);
                            room.submit([Op::Known { head: head.head }]);
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "cannot compare heads"),
            }
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
        }
    }

    /// Looks whether the users who hear a room are still members: bounds the delay when the hint of
    /// a removal was lost. Runs until the engine is gone.
    pub(crate) async fn check_members(engine: Weak<Self>) {
        loop {
            let Some(strong) = engine.upgrade() else {
                return;
            };
            let every = ms(strong.config.membership_max_age_ms);
            drop(strong);
            tokio::time::sleep(every / 2).await;
            let Some(engine) = engine.upgrade() else {
                return;
            };
            engine.check_rooms(every / 2).await;
        }
    }

    /// Checks all rooms, spread over a time by the clock rather than by pauses, which would add up.
    async fn check_rooms(&self, within: Duration) {
        // Kept for as long as the renewal of leases compares with it.
        let age = self
            .config
            .membership_max_age_ms
            .max(self.config.presence_ttl_ms);
        self.user_cache.prune(ms(age));
        let rooms = self.active.all();
        let started = Instant::now();
        let batches = u32::try_from(rooms.len().div_ceil(ROOMS_BATCH)).unwrap_or(u32::MAX);
        for (n, batch) in (1..).zip(rooms.chunks(ROOMS_BATCH)) {
            futures::future::join_all(batch.iter().map(|room| self.check_room(room))).await;
            tokio::time::sleep_until(started + within / batches * n).await;
        }
    }

    async fn check_room(&self, room: &Arc<Room>) {
        room.cache.prune(ms(self.config.membership_max_age_ms));
        if room.subscriber_count() == 0 {
            return;
        }
        if let Err(error) = self.check_users(room).await {
            tracing::warn!(room = %room.id, %error, "cannot check who is a member");
        }
    }

    async fn check_users(&self, room: &Arc<Room>) -> crate::Result<()> {
        for users in room.users().chunks(MEMBERS_BATCH) {
            let generation = room.cache.generation();
            let memberships = self.rooms.memberships(&room.id, users).await?;
            for (user, membership) in users.iter().zip(memberships) {
                room.cache
                    .put_membership(generation, user, membership.as_ref());
                if !matches!(membership, Some(Membership::Member(_))) {
                    self.cut_off(&room.id, user, "removed");
                }
            }
        }
        Ok(())
    }

    /// Forgets rooms that nobody uses. Runs until the engine is gone.
    pub(crate) async fn sweep_rooms(engine: Weak<Self>) {
        loop {
            let Some(strong) = engine.upgrade() else {
                return;
            };
            let every = ms(strong.config.room_idle_ms) / 2;
            drop(strong);
            tokio::time::sleep(every).await;
            let Some(engine) = engine.upgrade() else {
                return;
            };
            let active = engine.active.sweep();
            #[allow(clippy::cast_precision_loss, reason = "a gauge is a double")]
            metrics::gauge!("chat_rooms_active").set(active as f64);
        }
    }
}
