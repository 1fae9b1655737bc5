use std::sync::Arc;

use futures::StreamExt;

use super::{Cluster, Hint, hint};
use crate::NodeId;
use crate::backend::{Arrival, Arrivals, Topic};

/// Applies the hints of other nodes.
pub(crate) trait Receiver: Send + Sync + 'static {
    /// Applies a hint that arrived under a topic. Must not block.
    fn receive(&self, topic: &Topic, origin: NodeId, hint: Hint);
}

/// Hands arrivals from the broker to a receiver.
pub(crate) async fn listen<R: Receiver>(
    cluster: Arc<Cluster>,
    receiver: R,
    mut arrivals: Arrivals,
) {
    while let Some(arrival) = arrivals.next().await {
        match arrival {
            Arrival::Payload { topic, payload } => {
                for encoded in hint::unpack(payload) {
                    let Some((origin, hint)) = Hint::decode(encoded) else {
                        metrics::counter!("chat_hints_malformed_total").increment(1);
                        continue;
                    };
                    // This node has already applied its own hints.
                    if origin != cluster.node_id {
                        metrics::counter!("chat_hints_received_total").increment(1);
                        receiver.receive(&topic, origin, hint);
                    }
                }
            }
            Arrival::Lost => cluster.health.set_lost(true),
            Arrival::Interrupted => {
                metrics::counter!("chat_broker_interruptions_total").increment(1);
                tracing::warn!("broker interrupted; comparing heads");
                cluster.health.interrupted();
            }
        }
    }
}
