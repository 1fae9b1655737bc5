//! Locks and atomics that can be tested under many interleavings: those of `parking_lot`, or with
//! `--cfg shuttle` those of shuttle's scheduler.

#[cfg(not(shuttle))]
pub(crate) use parking_lot::Mutex;
#[cfg(not(shuttle))]
pub(crate) use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(shuttle)]
pub(crate) use shuttle::sync::atomic::{AtomicU64, Ordering};
#[cfg(shuttle)]
pub(crate) use shuttled::Mutex;

#[cfg(shuttle)]
mod shuttled {
    /// A shuttle lock with the interface of `parking_lot`.
    #[derive(Debug, Default)]
    pub(crate) struct Mutex<T>(shuttle::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(shuttle::sync::Mutex::new(value))
        }

        #[allow(clippy::expect_used, reason = "a test ends with the first panic")]
        pub(crate) fn lock(&self) -> shuttle::sync::MutexGuard<'_, T> {
            self.0.lock().expect("no thread has panicked")
        }

        #[allow(clippy::expect_used, reason = "a test ends with the first panic")]
        pub(crate) fn get_mut(&mut self) -> &mut T {
            self.0.get_mut().expect("no thread has panicked")
        }
    }
}
