use serde::{Deserialize, Serialize};

use crate::Result;
use crate::args::Mode;
use crate::target::Target;
use crate::token::TokenSource;

/// The maximum number of memberships. Each takes one join.
const MAX_SLOTS: u64 = 4_000_000;
const MAX_MESSAGES: f64 = 100_000_000.0;

/// The plan of a run. Each process computes its own part from it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) mode: Mode,
    pub(crate) target: Target,
    pub(crate) tokens: TokenSource,
    pub(crate) connections: u32,
    pub(crate) processes: u32,
    /// The number of source addresses.
    pub(crate) addresses: u32,
    /// New connections per second, in total.
    pub(crate) connect_rate: u32,
    pub(crate) room_size: u32,
    pub(crate) rooms: u32,
    pub(crate) room_prefix: String,
    pub(crate) senders: u32,
    /// Messages per second, in total.
    pub(crate) rate: f64,
    pub(crate) burst: u32,
    /// Seconds.
    pub(crate) duration: u32,
    /// Characters.
    pub(crate) payload: u32,
    /// Seconds.
    pub(crate) drain: u32,
}

/// One message of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) connection: u32,
    pub(crate) room: u32,
}

impl Plan {
    pub(crate) fn check(&self) -> Result<()> {
        let slots = u64::from(self.rooms) * u64::from(self.room_size);
        if self.room_size > self.connections {
            return Err("--room-size must be at most --connections".into());
        }
        if slots < u64::from(self.connections) {
            return Err("--rooms is too low: some connections would be in no room".into());
        }
        if slots > MAX_SLOTS {
            return Err(format!("rooms times room size must be at most {MAX_SLOTS}").into());
        }
        if self.senders > self.connections {
            return Err("--senders must be at most --connections".into());
        }
        if self.rate * f64::from(self.duration) > MAX_MESSAGES {
            return Err(format!("rate times duration must be at most {MAX_MESSAGES}").into());
        }
        Ok(())
    }

    pub(crate) fn connections_of(&self, process: u32) -> std::ops::Range<u32> {
        let at = |process: u32| {
            let share =
                u64::from(self.connections) * u64::from(process) / u64::from(self.processes);
            u32::try_from(share).unwrap_or(self.connections)
        };
        at(process)..at(process + 1)
    }

    /// Returns the connection that is the `n`th member of a room.
    pub(crate) fn member(&self, room: u32, n: u32) -> u32 {
        let slot = u64::from(room) * u64::from(self.room_size) + u64::from(n);
        u32::try_from(slot % u64::from(self.connections)).unwrap_or_default()
    }

    pub(crate) fn rooms_of(&self, connection: u32) -> Vec<u32> {
        let slots = u64::from(self.rooms) * u64::from(self.room_size);
        (u64::from(connection)..slots)
            .step_by(usize::try_from(self.connections).unwrap_or(usize::MAX))
            .filter_map(|slot| u32::try_from(slot / u64::from(self.room_size)).ok())
            .collect()
    }

    pub(crate) fn room_id(&self, room: u32) -> String {
        format!("{}-{room}", self.room_prefix)
    }

    /// Returns the room for an id from [`Plan::room_id`].
    pub(crate) fn room_of_id(&self, id: &str) -> Option<u32> {
        let number = id.strip_prefix(&self.room_prefix)?.strip_prefix('-')?;
        number.parse().ok().filter(|&room| room < self.rooms)
    }

    pub(crate) fn user(connection: u32) -> String {
        format!("load-{connection}")
    }

