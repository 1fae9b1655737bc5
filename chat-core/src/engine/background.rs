//! Background tasks, which run until the engine is gone.

use std::time::Duration;

use tokio::task::AbortHandle;

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
