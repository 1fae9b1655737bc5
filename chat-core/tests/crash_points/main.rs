//! Interrupts every operation at each of its store calls.
//!
//! Each operation is repeated with its first, second, … n-th store call failing before or after it
//! takes effect, being slow, or hanging, until it makes no more calls to interrupt. The caller
//! either waits or drops its future. Then it retries the operation. In the end everything must look
//! as if the operation had happened once: the stored state, the events that others received, and
//! the permissions. New steps of an operation are covered without a new test.
//!
//! | file | content |
//! |---|---|
//! | `world` | two nodes over shared stores, and listening clients |
//! | `operations` | the operations under test |
//! | `picture` | the stored state, events and permissions, without values that vary between runs |

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod operations;
mod picture;
mod world;

use std::pin::pin;
use std::time::Duration;

use chat_core::testing::faulty::Trip;

use operations::{OPERATIONS, Operation};
use picture::Picture;
use world::World;

/// Longer than any store timeout and all retries.
const SETTLED: Duration = Duration::from_secs(40);

/// The caller's behavior when the fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Waits,
    Goes,
}

/// Runs an operation with a fault and retries it, as its caller would. Returns the final picture,
/// or `None` if the operation made too few calls for the fault to strike.
async fn broken(operation: &Operation, at: usize, trip: Trip, caller: Caller) -> Option<Picture> {
    let mut world = World::new().await;
    (operation.prepare)(&world).await.expect(operation.name);
    world.settle(SETTLED).await;
    world.forget_events().await;
    world.faults.trip(at, trip);
    {
        let mut run = pin!((operation.run)(&world));
        tokio::select! {
            biased;
            _ = world.faults.wait_for_trip(), if caller == Caller::Goes => {}
            _ = &mut run => {}
        }
    }
    world.settle(SETTLED).await;
    world.faults.tripped()?;
    let _ = (operation.run)(&world).await;
    world.settle(SETTLED).await;
    Some(Picture::of(&mut world).await)
}

async fn unbroken(operation: &Operation) -> Picture {
    let mut world = World::new().await;
    (operation.prepare)(&world).await.expect(operation.name);
    world.settle(SETTLED).await;
    world.forget_events().await;
    (operation.run)(&world).await.expect(operation.name);
    world.settle(SETTLED).await;
    Picture::of(&mut world).await
}

/// Interrupts an operation at every call. Returns the number of runs and the first difference.
async fn check(operation: &Operation) -> (usize, Option<String>) {
    let expected = unbroken(operation).await;
    let mut broken_runs = 0;
    for trip in Trip::all(Duration::from_millis(500)) {
        for caller in [Caller::Waits, Caller::Goes] {
            for at in 0.. {
                let Some(picture) = broken(operation, at, trip, caller).await else {
                    break;
                };
                broken_runs += 1;
                let difference = expected.difference(&picture);
                if !difference.is_empty() {
                    let name = operation.name;
                    let at =
                        format!("{name} interrupted at call {at} by {trip:?}, caller {caller:?}");
                    return (broken_runs, Some(format!("{at}:\n{difference}")));
                }
            }
        }
    }
    (broken_runs, None)
}

fn run(operations: &[&Operation]) {
    let mut differences = String::new();
    for operation in operations {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let (broken_runs, difference) = runtime.block_on(check(operation));
        assert!(broken_runs > 0, "{} was never interrupted", operation.name);
        differences.extend(difference);
    }
    assert!(differences.is_empty(), "{differences}");
}

/// Splits the operations into tests that run in parallel.
macro_rules! tests {
    ($($name:ident: $part:literal;)*) => {
        const PARTS: usize = [$($part),*].len();
        $(#[test]
        fn $name() {
            let part: Vec<_> = OPERATIONS.iter().skip($part).step_by(PARTS).collect();
            run(&part);
        })*
    };
}

tests! {
    operations_survive_faults_part_1: 0;
    operations_survive_faults_part_2: 1;
    operations_survive_faults_part_3: 2;
    operations_survive_faults_part_4: 3;
}
