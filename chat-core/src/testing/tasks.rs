use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinSet;

/// A set of concurrent tasks. A panic in one of them fails the check; dropping the set aborts them.
#[derive(Debug)]
pub(super) struct Tasks<T>(JoinSet<T>);

impl<T: Send + 'static> Tasks<T> {
    pub(super) fn new() -> Self {
        Self(JoinSet::new())
    }

    pub(super) fn spawn(&mut self, task: impl Future<Output = T> + Send + 'static) {
        self.0.spawn(task);
    }

    /// Waits for all tasks and returns their results in completion order.
    pub(super) async fn join(mut self) -> Vec<T> {
        let mut given = Vec::with_capacity(self.0.len());
        while let Some(ended) = self.0.join_next().await {
            match ended.map_err(tokio::task::JoinError::try_into_panic) {
                Ok(value) => given.push(value),
                Err(Ok(panic)) => std::panic::resume_unwind(panic),
                Err(Err(e)) => panic!("a task of the check ended early: {e}"),
            }
        }
        given
    }
}

/// A flag that tells readers that the writers have finished.
#[derive(Debug, Clone, Default)]
pub(super) struct Done(Arc<AtomicBool>);

impl Done {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub(super) fn get(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
