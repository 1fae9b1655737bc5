use std::time::{Duration, Instant, SystemTime};

/// Microseconds since 1970.
pub(crate) fn unix_micros() -> u64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// A time that processes of one machine share: the system's clock, read once, then counted on
/// steadily, so that a correction of the system's clock in mid-run does not show up as latency.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    unix_micros: u64,
    at: Instant,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self {
            unix_micros: unix_micros(),
            at: Instant::now(),
        }
    }

    pub(crate) fn now(&self) -> u64 {
        let since = u64::try_from(self.at.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.unix_micros.saturating_add(since)
    }

    /// When the clock shows this.
    pub(crate) fn instant(&self, unix_micros: u64) -> Instant {
        self.at + Duration::from_micros(unix_micros.saturating_sub(self.unix_micros))
    }
}
