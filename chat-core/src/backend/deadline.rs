use std::sync::Arc;
use std::time::Duration;

use crate::{Error, Result};

/// A store with a timeout for its calls. One that never answers would block its callers for good.
#[derive(Debug)]
pub(crate) struct Deadline<S: ?Sized> {
    pub(crate) store: Arc<S>,
    timeout: Duration,
}

impl<S: ?Sized> Deadline<S> {
    pub(crate) const fn new(store: Arc<S>, timeout: Duration) -> Self {
        Self { store, timeout }
    }

    /// Awaits a call. After a timeout, its outcome is unknown.
    pub(crate) async fn call<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        let ended = tokio::time::timeout(self.timeout, call).await;
        ended.unwrap_or_else(|e| Err(Error::unavailable(e)))
    }

    /// Like [`call`](Self::call), with one result per entry of a batch.
    pub(crate) async fn call_each<T>(
        &self,
        entries: usize,
        call: impl Future<Output = Vec<Result<T>>>,
    ) -> Vec<Result<T>> {
        let ended = tokio::time::timeout(self.timeout, call).await;
        let late = |e: tokio::time::error::Elapsed| {
            (0..entries)
                .map(|_| Err(Error::unavailable(e.to_string())))
                .collect()
        };
        ended.unwrap_or_else(late)
    }
}

/// Implements a store trait for [`Deadline`].
macro_rules! deadline {
    ($trait:ident { $(async fn $name:ident(&self $(, $arg:ident: $ty:ty)* $(,)?) -> $ret:ty;)* }) => {
        #[async_trait::async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<S: $trait + ?Sized> $trait for $crate::backend::deadline::Deadline<S> {
            $(async fn $name(&self $(, $arg: $ty)*) -> $ret {
                $crate::backend::deadline::deadline!(@call self, $name($($arg),*))
            })*
        }
    };
    (@call $self:ident, append($room:ident, $epoch:ident, $batch:ident)) => {
        $self.call_each($batch.len(), $self.store.append($room, $epoch, $batch)).await
    };
    (@call $self:ident, $name:ident($($arg:ident),*)) => {
        $self.call($self.store.$name($($arg),*)).await
    };
}
pub(crate) use deadline;
