//! What the checks of a broker do all the time.

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

/// How long a check looks whether something arrives that must not.
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

/// The handles, of which there must be two.
pub(super) fn two(cluster: &Cluster<dyn Broker>) -> [Node; 2] {
    assert!(
        cluster.nodes().len() > 1,
        "the suite of Broker needs two handles: what one publishes the other hears"
    );
    [cluster.node(0), cluster.node(1)]
}

/// Listens to a handle and keeps what it heard.
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

    /// The payloads heard on a topic, in order.
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

    /// The number of payloads heard on all topics.
    pub(super) fn count(&self) -> usize {
        self.times(|a| matches!(a, Arrival::Payload { .. }))
    }

    /// How often something may have been lost.
    pub(super) fn interruptions(&self) -> usize {
        self.times(|a| matches!(a, Arrival::Interrupted))
    }

    /// How often the link was.
    pub(super) fn losses(&self) -> usize {
        self.times(|a| matches!(a, Arrival::Lost))
    }

    /// Waits until something was heard. `false` when patience ended before.
    pub(super) async fn until(&self, patience: Duration, heard: impl Fn(&Self) -> bool) -> bool {
        let ask = || async { heard(self).then_some(()) };
        eventually(patience, ask).await.is_some()
    }
}

pub(super) async fn publish(node: &Node, batch: Vec<Publication>, point: Point) {
    node.publish(batch).await.must(point, "publish");
}

/// Publishes a payload that was not heard before until it arrives. It may be lost only where
/// `Interrupted` tells so; then it is published again.
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
            "{payload:?} was published to {topic} and neither it nor Interrupted has arrived in \
             {patience:?}"
        );
        if start.elapsed() > patience {
            broken(
                DELIVERY,
                format_args!("nothing but interruptions for {patience:?}"),
            );
        }
    }
}
