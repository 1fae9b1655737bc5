//! Turns hints, which may arrive early, late, twice or never, into an ordered stream without gaps
//! or duplicates. Pure: time and input are arguments.

use std::collections::BTreeMap;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Offered<E> {
    /// It was already delivered or held.
    Duplicate,
    Deliver(Vec<(u64, E)>),
    Held,
    /// The buffer is full; the gap must be read now.
    Full,
}

#[derive(Debug)]
pub(crate) struct Sequencer<E> {
    delivered: u64,
    early: BTreeMap<u64, E>,
    /// The highest known position.
    known: u64,
    /// `true` while a read has not reached the head: see [`repaired`](Self::repaired).
    partial: bool,
    max_early: usize,
}

impl<E> Sequencer<E> {
    /// Starts after `head`. Earlier events are read from the log.
    pub(crate) const fn new(head: u64, max_early: usize) -> Self {
        Self {
            delivered: head,
            early: BTreeMap::new(),
            known: head,
            partial: false,
            max_early,
        }
    }

    /// The position through which everything was delivered.
    pub(crate) const fn delivered(&self) -> u64 {
        self.delivered
    }

    pub(crate) const fn known(&self) -> u64 {
        self.known
    }

    /// Ends a read of the log to its head. `known` is the known position when the read began: if it
    /// has not risen since, positions beyond the head do not exist.
    pub(crate) fn settle(&mut self, known: u64) {
        if self.known == known && self.has_gap() {
            self.known = self.delivered;
            self.early.clear();
        }
    }

    /// Returns `true` if known positions are missing.
    pub(crate) const fn has_gap(&self) -> bool {
        self.known > self.delivered
    }

    pub(crate) fn offer(&mut self, rev: u64, event: E) -> Offered<E> {
        if rev <= self.delivered || self.early.contains_key(&rev) {
            return Offered::Duplicate;
        }
        self.known = self.known.max(rev);
        if self.partial || rev != self.delivered + 1 {
            if self.early.len() >= self.max_early {
                return Offered::Full;
            }
            self.early.insert(rev, event);
            return Offered::Held;
        }
        self.delivered = rev;
        let mut ready = vec![(rev, event)];
        self.drain_early(&mut ready);
        Offered::Deliver(ready)
    }

    /// Raises the known head. Returns `true` if something is missing.
    pub(crate) fn note_head(&mut self, head: u64) -> bool {
        self.known = self.known.max(head);
        self.has_gap()
    }

    /// Applies a read of the log from [`delivered`](Self::delivered) or earlier: `events` by
    /// ascending position, without gaps up to `through`. Returns the events that come next.
    ///
    /// Events stay held until a read is `complete`: a held event may change a message that is not
    /// read yet, because the position of its creation was superseded by a later one.
    pub(crate) fn repaired(
        &mut self,
        events: Vec<(u64, E)>,
        through: u64,
        complete: bool,
    ) -> Vec<(u64, E)> {
        let after = self.delivered;
        let was_partial = std::mem::replace(&mut self.partial, !complete);
        if through <= after {
            let mut ready = Vec::new();
            if complete && was_partial {
                self.drain_early(&mut ready);
            }
            return ready;
        }
        // Positions beyond `through` may have unread predecessors.
        let mut ready: Vec<_> = events
            .into_iter()
            .filter(|(rev, _)| *rev > after && *rev <= through)
            .collect();
        self.delivered = through;
        self.known = self.known.max(through);
        self.early = self.early.split_off(&(through + 1));
        if complete {
            self.drain_early(&mut ready);
        }
        ready
    }

