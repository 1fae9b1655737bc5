//! Deduplication of concurrent work.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use parking_lot::Mutex;

use crate::random::HashMap;
use crate::{Error, Result};

type Outcome<V> = Result<Arc<V>, Arc<Error>>;
type Flight<V> = Shared<BoxFuture<'static, Outcome<V>>>;

/// Work in flight, by key. It runs in its own task: waiters do not depend on the connection of the
/// first caller, which may be slow or gone. Results are not kept.
pub(crate) struct SingleFlight<K, V>(Mutex<HashMap<K, WeakShared<BoxFuture<'static, Outcome<V>>>>>);

impl<K, V> SingleFlight<K, V>
where
    K: Eq + Hash + Clone,
    V: Send + Sync + 'static,
{
    /// Waits for the work under this key, and starts it if needed. A failure is returned only to
    /// the caller that started the work; the others start it again.
    pub(crate) async fn get<F>(&self, key: &K, work: impl Fn() -> F) -> Result<Arc<V>>
    where
        F: Future<Output = Result<Arc<V>>> + Send + 'static,
    {
        loop {
            let (flight, started) = self.join_or_start(key, &work);
            match flight.await {
                Err(error) if started => return Err(error.duplicate()),
                Err(_) => {}
                Ok(value) => return Ok(value),
            }
        }
    }

    /// Returns the work in flight, and `true` if this call started it.
    fn join_or_start<F>(&self, key: &K, work: impl Fn() -> F) -> (Flight<V>, bool)
    where
        F: Future<Output = Result<Arc<V>>> + Send + 'static,
    {
        let mut flights = self.0.lock();
        let under_way = flights.get(key).and_then(WeakShared::upgrade);
        // A waiter that was not polled yet may keep a stale result alive.
        if let Some(flight) = under_way.filter(|flight| flight.peek().is_none()) {
            return (flight, false);
        }
        flights.retain(|_, flight| flight.upgrade().is_some());
        let task = tokio::spawn(work());
        let outcome = async move {
            let done = task.await.map_err(Error::internal);
            done.and_then(|done| done).map_err(Arc::new)
        };
        let flight = outcome.boxed().shared();
        flights.extend(flight.downgrade().map(|weak| (key.clone(), weak)));
        (flight, true)
    }
}

impl<K, V> Default for SingleFlight<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K, V> fmt::Debug for SingleFlight<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleFlight").finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Poll;
    use std::time::Duration;

    use super::*;

    #[derive(Default)]
    struct Reads(SingleFlight<u8, usize>, Arc<AtomicUsize>);

    impl Reads {
        /// Returns the number of reads after a second. The first `failures` reads fail.
        async fn get(&self, failures: usize) -> Result<Arc<usize>> {
            let work = || {
                let reads = Arc::clone(&self.1);
                async move {
                    let read = reads.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    if read < failures {
                        return Err(Error::unavailable("down"));
                    }
                    Ok(Arc::new(read))
                }
            };
            self.0.get(&7, work).await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn callers_at_the_same_time_share_the_work() {
        let reads = Reads::default();
        let (one, other) = tokio::join!(reads.get(0), reads.get(0));
        assert!(Arc::ptr_eq(&one.unwrap(), &other.unwrap()));
        assert_eq!(*reads.get(0).await.unwrap(), 1, "results are not kept");
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_is_not_polled_holds_up_nobody() {
        let reads = Reads::default();
        let mut stalled = pin!(reads.get(0));
        let started = poll_fn(|cx| Poll::Ready(stalled.as_mut().poll(cx)));
        assert!(started.await.is_pending());
        assert_eq!(*reads.get(0).await.unwrap(), 0);
        assert_eq!(*reads.get(0).await.unwrap(), 1, "the result is stale");
    }

    #[tokio::test(start_paused = true)]
    async fn the_work_goes_on_without_the_caller_that_started_it() {
        let reads = Reads::default();
        {
            let mut gone = pin!(reads.get(0));
            let started = poll_fn(|cx| Poll::Ready(gone.as_mut().poll(cx)));
            assert!(started.await.is_pending());
        }
        assert_eq!(reads.1.load(Ordering::Relaxed), 0);
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(reads.1.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_for_the_caller_that_started() {
        let reads = Reads::default();
        let (one, other) = tokio::join!(reads.get(1), reads.get(1));
        assert!(one.is_err());
        assert_eq!(*other.unwrap(), 1);
    }
}