    pub(crate) fn messages(&self) -> u64 {
        if self.mode == Mode::Idle {
            return 0;
        }
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "bounded by check"
        )]
        let messages = (self.rate * f64::from(self.duration)).round() as u64;
        messages.max(1)
    }

    /// Returns the sender and room of message `k`. Rooms take turns, and so do the senders in each room.
    pub(crate) fn message(&self, k: u64) -> Planned {
        let rooms = u64::from(self.rooms);
        let senders = match self.mode {
            Mode::Fanout => self.senders,
            Mode::Idle | Mode::Chat => self.room_size,
        };
        let room = u32::try_from(k % rooms).unwrap_or_default();
        let n = u32::try_from(k / rooms % u64::from(senders)).unwrap_or_default();
        Planned {
            connection: self.member(room, n),
            room,
        }
    }

    pub(crate) fn sends(&self, connection: u32) -> bool {
        match self.mode {
            Mode::Idle => false,
            Mode::Fanout => connection < self.senders,
            Mode::Chat => true,
        }
    }

    /// Returns the due time of message `k`, in microseconds from the start.
    pub(crate) fn due_micros(&self, k: u64) -> u64 {
        let burst = u64::from(self.burst);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "at most an hour, and at most 10^8 messages"
        )]
        let micros = ((k / burst * burst) as f64 * 1e6 / self.rate) as u64;
        micros
    }

    /// Returns the expected number of deliveries: each message to all connections in its room.
    pub(crate) fn deliveries(&self) -> u64 {
        self.messages() * u64::from(self.room_size)
    }

    pub(crate) fn describe(&self) -> String {
        let Self {
            connections,
            rooms,
            room_size,
            ..
        } = self;
        let who = format!("{connections} connections, {rooms} room(s) of {room_size}");
        match self.mode {
            Mode::Idle => format!("idle: {who}"),
            Mode::Fanout | Mode::Chat => format!(
                "{}: {who}; {} messages/s in bursts of {} for {} s, {} characters each",
                if self.mode == Mode::Fanout {
                    "fanout"
                } else {
                    "chat"
                },
                self.rate,
                self.burst,
                self.duration,
                self.payload
            ),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use super::*;

    pub(crate) fn plan(connections: u32, rooms: u32, room_size: u32) -> Plan {
        Plan {
            mode: Mode::Chat,
            target: Target::parse("ws://127.0.0.1:1/chat/ws").unwrap(),
            tokens: TokenSource::Server,
            connections,
            processes: 3,
            addresses: 1,
            connect_rate: 1,
            room_size,
            rooms,
            room_prefix: "load-1f".into(),
            senders: 1,
            rate: 100.0,
            burst: 1,
            duration: 10,
            payload: 10,
            drain: 1,
        }
    }

    #[test]
    fn each_connection_is_in_one_process() {
        let plan = plan(100, 10, 10);
        let all: Vec<u32> = (0..3).flat_map(|p| plan.connections_of(p)).collect();
        assert_eq!(all, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn members_and_rooms_agree() {
        for plan in [plan(25, 3, 10), plan(10, 7, 10), plan(7, 5, 3)] {
            plan.check().unwrap();
            let mut by_room = BTreeSet::new();
            for room in 0..plan.rooms {
                for n in 0..plan.room_size {
                    by_room.insert((room, plan.member(room, n)));
                }
            }
            // No connection is in a room twice.
            assert_eq!(by_room.len(), (plan.rooms * plan.room_size) as usize);
            let by_connection: BTreeSet<_> = (0..plan.connections)
                .flat_map(|c| plan.rooms_of(c).into_iter().map(move |room| (room, c)))
                .collect();
            assert_eq!(by_room, by_connection);
        }
    }

    #[test]
    fn senders_are_members() {
        let mut plan = plan(25, 3, 10);
        for k in 0..100 {
            let Planned { connection, room } = plan.message(k);
            assert!(plan.rooms_of(connection).contains(&room));
            assert!(plan.sends(connection));
        }
        plan.mode = Mode::Fanout;
        plan.rooms = 1;
        plan.room_size = 25;
        plan.senders = 2;
        let senders: BTreeSet<_> = (0..100).map(|k| plan.message(k).connection).collect();
        assert_eq!(senders.len(), 2);
        assert!((0..25).all(|c| plan.sends(c) == senders.contains(&c)));
    }

    #[test]
    fn bursts_keep_the_rate() {
        let mut plan = plan(10, 1, 10);
        assert_eq!(plan.messages(), 1_000);
        assert_eq!(
            [0, 1, 100].map(|k| plan.due_micros(k)),
            [0, 10_000, 1_000_000]
        );
        plan.burst = 16;
        assert_eq!(
            [0, 15, 16, 160].map(|k| plan.due_micros(k)),
            [0, 0, 160_000, 1_600_000]
        );
    }

    #[test]
    fn room_ids_can_be_read_back() {
        let plan = plan(100, 10, 10);
        assert_eq!(plan.room_of_id(&plan.room_id(7)), Some(7));
        assert_eq!(plan.room_of_id("load-1f-10"), None);
        assert_eq!(plan.room_of_id("general"), None);
    }
}
