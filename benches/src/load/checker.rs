//! Detects lost, duplicate and reordered deliveries. The positions of a room's log have no gaps, so a
//! connection that joined at position n must receive n+1, n+2 and so on, once each.

use std::collections::HashMap;

/// The deliveries from one room to one connection.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) room: u32,
    /// The highest position that arrived. `None` before the join.
    last: Option<u64>,
    /// Missing positions below `last`, as inclusive ranges.
    missing: Vec<(u64, u64)>,
    /// `true` if the connection has ended and expects no more deliveries.
    pub(crate) closed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// Above all earlier positions, possibly after a gap.
    New,
    /// A position that arrived before.
    Duplicate,
    /// A late position from a gap.
    OutOfOrder,
}

impl View {
    pub(crate) const fn new(room: u32) -> Self {
        Self {
            room,
            last: None,
            missing: Vec::new(),
            closed: false,
        }
    }

    /// Notes that the connection joined with the log at this head.
    pub(crate) fn join(&mut self, head: u64) {
        self.last.get_or_insert(head);
    }

    pub(crate) fn arrive(&mut self, position: u64) -> Arrival {
        let last = *self.last.get_or_insert(position.saturating_sub(1));
        if position > last {
            if position > last + 1 {
                self.missing.push((last + 1, position - 1));
            }
            self.last = Some(position);
            return Arrival::New;
        }
        let gap = self
            .missing
            .iter()
            .position(|(from, to)| (*from..=*to).contains(&position));
        let Some(gap) = gap else {
            return Arrival::Duplicate;
        };
        let (from, to) = self.missing.swap_remove(gap);
        let around = [(from, position.saturating_sub(1)), (position + 1, to)];
        self.missing
            .extend(around.into_iter().filter(|(from, to)| from <= to));
        Arrival::OutOfOrder
    }

    /// Returns the number of positions up to `head` that have not arrived.
    pub(crate) fn lacks(&self, head: u64) -> u64 {
        if self.closed {
            return 0;
        }
        let gaps: u64 = self.missing.iter().map(|(from, to)| to - from + 1).sum();
        let tail = self.last.map_or(0, |last| head.saturating_sub(last));
        gaps + tail
    }
}

/// The message at each position, as seen by one process. All connections must see the same.
#[derive(Debug, Default)]
pub(crate) struct Log {
    at: HashMap<(u32, u64), u64>,
    position_of: HashMap<u64, u64>,
    heads: HashMap<u32, u64>,
    /// The number of times that a position held another message than before.
    pub(crate) disagreements: u64,
    /// The number of times that a message had another position than before.
    pub(crate) stored_twice: u64,
}

impl Log {
    /// Records message `k` of the plan at a position of a room.
    pub(crate) fn record(&mut self, room: u32, position: u64, k: u64) {
        self.reach(room, position);
        if *self.at.entry((room, position)).or_insert(k) != k {
            self.disagreements += 1;
        }
        if *self.position_of.entry(k).or_insert(position) != position {
            self.stored_twice += 1;
        }
    }

    /// Records that a room's log has reached a position.
    pub(crate) fn reach(&mut self, room: u32, position: u64) {
        let head = self.heads.entry(room).or_default();
        *head = position.max(*head);
    }

    pub(crate) const fn heads(&self) -> &HashMap<u32, u64> {
        &self.heads
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(head: u64, arrivals: &[u64]) -> (View, Vec<Arrival>) {
        let mut view = View::new(0);
        view.join(head);
        let seen = arrivals.iter().map(|&p| view.arrive(p)).collect();
        (view, seen)
    }

    #[test]
    fn all_in_order() {
        let (view, seen) = view(7, &[8, 9, 10]);
        assert_eq!(seen, [Arrival::New; 3]);
        assert_eq!(view.lacks(10), 0);
    }

    #[test]
    fn a_gap_is_a_loss_until_it_is_filled_and_then_a_disorder() {
        let (mut view, seen) = view(0, &[1, 5]);
        assert_eq!(seen, [Arrival::New; 2]);
        assert_eq!(view.lacks(5), 3);
        assert_eq!(view.arrive(3), Arrival::OutOfOrder);
        assert_eq!(view.lacks(5), 2);
        assert_eq!(view.arrive(3), Arrival::Duplicate);
        assert_eq!(view.arrive(2), Arrival::OutOfOrder);
        assert_eq!(view.arrive(4), Arrival::OutOfOrder);
        assert_eq!(view.lacks(5), 0);
        assert_eq!(view.arrive(6), Arrival::New);
    }

    #[test]
    fn what_came_before_the_join_is_a_duplicate() {
        let (view, seen) = view(7, &[7, 8, 8]);
        assert_eq!(seen, [Arrival::Duplicate, Arrival::New, Arrival::Duplicate]);
        assert_eq!(view.lacks(8), 0);
    }

    #[test]
    fn the_end_counts() {
        let (mut view, _) = view(0, &[1, 2]);
        assert_eq!(view.lacks(5), 3);
        view.closed = true;
        assert_eq!(view.lacks(5), 0);
        assert_eq!(View::new(0).lacks(5), 0, "never joined");
    }

    #[test]
    fn positions_hold_one_message_and_messages_have_one_position() {
        let mut log = Log::default();
        log.record(1, 1, 100);
        log.record(1, 1, 100);
        log.record(2, 1, 101);
        assert_eq!((log.disagreements, log.stored_twice), (0, 0));
        log.record(1, 1, 102);
        assert_eq!((log.disagreements, log.stored_twice), (1, 0));
        log.record(1, 2, 100);
        assert_eq!((log.disagreements, log.stored_twice), (1, 1));
        assert_eq!(log.heads()[&1], 2);
    }
}
