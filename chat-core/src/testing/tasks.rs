use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinSet;

/// Tasks that run at once; a panic in one of them is a panic of the check. Dropping it ends them.
#[derive(Debug)]
pub(super) struct Tasks<T>(JoinSet<T>);

impl<T: Send + 'static> Tasks<T> {
    pub(super) fn new() -> Self {
        Self(JoinSet::new())
    }

    pub(super) fn spawn(&mut self, task: impl Future<Output = T> + Send + 'static) {
        self.0.spawn(task);
    }

    /// Waits for all of them and returns what they gave, in the order in which they ended.
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

/// Tells readers that the writers are done.
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
