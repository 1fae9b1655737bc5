use std::time::{Duration, Instant, SystemTime};

/// Microseconds since 1970.
pub(crate) fn unix_micros() -> u64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// A clock that the processes of one machine share. It reads the system's clock once and then counts
/// monotonically, so that a clock adjustment during a run does not show up as latency.
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

    /// Returns the instant at which the clock shows this time.
    pub(crate) fn instant(&self, unix_micros: u64) -> Instant {
        self.at + Duration::from_micros(unix_micros.saturating_sub(self.unix_micros))
    }
}
