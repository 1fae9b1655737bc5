//! The conformance suites can fail: backends that are broken on purpose, each with the check that
//! finds it and the point of the contract that it names.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use chat_core::testing::{Check, Cluster, run_check};

mod broker;
mod limits;
mod log;
mod messages;
mod presence;
mod rooms;
mod textbook;

/// Runs a check against a broken backend, and expects it to fail with this point.
fn caught<B, F, Fut>(checks: &[Check<B>], check: &str, point: &str, build: F)
where
    B: ?Sized,
    F: FnOnce(usize) -> Fut,
    Fut: Future<Output = Cluster<B>>,
{
    let run = catch_unwind(AssertUnwindSafe(|| run_check(checks, check, build)));
    let Err(panic) = run else {
        panic!("{check} finds nothing wrong");
    };
    let told = panic.downcast::<String>().expect("a message");
    assert!(
        told.starts_with(&format!("{point}: ")),
        "{check} blames something else than {point}: {told}"
    );
}

/// Time to think, in which others get in between.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// A test for each broken backend: its bug, the check that finds it, and the point it names.
macro_rules! mutants {
    ($suite:ident, $build:ident; $($test:ident: $bug:expr, $check:literal, $point:literal;)*) => {
        $(
            #[test]
            fn $test() {
                crate::caught(
                    &chat_core::testing::$suite::checks(),
                    $check,
                    $point,
                    |nodes| $build(nodes, $bug),
                );
            }
        )*
    };
}
use mutants;