    fn drain_early(&mut self, ready: &mut Vec<(u64, E)>) {
        while let Some(event) = self.early.remove(&(self.delivered + 1)) {
            self.delivered += 1;
            ready.push((self.delivered, event));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn in_order_early_and_twice() {
        let mut s = Sequencer::new(0, 8);
        assert_eq!(s.offer(1, 'a'), Offered::Deliver(vec![(1, 'a')]));
        assert_eq!(s.offer(1, 'a'), Offered::Duplicate);
        assert_eq!(s.offer(3, 'c'), Offered::Held);
        assert_eq!(s.offer(3, 'c'), Offered::Duplicate);
        assert!(s.has_gap());
        assert_eq!(s.offer(2, 'b'), Offered::Deliver(vec![(2, 'b'), (3, 'c')]));
        assert!(!s.has_gap());
    }

    #[test]
    fn a_gap_is_read_and_superseded_positions_are_skipped() {
        let mut s = Sequencer::new(10, 8);
        assert_eq!(s.offer(15, 'e'), Offered::Held);
        // 11 and 12 were superseded by 13; 16 was written during the read.
        assert_eq!(
            s.repaired(vec![(13, 'c'), (14, 'd'), (16, 'f')], 14, true),
            vec![(13, 'c'), (14, 'd'), (15, 'e')]
        );
        assert_eq!(s.delivered(), 15);
        assert_eq!(s.repaired(vec![(13, 'c')], 14, true), vec![]);
    }

    #[test]
    fn events_are_held_until_the_log_is_read_to_its_head() {
        let mut s = Sequencer::new(0, 8);
        assert_eq!(s.offer(9, 'i'), Offered::Held);
        // The first page of the log ends here; 1 was superseded by 4.
        assert_eq!(s.repaired(vec![(2, 'b')], 2, false), vec![(2, 'b')]);
        assert_eq!(s.offer(3, 'c'), Offered::Held);
        assert_eq!(s.offer(4, 'x'), Offered::Held);
        let last = vec![(3, 'c'), (4, 'd'), (8, 'h')];
        let ready = vec![(3, 'c'), (4, 'd'), (8, 'h'), (9, 'i')];
        assert_eq!(s.repaired(last, 8, true), ready);
        assert_eq!(s.offer(10, 'j'), Offered::Deliver(vec![(10, 'j')]));
    }

    #[test]
    fn a_full_buffer_asks_for_the_log_and_remembers_that_something_is_missing() {
        let mut s = Sequencer::new(0, 1);
        assert_eq!(s.offer(5, 'e'), Offered::Held);
        assert_eq!(s.offer(6, 'f'), Offered::Full);
        assert_eq!(
            s.repaired(vec![(4, 'd')], 4, true),
            vec![(4, 'd'), (5, 'e')]
        );
        assert!(s.has_gap(), "6 is still missing");
        assert!(s.note_head(6));
    }

    #[test]
    fn a_position_that_the_log_does_not_have_is_forgotten() {
        let mut s = Sequencer::new(3, 8);
        assert_eq!(s.offer(9, 'z'), Offered::Held);
        let known = s.known();
        assert_eq!(s.repaired(vec![(4, 'd')], 4, true), vec![(4, 'd')]);
        s.settle(known);
        assert!(!s.has_gap());
        // A position learned during the read survives.
        s.offer(9, 'z');
        let known = s.known();
        s.offer(10, 'y');
        s.settle(known);
        assert!(s.has_gap());
    }

    proptest! {
        /// With any order, loss and repetition of hints and any timing of reads, the output ascends
        /// strictly and includes all of the log up to `delivered`.
        #[test]
        fn the_log_comes_out(
            head in 1u64..60,
            superseded in prop::collection::btree_set(1u64..60, 0..10),
            hints in prop::collection::vec((1u64..60, 0u8..6), 0..150),
            max_early in 1usize..8,
        ) {
            let exists = |p: u64| !superseded.contains(&p) || p == head;
            let log = |after: u64| {
                (after + 1..=head).filter(|p| exists(*p)).map(|p| (p, p)).collect::<Vec<_>>()
            };
            let mut s = Sequencer::new(0, max_early);
            let mut out = Vec::new();
            for (rev, action) in hints {
                if action == 0 {
                    let events = log(s.delivered());
                    out.extend(s.repaired(events, head, true));
                } else if rev <= head
                    && let Offered::Deliver(events) = s.offer(rev, rev)
                {
                    out.extend(events);
                }
                prop_assert!(s.delivered() <= head);
            }
            let events = log(s.delivered());
            out.extend(s.repaired(events, head, true));
            let revs: Vec<_> = out.iter().map(|(r, _)| *r).collect();
            prop_assert!(revs.windows(2).all(|w| w[0] < w[1]), "{revs:?}");
            for p in (1..=head).filter(|p| exists(*p)) {
                prop_assert!(revs.contains(&p), "{p} is missing in {revs:?}");
            }
            prop_assert_eq!(s.delivered(), head);
        }
    }
}
