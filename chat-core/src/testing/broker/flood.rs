use bytes::Bytes;
use futures::StreamExt;

use super::BOUNDED;
use super::ear::{Ear, deliver, publication, topic, two};
use crate::backend::{Arrival, Broker};
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::tasks::Tasks;

const BATCHES: usize = 200;
const BATCH: usize = 100;
const BYTES: usize = 1024;

/// Publishes 20 MB to a handle that does not read its stream. Once it reads, it must receive
/// everything or learn of a loss.
pub(super) async fn a_receiver_that_does_not_listen_holds_up_nobody(cluster: Cluster<dyn Broker>) {
    let [from, deaf] = two(&cluster);
    let mut arrivals = deaf.arrivals();
    let (flooded, calm) = (topic("flooded"), topic("calm"));
    let patience = cluster.patience();
    deaf.subscribe(vec![flooded.clone()])
        .await
        .must(BOUNDED, "subscribe");
    // Other handles receive another topic all the while. With only two handles, the publisher's own
    // stream is the unread one.
    let other = (cluster.nodes().len() > 2).then(|| cluster.node(2));
    let ear = other.as_ref().map(Ear::new);
    if let Some(other) = &other {
        other
            .subscribe(vec![calm.clone()])
            .await
            .must(BOUNDED, "subscribe");
    }
    let payload = Bytes::from(vec![b'x'; BYTES]);
    for n in 0..BATCHES {
        let batch = (0..BATCH)
            .map(|_| publication(&flooded, payload.clone()))
            .collect();
        let Ok(published) = tokio::time::timeout(patience, from.publish(batch)).await else {
            ensure!(
                BOUNDED,
                false,
                "after {n} batches, publish blocks on a receiver that does not read"
            );
            return;
        };
        published.must(BOUNDED, "publish");
        if let (0, Some(ear)) = (n % 20, &ear) {
            let payload = format!("calm {n}");
            deliver(&from, ear, &calm, &payload, patience, BOUNDED).await;
        }
    }
    let mut tasks = Tasks::new();
    tasks.spawn(async move {
        let mut count = 0;
        loop {
            match tokio::time::timeout(patience, arrivals.next()).await {
                Ok(Some(Arrival::Payload { .. })) => count += 1,
                Ok(Some(Arrival::Interrupted)) => break,
                Ok(Some(Arrival::Lost)) => {}
                Ok(None) | Err(_) => {
                    ensure!(
                        BOUNDED,
                        false,
                        "{count} of {} publications arrived, without Interrupted",
                        BATCHES * BATCH
                    );
                }
            }
            if count == BATCHES * BATCH {
                break;
            }
        }
    });
    tasks.join().await;
}
