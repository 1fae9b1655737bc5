use std::time::Duration;

use hdrhistogram::Histogram;

/// The latencies of a number of operations, and their total duration.
pub(crate) struct Figures {
    took: Histogram<u64>,
    within: Duration,
}

impl Figures {
    pub(crate) fn new() -> crate::Result<Self> {
        Ok(Self {
            // Up to a minute, in microseconds.
            took: Histogram::new_with_bounds(1, 60_000_000, 3)?,
            within: Duration::ZERO,
        })
    }

    pub(crate) fn add(&mut self, took: Duration) {
        self.took
            .saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    pub(crate) fn merge(&mut self, other: &Self) -> crate::Result<()> {
        Ok(self.took.add(&other.took)?)
    }

    pub(crate) const fn within(mut self, within: Duration) -> Self {
        self.within = within;
        self
    }

    pub(crate) fn rate(&self) -> f64 {
        self.took.len() as f64 / self.within.as_secs_f64()
    }

    /// In milliseconds.
    pub(crate) fn median(&self) -> f64 {
        self.at(0.5)
    }

    fn at(&self, quantile: f64) -> f64 {
        self.took.value_at_quantile(quantile) as f64 / 1000.0
    }

    pub(crate) fn print(&self, what: &str) {
        println!(
            "{what}: {:.0}/s, p50 {:.2} ms, p99 {:.2} ms",
            self.rate(),
            self.median(),
            self.at(0.99)
        );
    }
}
