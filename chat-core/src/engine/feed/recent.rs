use std::collections::VecDeque;
use std::sync::Arc;

use super::RoomEvent;

/// The latest events of a room, which save joins and resumes near the head a read of the log. Pure.
#[derive(Debug)]
pub(crate) struct Recent {
    events: VecDeque<Arc<RoomEvent>>,
    /// All events after this position are buffered.
    since: u64,
    bytes: usize,
    max_events: usize,
    max_bytes: usize,
}

impl Recent {
    pub(crate) const fn new(head: u64, max_events: usize, max_bytes: usize) -> Self {
        Self {
            events: VecDeque::new(),
            since: head,
            bytes: 0,
            max_events,
            max_bytes,
        }
    }

    pub(crate) fn push(&mut self, event: &Arc<RoomEvent>) {
        self.bytes += event.frame.payload().len();
        self.events.push_back(Arc::clone(event));
        while (self.events.len() > self.max_events || self.bytes > self.max_bytes)
            && let Some(event) = self.events.pop_front()
        {
            self.bytes -= event.frame.payload().len();
            self.since = event.rev;
        }
    }

    /// Returns the events after a position, or `None` if some are no longer buffered.
    pub(crate) fn after(
        &self,
        position: u64,
    ) -> Option<impl Iterator<Item = &Arc<RoomEvent>> + Clone> {
        (position >= self.since).then(|| {
            let start = self.events.partition_point(|event| event.rev <= position);
            self.events.iter().skip(start)
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::RoomId;
    use crate::engine::outbound::Frame;

    fn event(rev: u64, payload: Vec<u8>) -> Arc<RoomEvent> {
        let frame = Arc::new(Frame::durable(Bytes::from(payload)));
        let room = RoomId::new("room").unwrap();
        Arc::new(RoomEvent::new(room, (rev, rev), None, false, frame))
    }

    fn after(recent: &Recent, position: u64) -> Option<Vec<u8>> {
        recent
            .after(position)
            .map(|events| events.map(|e| e.frame.payload()[0]).collect())
    }

    #[test]
    fn keeps_the_latest_and_says_when_it_cannot_tell() {
        let mut recent = Recent::new(10, 3, 1_000);
        assert_eq!(after(&recent, 10), Some(vec![]));
        assert_eq!(after(&recent, 9), None);
        // 12 was superseded.
        for rev in [11u8, 13, 14, 15] {
            recent.push(&event(rev.into(), vec![rev]));
        }
        assert_eq!(after(&recent, 10), None);
        assert_eq!(after(&recent, 11), Some(vec![13, 14, 15]));
        assert_eq!(after(&recent, 12), Some(vec![13, 14, 15]));
        assert_eq!(after(&recent, 15), Some(vec![]));
        assert_eq!(after(&recent, 99), Some(vec![]));
    }

    #[test]
    fn is_bounded_in_bytes() {
        let mut recent = Recent::new(0, 100, 10);
        for rev in 1..=5 {
            recent.push(&event(rev, vec![0; 4]));
        }
        assert_eq!(recent.after(3).unwrap().count(), 2);
        assert!(recent.after(2).is_none());
    }
}
