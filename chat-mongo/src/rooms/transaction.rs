use std::time::Duration;

use chat_core::{Error, Result};
use mongodb::ClientSession;
use mongodb::error::{TRANSIENT_TRANSACTION_ERROR, UNKNOWN_TRANSACTION_COMMIT_RESULT};
use mongodb::options::{Acknowledgment, ReadConcern, WriteConcern};
use tokio::time::Instant;

use crate::error::Failure;
use crate::store::Inner;

/// Two that collide wait for a random time up to this.
const JITTER: Duration = Duration::from_millis(8);

/// Why the steps of a transaction came to nothing: it is aborted.
#[derive(Debug)]
pub(super) enum Stop {
    /// The answer for the caller.
    Refused(Error),
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(e: Failure) -> Self {
        Self::Failed(e)
    }
}

impl From<Error> for Stop {
    fn from(e: Error) -> Self {
        Self::Refused(e)
    }
}

/// A transaction that is tried until it is through, it is refused or time is up.
///
/// ```text
/// let mut tx = self.transaction().await?;
/// loop {
///     tx.begin().await?;
///     let steps = self.steps(&mut tx.session).await;
///     if let Some(done) = tx.end(self, steps).await? {
///         return Ok(done);
///     }
/// }
/// ```
pub(super) struct Transaction {
    pub(super) session: ClientSession,
    deadline: Instant,
}

fn has(e: &Failure, label: &str) -> bool {
    matches!(e, Failure::Driver(e) if e.contains_label(label))
}

impl Inner {
    pub(super) async fn transaction(&self) -> Result<Transaction, Failure> {
        Ok(Transaction {
            session: self.within(self.db.client().start_session()).await?,
            deadline: Instant::now() + self.options.timeout,
        })
    }
}

impl Transaction {
    pub(super) async fn begin(&mut self, inner: &Inner) -> Result<(), Failure> {
        let majority = WriteConcern::builder()
            .w(Acknowledgment::Majority)
            .journal(true)
            .build();
        let start = self
            .session
            .start_transaction()
            .read_concern(ReadConcern::snapshot())
            .write_concern(majority)
            .max_commit_time(inner.options.timeout);
        inner.within(start).await
    }

    /// Commits what was done, or aborts. `None`: another one was in the way, and it is to be tried
    /// again.
    pub(super) async fn end<T>(
        &mut self,
        inner: &Inner,
        steps: Result<T, Stop>,
    ) -> Result<Option<T>> {
        let failure = match steps {
            Ok(done) => match self.commit(inner).await {
                Ok(()) => return Ok(Some(done)),
                Err(e) => e,
            },
            Err(stop) => {
                // What is not committed is never there, whether or not this arrives.
                let _ = inner.within(self.session.abort_transaction()).await;
                match stop {
                    Stop::Refused(e) => return Err(e),
                    Stop::Failed(e) => e,
                }
            }
        };
        if !has(&failure, TRANSIENT_TRANSACTION_ERROR) || Instant::now() >= self.deadline {
            return Err(failure.into());
        }
        tokio::time::sleep(JITTER.mul_f64(fastrand::f64())).await;
        Ok(None)
    }

    async fn commit(&mut self, inner: &Inner) -> Result<(), Failure> {
        loop {
            match inner.within(self.session.commit_transaction()).await {
                // A commit may be asked for again, until it is known how it went.
                Err(e)
                    if (has(&e, UNKNOWN_TRANSACTION_COMMIT_RESULT)
                        || matches!(e, Failure::TimedOut(_)))
                        && Instant::now() < self.deadline => {}
                done => return done,
            }
        }
    }
}
