//! Every operation, broken at each of its calls to a store.
//!
//! A run counts nothing by hand: each operation is repeated with the first, the second, … n-th call
//! failing before or after it took effect, being slow, or never answering, until the operation makes
//! no more calls. The caller's future is dropped there, or waits. Then the operation is tried again,
//! as its caller would. In the end everything has to be as if it had happened once: what is stored, the
//! events that the others heard, and who can read what. So a step that an operation gains is covered
//! without a new test.
//!
//! | file | content |
//! |---|---|
//! | `world` | two nodes over shared stores, and the clients that listen |
//! | `operations` | the operations |
//! | `picture` | what is stored, heard and readable, without what differs from run to run |

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

/// Longer than any wait for a store, and than all the attempts that follow.
const SETTLED: Duration = Duration::from_secs(40);

/// What becomes of the caller when the fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Waits,
    Goes,
}

/// Runs an operation with a fault, and again, as its caller would. Returns the picture in the end, or
/// `None` if the operation made no call for the fault to strike.
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

/// Breaks an operation everywhere. Returns how often, and the first difference.
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
                        format!("{name} broken at call {at} by {trip:?}, the caller {caller:?}");
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
        assert!(broken_runs > 0, "{} was never broken", operation.name);
        differences.extend(difference);
    }
    assert!(differences.is_empty(), "{differences}");
}

/// A test for every so many operations, so that they run side by side.
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
