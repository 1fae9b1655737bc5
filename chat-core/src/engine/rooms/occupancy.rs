use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::NodeId;
use crate::engine::outbound::Frame;
use crate::random::HashMap;

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

/// The number of users in a large room: this node's share, and those of the other nodes.
#[derive(Debug, Default)]
pub(crate) struct Occupancy(Mutex<State>);

impl Occupancy {
    pub(crate) fn note(&self, node: NodeId, online: u64) {
        self.0.lock().others.note(node, online, Instant::now());
    }

    /// Adds the other nodes' counts of the last `max_age` to this node's.
    pub(crate) fn online(&self, here: u64, max_age: Duration) -> u64 {
        here + self.0.lock().others.sum(Instant::now(), max_age)
    }

    /// Returns the event last sent.
    pub(crate) fn frame(&self) -> Option<Arc<Frame>> {
        let state = self.0.lock();
        state.told.as_ref().map(|told| Arc::clone(&told.frame))
    }

    /// Returns `true` while this node reports its count.
    pub(crate) fn is_told(&self) -> bool {
        self.0.lock().told.is_some()
    }

    /// Sends the event of a count, unless it was the last one sent. Sends under the lock, so that
    /// outboxes end with the latest count.
    pub(crate) fn tell(
        &self,
        online: u64,
        members: u64,
        encode: impl FnOnce() -> Arc<Frame>,
        send: impl FnOnce(Arc<Frame>),
    ) {
        let mut state = self.0.lock();
        let told = state.told.as_ref();
        if told.is_some_and(|told| (told.online, told.members) == (online, members)) {
            return;
        }
        let frame = encode();
        state.told = Some(Told {
            online,
            members,
            frame: Arc::clone(&frame),
        });
        send(frame);
    }

    /// Stops reporting. Returns `true` if this node did.
    pub(crate) fn end(&self) -> bool {
        self.0.lock().told.take().is_some()
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
