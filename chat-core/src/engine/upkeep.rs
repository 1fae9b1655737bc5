//! Periodic maintenance: rechecks memberships, and drops idle rooms.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use super::Config;
use super::background::{every, spread};
use super::config::ms;
use super::fanout::Fanout;
use super::foundation::Foundation;
use super::rooms::{ActiveRoom, Rooms};
use super::users::Settings;
use crate::backend::RoomStore;
use crate::model::Membership;

const MEMBERS_BATCH: usize = 500;
const ROOMS_BATCH: usize = 16;

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Upkeep {
    config: Arc<Config>,
    store: Arc<dyn RoomStore>,
    rooms: Arc<Rooms>,
    settings: Arc<Settings>,
    fanout: Arc<Fanout>,
}

impl Upkeep {
    pub(crate) fn new(
        base: &Foundation,
        rooms: &Arc<Rooms>,
        settings: &Arc<Settings>,
        fanout: &Arc<Fanout>,
    ) -> Arc<Self> {
        Arc::new(Self {
            config: Arc::clone(&base.config),
            store: Arc::clone(&base.rooms),
            rooms: Arc::clone(rooms),
            settings: Arc::clone(settings),
            fanout: Arc::clone(fanout),
        })
    }

    /// Rechecks the membership of joined users, which bounds the delay after a lost hint of a
    /// removal.
    pub(crate) async fn check_members(self: Arc<Self>) {
        let half = ms(self.config.membership_max_age_ms) / 2;
        every(|| half, || self.check_rooms(half)).await;
    }

    /// Drops idle rooms.
    pub(crate) async fn sweep_rooms(self: Arc<Self>) {
        let half = ms(self.config.room_idle_ms) / 2;
        every(|| half, async || self.rooms.sweep()).await;
    }

    /// Checks all rooms, spread over `within` by the clock, since pauses would add up.
    async fn check_rooms(&self, within: Duration) {
        // Lease refreshes compare with these entries, so keep them that long.
        let age = self
            .config
            .membership_max_age_ms
            .max(self.config.presence_ttl_ms);
        self.settings.prune(ms(age));
        spread(self.rooms.all(), ROOMS_BATCH, within, async |rooms| {
            join_all(rooms.iter().map(|room| self.check_room(room))).await;
        })
        .await;
    }

    async fn check_room(&self, room: &Arc<ActiveRoom>) {
        room.cache.prune(ms(self.config.membership_max_age_ms));
        if room.subscriber_count() == 0 {
            return;
        }
        if let Err(error) = self.check_users(room).await {
            tracing::warn!(room = %room.id, %error, "membership check failed");
        }
    }

    async fn check_users(&self, room: &Arc<ActiveRoom>) -> crate::Result<()> {
        for users in room.users().chunks(MEMBERS_BATCH) {
            let generation = room.cache.generation();
            let memberships = self.store.memberships(&room.id, users).await?;
            for (user, membership) in users.iter().zip(memberships) {
                room.cache
                    .put_membership(generation, user, membership.as_ref());
                if !matches!(membership, Some(Membership::Member(_))) {
                    self.fanout.cut_off(&room.id, user, "removed");
                }
            }
        }
        Ok(())
    }
}
