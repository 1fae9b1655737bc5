use std::time::Duration;

use bytes::Bytes;
use chat_core::backend::{Arrival, Arrivals, Broker, Publication, Topic};
use chat_redis::RedisBroker;
use futures::StreamExt;
use tokio::time::timeout;

/// The timeout for expected events.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Ear(Arrivals);

impl Ear {
    pub(crate) fn new(broker: &RedisBroker) -> Self {
        Self(broker.arrivals())
    }

    pub(crate) async fn next(&mut self) -> Arrival {
        timeout(PATIENCE, self.0.next())
            .await
            .expect("no arrival in time")
            .expect("the stream has ended")
    }

    /// Waits for `Lost` and skips other arrivals.
    pub(crate) async fn lost(&mut self) {
        self.until(|arrival| matches!(arrival, Arrival::Lost)).await;
    }

    /// Waits for `Interrupted` and skips other arrivals.
    pub(crate) async fn interrupted(&mut self) {
        self.until(|arrival| matches!(arrival, Arrival::Interrupted))
            .await;
    }

    /// Waits for the next payload on a topic. Panics if the link is lost before.
    pub(crate) async fn payload(&mut self, on: &Topic) -> Bytes {
        loop {
            match self.next().await {
                Arrival::Payload { topic, payload } if topic == *on => return payload,
                Arrival::Payload { .. } => {}
                other => panic!("{other:?} arrived instead of a payload on {on}"),
            }
        }
    }

    async fn until(&mut self, so: impl Fn(&Arrival) -> bool) {
        while !so(&self.next().await) {}
    }
}

pub(crate) fn room(id: impl AsRef<str>) -> Topic {
    Topic::Room(id.as_ref().parse().unwrap())
}

pub(crate) fn rooms(count: usize) -> Vec<Topic> {
    (0..count).map(|n| room(format!("room-{n}"))).collect()
}

pub(crate) fn publication(topics: &[Topic], payload: impl Into<Bytes>) -> Publication {
    Publication {
        topics: topics.into(),
        payload: payload.into(),
    }
}

/// Publishes to each topic with one broker, and waits until all payloads have arrived at another.
pub(crate) async fn heard(from: &RedisBroker, ear: &mut Ear, topics: &[Topic], payload: &str) {
    let batch = vec![publication(topics, payload.to_owned())];
    from.publish(batch).await.unwrap();
    let mut missing: std::collections::BTreeSet<&Topic> = topics.iter().collect();
    while !missing.is_empty() {
        match ear.next().await {
            Arrival::Payload { topic, payload: p } if p == payload => {
                assert!(missing.remove(&topic), "{topic} arrived twice");
            }
            Arrival::Payload { .. } => {}
            other => panic!(
                "{other:?} arrived, and {} topics are missing",
                missing.len()
            ),
        }
    }
}

pub(crate) async fn eventually<T>(mut attempt: impl AsyncFnMut() -> chat_core::Result<T>) -> T {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        match attempt().await {
            Ok(value) => return value,
            Err(e) => assert!(
                tokio::time::Instant::now() < deadline,
                "no success in time: {e:?}"
            ),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
