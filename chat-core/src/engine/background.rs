//! Background tasks, which run until the engine is gone.

use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;

/// Runs `work` again and again, after a pause each time.
pub(crate) async fn every<W>(pause: impl Fn() -> Duration, work: impl Fn() -> W)
where
    W: Future<Output = ()>,
{
    loop {
        tokio::time::sleep(pause()).await;
        work().await;
    }
}

/// Works on items in batches, spread evenly over `within` by the clock, since pauses would add up.
pub(crate) async fn spread<T, W>(
    items: Vec<T>,
    batch: usize,
    within: Duration,
    work: impl Fn(Vec<T>) -> W,
) where
    W: Future<Output = ()>,
{
    let started = Instant::now();
    let batches = u32::try_from(items.len().div_ceil(batch)).unwrap_or(u32::MAX);
    let mut items = items.into_iter();
    for n in 1..=batches {
        work(items.by_ref().take(batch).collect()).await;
        tokio::time::sleep_until(started + within / batches * n).await;
    }
}

/// Spreads the pauses of many nodes over time: returns between half and one and a half of a pause.
pub(crate) fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + fastrand::f64())
}

/// The background tasks of an engine, which end when this is dropped.
#[derive(Debug, Default)]
pub(crate) struct Background(parking_lot::Mutex<Vec<AbortHandle>>);

impl Background {
    pub(crate) fn add(&self, tasks: impl IntoIterator<Item = AbortHandle>) {
        self.0.lock().extend(tasks);
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.add([tokio::spawn(task).abort_handle()]);
    }

    pub(crate) fn end(&self) {
        for task in self.0.lock().drain(..) {
            task.abort();
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.end();
    }
}
