//! `OCCUPANCY`: the number of users in a large room, instead of individual presence.
//!
//! Nodes exchange the numbers of their users in a room and add up recent ones. A user connected to
//! two nodes counts twice, because exchanging names would cost what this saves.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use crate::Result;
use crate::engine::background::{every, spread};
use crate::engine::config::ms;
use crate::engine::fanout::Fanout;
use crate::engine::foundation::Foundation;
use crate::engine::rooms::{ActiveRoom, Link, Op, Rooms};
use crate::engine::users::Hub;
use crate::protocol::Event;

/// Counts expire after this many reporting periods.
const PERIODS: u32 = 3;
const ROOMS_BATCH: usize = 16;

/// Counts the users of large rooms.
#[derive(Debug)]
pub(crate) struct Occupancies {
    /// Zero if counting is off.
    period: Duration,
    presence_max: u64,
    rooms: Arc<Rooms>,
    hub: Arc<Hub>,
    fanout: Arc<Fanout>,
}

impl Occupancies {
    pub(crate) fn new(
        base: &Foundation,
        rooms: &Arc<Rooms>,
        hub: &Arc<Hub>,
        fanout: &Arc<Fanout>,
    ) -> Arc<Self> {
        Arc::new(Self {
            period: ms(base.config.occupancy_ms),
            presence_max: base.config.presence_max as u64,
            rooms: Arc::clone(rooms),
            hub: Arc::clone(hub),
            fanout: Arc::clone(fanout),
        })
    }

    /// Counts large rooms and sends changes, unless counting is off.
    pub(crate) async fn run(self: Arc<Self>) {
        let half = self.period / 2;
        if !half.is_zero() {
            every(|| half, || self.count_rooms(half)).await;
        }
    }

    /// Counts the rooms that may be large, spread over `within`.
    async fn count_rooms(&self, within: Duration) {
        let mut rooms = self.rooms.all();
        rooms.retain(|room| {
            let heard = room.subscriber_count() > 0 && self.may_be_large(room);
            heard || room.occupancy.is_told()
        });
        spread(rooms, ROOMS_BATCH, within, async |rooms| {
            join_all(rooms.iter().map(|room| self.count_room(room))).await;
        })
        .await;
    }

    fn may_be_large(&self, room: &ActiveRoom) -> bool {
        room.cache.may_have_more(self.presence_max)
    }

    async fn count_room(&self, room: &Arc<ActiveRoom>) {
        if let Err(error) = self.tell(room).await {
            tracing::debug!(room = %room.id, %error, "cannot count the users of a room");
        }
    }

    /// Publishes this node's count, and sends the total to connections if it changed.
    async fn tell(&self, room: &Arc<ActiveRoom>) -> Result<()> {
        let here = self.here(room);
        let members = self.rooms.info(room).await?.member_count;
        if here == 0 || members <= self.presence_max {
            self.leave(room);
            return Ok(());
        }
        self.fanout.report_occupancy(&room.id, here);
        let online = self.online(room, here, members);
        let encode = || {
            let event = Event::Occupancy {
                room_id: &room.id,
                online,
                members,
            };
            event.ephemeral_frame()
        };
        room.occupancy.tell(online, members, encode, |frame| {
            let (from, echo) = (None, true);
            room.submit([Op::Ephemeral { frame, from, echo }]);
        });
        Ok(())
    }

    fn here(&self, room: &ActiveRoom) -> u64 {
        room.user_count(|user| self.hub.hash(user))
    }

    fn online(&self, room: &ActiveRoom, here: u64, members: u64) -> u64 {
        let max_age = self.period * PERIODS;
        room.occupancy.online(here, max_age).min(members)
    }

    /// The current number of users in a room, unless counting is off.
    pub(crate) fn now(&self, room: &ActiveRoom, members: u64) -> Option<u64> {
        if self.period.is_zero() {
            return None;
        }
        let here = self.here(room);
        Some(self.online(room, here, members))
    }

    fn leave(&self, room: &ActiveRoom) {
        if room.occupancy.end() {
            self.fanout.report_occupancy(&room.id, 0);
        }
    }

    /// Retracts this node's counts on shutdown, since its users reconnect elsewhere.
    pub(crate) fn leave_all(&self) {
        for room in self.rooms.all() {
            self.leave(&room);
        }
    }

    /// Sends the count to a connection that joins a large room. The first join starts the counting.
    pub(crate) async fn send_to(&self, link: &Link, room: &Arc<ActiveRoom>) {
        if self.period.is_zero() || !self.may_be_large(room) {
            return;
        }
        match room.occupancy.frame() {
            Some(frame) => link.push(&frame),
            None => self.count_room(room).await,
        }
    }
}
