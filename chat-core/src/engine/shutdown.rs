//! Graceful shutdown: warns clients, closes connections gradually, and finishes accepted work.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::config::ms;
use super::outbound::Closing;
use super::{Engine, Parts};
use crate::protocol::{CloseCode, Event};

impl Engine {
    /// Shuts down gracefully: refuses new connections with 1012, sends `GOING_AWAY` with a
    /// reconnect delay, closes connections gradually with 1012 over half of
    /// [`Config::drain_ms`](super::Config::drain_ms), finishes pending writes, and publishes the
    /// last hints. Returns within `drain_ms`. Further calls have no effect.
    pub async fn shutdown(&self) {
        let parts = &self.parts;
        if !parts.tasks.stop() {
            return;
        }
        tracing::info!(node = %parts.cluster.node_id(), connections = parts.hub.len(), "draining");
        let deadline = Instant::now() + ms(parts.config.drain_ms);
        let drained = tokio::time::timeout_at(deadline, parts.drain(deadline)).await;
        if drained.is_err() {
            tracing::warn!(connections = parts.hub.len(), "drain timed out");
        }
        parts.background.end();
    }
}

impl Parts {
    async fn drain(&self, deadline: Instant) {
        let mut links = Vec::with_capacity(self.hub.len());
        self.hub.for_each(|link| links.push(Arc::clone(link)));
        let leases = self.presence.leases(&links);
        for link in &links {
            let event = Event::GoingAway {
                reconnect_after_ms: fastrand::u64(0..=self.config.reconnect_spread_ms),
            };
            link.push(&event.frame());
        }
        let half = deadline.saturating_duration_since(Instant::now()) / 2;
        let steps = 50.min(links.len().max(1));
        let step = half / u32::try_from(steps).unwrap_or(1);
        for portion in links.chunks(links.len().div_ceil(steps).max(1)) {
            for link in portion {
                link.close(Closing::new(CloseCode::Restart, "restart"));
            }
            if portion.len() > 1 {
                tokio::time::sleep(step).await;
            }
        }
        drop(links);
        while self.hub.len() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.tasks.finished().await;
        self.occupancies.leave_all();
        while !self.cluster.is_idle() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.presence.shorten(&leases).await;
    }
}
