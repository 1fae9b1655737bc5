//! `OCCUPANCY`: the number of users in a large room, instead of individual presence.
//!
//! Nodes exchange the numbers of their users in a room and add up recent ones. A user connected to
//! two nodes counts twice, because exchanging names would cost what this saves.

use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::config::ms;
use super::link::Link;
use super::room::{Op, Room};
use super::{Frame, Inner};
use crate::protocol::Event;
use crate::random::HashMap;
use crate::{NodeId, Result};

/// Counts expire after this many reporting periods.
const PERIODS: u32 = 3;
const ROOMS_BATCH: usize = 16;

#[derive(Debug, Default)]
struct Shares(HashMap<NodeId, (Instant, u64)>);

impl Shares {
    fn note(&mut self, node: NodeId, online: u64, now: Instant) {
        if online == 0 {
            self.0.remove(&node);
        } else {
            self.0.insert(node, (now, online));
        }
    }

    /// Sums the counts younger than `max_age` and drops the others.
    fn sum(&mut self, now: Instant, max_age: Duration) -> u64 {
        self.0
            .retain(|_, (at, _)| now.duration_since(*at) < max_age);
        self.0.values().map(|(_, online)| online).sum()
    }
}

/// The count last sent to this node's connections.
#[derive(Debug)]
struct Told {
    online: u64,
    members: u64,
    frame: Arc<Frame>,
}

#[derive(Debug, Default)]
struct State {
    others: Shares,
    told: Option<Told>,
}

#[derive(Debug, Default)]
pub(crate) struct Occupancy(Mutex<State>);

impl Occupancy {
    pub(crate) fn note(&self, node: NodeId, online: u64) {
        self.0.lock().others.note(node, online, Instant::now());
    }

    fn online(&self, here: u64, max_age: Duration) -> u64 {
        here + self.0.lock().others.sum(Instant::now(), max_age)
    }

    fn frame(&self) -> Option<Arc<Frame>> {
        let state = self.0.lock();
        state.told.as_ref().map(|told| Arc::clone(&told.frame))
    }

    fn is_told(&self) -> bool {
        self.0.lock().told.is_some()
    }

    fn end(&self) -> bool {
        self.0.lock().told.take().is_some()
    }
}

impl Inner {
    /// Counts large rooms and sends changes. Runs until the engine is gone.
    pub(crate) async fn tell_occupancies(engine: Weak<Self>) {
        loop {
            let Some(strong) = engine.upgrade() else {
                return;
            };
            let every = ms(strong.config.occupancy_ms);
            drop(strong);
            if every.is_zero() {
                return;
            }
            tokio::time::sleep(every / 2).await;
            let Some(engine) = engine.upgrade() else {
                return;
            };
            engine.count_rooms(every / 2).await;
        }
    }

    /// Counts the rooms that may be large, spread over `within`.
    async fn count_rooms(self: &Arc<Self>, within: Duration) {
        let mut rooms = self.active.all();
        rooms.retain(|room| {
            let heard = room.subscriber_count() > 0 && self.may_be_large(room);
            heard || room.occupancy.is_told()
        });
        let started = Instant::now();
        let batches = rooms.len().div_ceil(ROOMS_BATCH).max(1);
        let batches = u32::try_from(batches).unwrap_or(u32::MAX);
        for (n, batch) in (1..).zip(rooms.chunks(ROOMS_BATCH)) {
            futures::future::join_all(batch.iter().map(|room| self.count_room(room))).await;
            tokio::time::sleep_until(started + within / batches * n).await;
        }
        tokio::time::sleep_until(started + within).await;
    }

    fn may_be_large(&self, room: &Room) -> bool {
        room.cache.may_have_more(self.config.presence_max as u64)
    }

    async fn count_room(self: &Arc<Self>, room: &Arc<Room>) {
        if let Err(error) = self.tell_occupancy(room).await {
            tracing::debug!(room = %room.id, %error, "cannot count the users of a room");
        }
    }

    /// Publishes this node's count, and sends the total to connections if it changed.
    async fn tell_occupancy(self: &Arc<Self>, room: &Arc<Room>) -> Result<()> {
        let here = room.user_count(|user| self.hub.hash(user));
        let members = self.room_info(room).await?.member_count;
        if here == 0 || members <= self.config.presence_max as u64 {
            self.leave_occupancy(room);
            return Ok(());
        }
        self.publish_occupancy(&room.id, here);
        let online = self.occupancy(room, here, members);
        let mut state = room.occupancy.0.lock();
        let told = state.told.as_ref();
        if told.is_some_and(|told| (told.online, told.members) == (online, members)) {
            return Ok(());
        }
        let event = Event::Occupancy {
            room_id: &room.id,
            online,
            members,
        };
        let frame = Arc::new(Frame::ephemeral(event.encode()));
        state.told = Some(Told {
            online,
            members,
            frame: Arc::clone(&frame),
        });
        // Submit under the lock, so that outboxes end with the latest count.
        room.submit([Op::Ephemeral {
            frame,
            from: None,
            echo: true,
        }]);
        Ok(())
    }

    fn occupancy(&self, room: &Room, here: u64, members: u64) -> u64 {
        let max_age = ms(self.config.occupancy_ms) * PERIODS;
        room.occupancy.online(here, max_age).min(members)
    }

    /// The current number of users in a room, unless counting is off.
    pub(crate) fn occupancy_now(&self, room: &Room, members: u64) -> Option<u64> {
        if self.config.occupancy_ms == 0 {
            return None;
        }
        let here = room.user_count(|user| self.hub.hash(user));
        Some(self.occupancy(room, here, members))
    }

    fn leave_occupancy(&self, room: &Room) {
        if room.occupancy.end() {
            self.publish_occupancy(&room.id, 0);
        }
    }

    /// Retracts this node's counts on shutdown, since its users reconnect elsewhere.
    pub(crate) fn leave_occupancies(&self) {
        for room in self.active.all() {
            self.leave_occupancy(&room);
        }
    }

    /// Sends the count to a connection that joins a large room. The first join starts the counting.
    pub(crate) async fn occupancy_for(self: &Arc<Self>, link: &Link, room: &Arc<Room>) {
        if self.config.occupancy_ms == 0 || !self.may_be_large(room) {
            return;
        }
        match room.occupancy.frame() {
            Some(frame) => link.push(&frame),
            None => self.count_room(room).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGE: Duration = Duration::from_secs(15);

    #[test]
    fn shares_age_away_and_end() {
        let (one, other) = (NodeId::random(), NodeId::random());
        let start = Instant::now();
        let mut shares = Shares::default();
        shares.note(one, 3, start);
        shares.note(other, 4, start + AGE / 2);
        assert_eq!(shares.sum(start + AGE / 2, AGE), 7);
        shares.note(other, 5, start + AGE / 2);
        assert_eq!(
            shares.sum(start + AGE / 2, AGE),
            8,
            "replaces the last count"
        );
        assert_eq!(
            shares.sum(start + AGE, AGE),
            5,
            "the first count has expired"
        );
        shares.note(other, 0, start + AGE);
        assert_eq!(shares.sum(start + AGE, AGE), 0);
        assert!(shares.0.is_empty(), "empty counts are removed");
    }
}
