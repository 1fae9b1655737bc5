use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// How long heads are polled after a failed call to the broker.
const SUSPECT_MS: u64 = 10_000;

/// The health of the connection to the broker. Hints may be lost while it is degraded.
#[derive(Debug)]
pub(crate) struct Health {
    lost: AtomicBool,
    /// The time until which the broker is suspect after a failed call, in ms since `started`.
    suspect_until: AtomicU64,
    started: Instant,
    compare: Notify,
}

impl Health {
    pub(crate) fn new() -> Self {
        Self {
            lost: AtomicBool::new(false),
            suspect_until: AtomicU64::new(0),
            started: Instant::now(),
            compare: Notify::new(),
        }
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Records whether the connection to the broker is lost.
    pub(crate) fn set_lost(&self, lost: bool) {
        self.lost.store(lost, Ordering::Relaxed);
        metrics::gauge!("chat_broker_connected").set(if lost { 0.0 } else { 1.0 });
        if lost {
            self.compare.notify_one();
        }
    }

    /// Records that the connection is back, after an interruption in which hints were lost.
    pub(crate) fn interrupted(&self) {
        self.set_lost(false);
        self.compare.notify_one();
    }

    /// Records a failed call to the broker.
    pub(crate) fn suspect(&self) {
        let until = self.elapsed_ms().saturating_add(SUSPECT_MS);
        self.suspect_until.store(until, Ordering::Relaxed);
        self.compare.notify_one();
    }

    pub(crate) fn is_degraded(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
            || self.elapsed_ms() < self.suspect_until.load(Ordering::Relaxed)
    }

    /// Waits until heads should be compared at once, for `timeout` at most. Returns `true` if so.
    pub(crate) async fn degraded(&self, timeout: Duration) -> bool {
        tokio::time::timeout(timeout, self.compare.notified())
            .await
            .is_ok()
    }
}
