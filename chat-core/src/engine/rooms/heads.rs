use std::sync::Arc;
use std::time::Duration;

use super::{ActiveRoom, Op, Rooms};
use crate::engine::background::spread;
use crate::engine::config::ms;
use crate::engine::feed::Input;

const BATCH: usize = 200;

impl Rooms {
    /// Compares the heads of active rooms with the log: periodically, more often while the broker
    /// is lost, and at once after an interruption.
    pub(crate) async fn compare_heads(self: Arc<Self>) {
        let health = self.cluster.health();
        loop {
            let every = if health.is_degraded() {
                ms(self.config.degraded_poll_ms)
            } else {
                ms(self.config.anti_entropy_ms)
            };
            let pace = if health.degraded(every).await || health.is_degraded() {
                Duration::ZERO
            } else {
                every / 2
            };
            spread(self.active.all(), BATCH, pace, async |rooms| {
                self.compare(&rooms).await
            })
            .await;
        }
    }

    async fn compare(&self, batch: &[Arc<ActiveRoom>]) {
        let ids: Vec<_> = batch.iter().map(|r| r.id.clone()).collect();
        let heads = match self.log.heads(&ids).await {
            Ok(heads) => heads,
            Err(error) => {
                tracing::warn!(%error, "cannot compare heads");
                return;
            }
        };
        for head in heads {
            let Some(room) = batch.iter().find(|r| r.id == head.room_id) else {
                continue;
            };
            if head.epoch != room.epoch {
                self.active.discard(room);
            } else if head.head > room.delivered() {
                metrics::counter!("chat_heads_behind_total").increment(1);
                room.submit([Op::Feed(Input::Head(head.head))]);
            }
        }
    }
}
