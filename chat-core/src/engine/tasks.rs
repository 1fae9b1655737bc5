//! Multi-step operations. Each completes even if its caller is gone, and steps that follow a stored
//! change are retried until they succeed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tracing::Instrument;

use crate::{Error, ErrorKind, Result};

/// The maximum attempts of a write with an unknown outcome.
const WRITE_ATTEMPTS: u32 = 3;
const BACKOFF: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(10);
/// The maximum attempts of a follow-up step, about ten minutes with backoff.
const ATTEMPTS: u32 = 64;

/// The operations under way on this node. A graceful shutdown waits for them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    stopping: Arc<AtomicBool>,
}

impl Tasks {
    /// Counts an operation as under way until the token is dropped.
    pub(crate) fn begin(&self) -> TaskTrackerToken {
        self.tracker.token()
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Begins the shutdown. Returns `false` if it has begun already.
    pub(crate) fn stop(&self) -> bool {
        !self.stopping.swap(true, Ordering::AcqRel)
    }

    /// Waits until no operation is under way.
    pub(crate) async fn finished(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }

    /// Runs an operation in a task and waits for it. Dropping the returned future does not cancel
    /// the operation, so a stored change is always announced.
    pub(crate) async fn to_the_end<T: Send + 'static>(
        &self,
        operation: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let underway = self.begin();
        let operation = async move {
            let _underway = underway;
            operation.await
        };
        let task = tokio::spawn(operation.in_current_span());
        task.await.unwrap_or_else(|e| Err(Error::internal(e)))
    }

    /// Runs a step that a stored change requires, and returns after the first attempt. Temporary
    /// failures are retried in the background, since nothing else makes up for the step.
    pub(crate) async fn follow_up<F>(
        &self,
        name: &'static str,
        step: impl Fn() -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let Err(error) = step().await else {
            return;
        };
        if !error.is_temporary() {
            give_up(name, &error);
            return;
        }
        tracing::warn!(step = name, %error, source = ?std::error::Error::source(&error), "step failed; retrying");
        let (tasks, underway) = (self.clone(), self.begin());
        tokio::spawn(async move {
            let _underway = underway;
            let mut wait = BACKOFF;
            for _ in 1..ATTEMPTS {
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(BACKOFF_MAX);
                match step().await {
                    Ok(()) => return,
                    Err(error) if error.is_temporary() && !tasks.is_stopping() => {}
                    Err(error) => return give_up(name, &error),
                }
            }
            give_up(name, &error);
        });
    }
}

/// Runs an idempotent write, and retries while its outcome is unknown. Also returns `true` if
/// an earlier attempt may have made the change, in which case "nothing changed" proves nothing.
pub(crate) async fn write_settled<T, F>(write: impl Fn() -> F) -> (Result<T>, bool)
where
    F: Future<Output = Result<T>>,
{
    let mut wait = BACKOFF;
    for attempt in 1..WRITE_ATTEMPTS {
        let answer = write().await;
        let is_unknown =
            |error: &Error| error.kind() == ErrorKind::Unavailable && !error.is_log_replaced();
        if !answer.as_ref().is_err_and(is_unknown) {
            return (answer, attempt > 1);
        }
        tokio::time::sleep(wait).await;
        wait *= 4;
    }
    (write().await, true)
}

fn give_up(name: &'static str, error: &Error) {
    metrics::counter!("chat_store_errors_total", "operation" => name).increment(1);
    tracing::error!(step = name, %error, source = ?std::error::Error::source(error), "step abandoned");
}
