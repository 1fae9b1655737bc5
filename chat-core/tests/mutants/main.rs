//! Proves that the conformance suites can fail. Each broken backend comes with the check that
//! detects it and the contract point that the check names.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use chat_core::testing::{Check, Cluster, run_check};
use chat_core::{Clock, SystemClock, Timestamp};

mod broker;
mod limits;
mod messages;
mod moderation;
mod presence;
mod rooms;
mod textbook;
mod users;

/// Runs a check against a broken backend and expects it to fail with this point.
fn caught<B, F, Fut>(checks: &[Check<B>], check: &str, point: &str, build: F)
where
    B: ?Sized,
    F: FnOnce(usize) -> Fut,
    Fut: Future<Output = Cluster<B>>,
{
    let run = catch_unwind(AssertUnwindSafe(|| run_check(checks, check, build)));
    let Err(panic) = run else {
        panic!("{check} passes");
    };
    let told = panic.downcast::<String>().expect("a message");
    assert!(
        told.starts_with(&format!("{point}: ")),
        "{check} reports another point than {point}: {told}"
    );
}

/// The patience of a check that waits for something the mutant never does.
const PATIENCE: Duration = Duration::from_secs(2);

/// Yields for long enough to let other tasks interleave.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

fn now() -> Timestamp {
    SystemClock.now()
}

/// Generates a test per broken backend from its bug, the check that detects it and the point it
/// names. One more test verifies that every check of the suite has a mutant.
macro_rules! mutants {
    ($suite:ident; $($build:ident { $($test:ident: $bug:expr, $check:literal, $point:literal;)* })*) => {
        $($(
            #[test]
            fn $test() {
                crate::caught(
                    &chat_core::testing::$suite::checks(),
                    $check,
                    $point,
                    |nodes| $build(nodes, $bug),
                );
            }
        )*)*

        #[test]
        fn every_check_can_fail() {
            let shown = [$($($check),*),*];
            for check in chat_core::testing::$suite::checks() {
                let name = check.name();
                assert!(shown.contains(&name), "no mutant fails {name}");
            }
        }
    };
}
use mutants;
