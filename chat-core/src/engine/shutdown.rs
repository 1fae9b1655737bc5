//! Graceful shutdown: warns clients, closes connections gradually, and finishes accepted work.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::config::ms;
use super::outbox::Closing;
use super::{Engine, Frame, Inner};
use crate::protocol::{CloseCode, Event};

/// The remaining lifetime of leases after a graceful shutdown, beyond the grace period.
const LEASE_REST: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Default)]
pub(crate) struct Pending(Arc<(AtomicUsize, Notify)>);

#[derive(Debug)]
pub(crate) struct Underway(Pending);

impl Pending {
    pub(crate) fn begin(&self) -> Underway {
        self.0.0.fetch_add(1, Ordering::AcqRel);
        Underway(self.clone())
    }

    pub(crate) async fn finished(&self) {
        loop {
            let changed = self.0.1.notified();
            if self.0.0.load(Ordering::Acquire) == 0 {
                return;
            }
            changed.await;
        }
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        if self.0.0.0.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.0.1.notify_waiters();
        }
    }
}

impl Engine {
    /// Shuts down gracefully: refuses new connections with 1012, sends `GOING_AWAY` with a
    /// reconnect delay, closes connections gradually with 1012 over half of
    /// [`Config::drain_ms`](super::Config::drain_ms), finishes pending writes, and publishes the
    /// last hints. Returns within `drain_ms`. Further calls have no effect.
    pub async fn shutdown(&self) {
        if self.inner.stopped.swap(true, Ordering::AcqRel) {
            return;
        }
        tracing::info!(node = %self.inner.node_id, connections = self.inner.hub.len(), "draining");
        let deadline = Instant::now() + ms(self.inner.config.drain_ms);
        let drained = tokio::time::timeout_at(deadline, self.inner.drain(deadline)).await;
        if drained.is_err() {
            tracing::warn!(connections = self.inner.hub.len(), "drain timed out");
        }
        for task in self.inner.tasks.lock().drain(..) {
            task.abort();
        }
    }
}

impl Inner {
    async fn drain(&self, deadline: Instant) {
        let mut links = Vec::with_capacity(self.hub.len());
        self.hub.for_each(|link| links.push(Arc::clone(link)));
        // Invisible users have no lease, and a refresh would reveal them.
        let visible = links.iter().filter(|l| l.is_seen());
        let leases: Vec<_> = visible.map(|l| l.lease(self.node_id)).collect();

        for link in &links {
            let event = Event::GoingAway {
                reconnect_after_ms: fastrand::u64(0..=self.config.reconnect_spread_ms),
            };
            link.push(&Arc::new(Frame::durable(event.encode())));
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
        self.writing.finished().await;
        self.leave_occupancies();
        while !self.publisher.is_idle() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // Users who do not reconnect to another node by then are reported as offline by one.
        let ttl = ms(self.config.presence_grace_ms) + LEASE_REST;
        if let Err(error) = self.presence.refresh(&leases, ttl, self.clock.now()).await {
            tracing::debug!(%error, "cannot shorten presence leases");
        }
    }
}
