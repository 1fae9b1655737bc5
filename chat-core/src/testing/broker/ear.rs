//! Helpers for the checks of a broker.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::StreamExt;
use parking_lot::Mutex;

use super::{DELIVERY, PUBLISH};
use crate::backend::{Arrival, Broker, Publication, Topic};
use crate::testing::Cluster;
use crate::testing::check::{Must, Point, broken, ensure, eventually};
use crate::testing::ids::room;
use crate::testing::tasks::Tasks;

pub(super) type Node = Arc<dyn Broker>;

/// How long a check watches for an arrival that must not happen.
pub(super) const SETTLE: Duration = Duration::from_millis(200);

pub(super) fn topic(id: impl AsRef<str>) -> Topic {
    Topic::Room(room(id))
}

pub(super) fn publication(topic: &Topic, payload: impl Into<Bytes>) -> Publication {
    Publication {
        topics: [topic.clone()].into(),
        payload: payload.into(),
    }
}

/// Returns the first two handles; the suite needs at least two.
pub(super) fn two(cluster: &Cluster<dyn Broker>) -> [Node; 2] {
    assert!(
        cluster.nodes().len() > 1,
        "the Broker suite needs at least two handles: one publishes, the other subscribes"
    );
    [cluster.node(0), cluster.node(1)]
}

/// Collects the arrivals of a handle.
#[derive(Debug)]
pub(super) struct Ear {
    heard: Arc<Mutex<Vec<Arrival>>>,
    _task: Tasks<()>,
}

impl Ear {
    pub(super) fn new(node: &Node) -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let mut arrivals = node.arrivals();
        let mut task = Tasks::new();
        let keep = Arc::clone(&heard);
        task.spawn(async move {
            while let Some(arrival) = arrivals.next().await {
                keep.lock().push(arrival);
            }
        });
        Self { heard, _task: task }
    }

    /// The payloads that arrived on a topic, in order.
    pub(super) fn payloads(&self, of: &Topic) -> Vec<Bytes> {
        let heard = self.heard.lock();
        heard
            .iter()
            .filter_map(|arrival| match arrival {
                Arrival::Payload { topic, payload } if topic == of => Some(payload.clone()),
                _ => None,
            })
            .collect()
    }

    fn times(&self, of: impl Fn(&Arrival) -> bool) -> usize {
        self.heard.lock().iter().filter(|a| of(a)).count()
    }

    pub(super) fn count(&self) -> usize {
        self.times(|a| matches!(a, Arrival::Payload { .. }))
    }

    pub(super) fn interruptions(&self) -> usize {
        self.times(|a| matches!(a, Arrival::Interrupted))
    }

    pub(super) fn losses(&self) -> usize {
        self.times(|a| matches!(a, Arrival::Lost))
    }

    /// Waits for a condition. Returns `false` if patience runs out first.
    pub(super) async fn until(&self, patience: Duration, heard: impl Fn(&Self) -> bool) -> bool {
        let ask = || async { heard(self).then_some(()) };
        eventually(patience, ask).await.is_some()
    }
}

pub(super) async fn publish(node: &Node, batch: Vec<Publication>, point: Point) {
    node.publish(batch).await.must(point, "publish");
}

/// Publishes a new payload until it arrives. It may be lost only if `Interrupted` reports it; then
/// it is published again.
pub(super) async fn deliver(
    from: &Node,
    to: &Ear,
    topic: &Topic,
    payload: &str,
    patience: Duration,
    point: Point,
) {
    let start = Instant::now();
    loop {
        let before = to.interruptions();
        publish(from, vec![publication(topic, payload.to_owned())], PUBLISH).await;
        let arrived = |ear: &Ear| ear.payloads(topic).iter().any(|p| p == payload);
        to.until(patience, |ear| arrived(ear) || ear.interruptions() > before)
            .await;
        if arrived(to) {
            return;
        }
        ensure!(
            point,
            to.interruptions() > before,
            "{payload:?} was published to {topic}, but neither it nor Interrupted arrived within \
             {patience:?}"
        );
        if start.elapsed() > patience {
            broken(
                DELIVERY,
                format_args!("only interruptions arrived for {patience:?}"),
            );
        }
    }
}
