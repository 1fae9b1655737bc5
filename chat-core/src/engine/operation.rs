//! Operations of several steps: each runs to its end, whoever asked for it has gone, and the steps
//! that follow a stored change are repeated until they succeed.

use std::sync::Arc;
use std::time::Duration;

use tracing::Instrument;

use super::Inner;
use crate::{Error, ErrorKind, Result};

/// How often a write is made whose outcome is not known.
const WRITE_ATTEMPTS: u32 = 3;
const BACKOFF: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(10);
/// A step that fails this often is given up; with the waits between, that takes ten minutes.
const ATTEMPTS: u32 = 64;

impl Inner {
    /// Runs an operation in a task of its own and waits for it. Dropping the returned future leaves
    /// the operation running, so that no caller can leave a change made and nobody told.
    pub(crate) async fn to_the_end<T: Send + 'static>(
        self: &Arc<Self>,
        operation: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let underway = self.writing.begin();
        let operation = async move {
            let _underway = underway;
            operation.await
        };
        let task = tokio::spawn(operation.in_current_span());
        task.await.unwrap_or_else(|e| Err(Error::internal(e)))
    }

    /// Makes an idempotent write, and makes it again while its outcome is not known. Returns its answer,
    /// and whether an earlier attempt may have made the change, so that an answer of "nothing changed"
    /// means nothing.
    pub(crate) async fn write_settled<T, F>(&self, write: impl Fn() -> F) -> (Result<T>, bool)
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

    /// Takes a step that a stored change calls for, such as the announcement of a new member. Returns
    /// after the first attempt. Where a store is out of reach, further attempts follow in the
    /// background: the change stands, and nothing else would make up for the step.
    pub(crate) async fn follow_up<F>(
        self: &Arc<Self>,
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
        tracing::warn!(step = name, %error, source = ?std::error::Error::source(&error), "a step is tried again later");
        let (engine, underway) = (Arc::clone(self), self.writing.begin());
        tokio::spawn(async move {
            let _underway = underway;
            let mut wait = BACKOFF;
            for _ in 1..ATTEMPTS {
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(BACKOFF_MAX);
                match step().await {
                    Ok(()) => return,
                    Err(error) if error.is_temporary() && !engine.is_stopped() => {}
                    Err(error) => return give_up(name, &error),
                }
            }
            give_up(name, &error);
        });
    }
}

fn give_up(name: &'static str, error: &Error) {
    metrics::counter!("chat_store_errors_total", "operation" => name).increment(1);
    tracing::error!(step = name, %error, source = ?std::error::Error::source(error), "a step failed for good");
}
