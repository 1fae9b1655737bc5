//! Invariants of every sequence of things that a few clients and the app may do with an engine
//! in memory.
//!
//! | file | |
//! |---|---|
//! | `script.rs` | bytes in, steps out |
//! | `world.rs` | the engine, who is cut off from which room, and the steps |
//! | `connection.rs` | a client's end of a socket, the rules for what it gets, and its budget |
//! | `budget.rs` | how much a connection may get and how often it may be polled |

mod budget;
mod connection;
mod script;
mod world;

use std::cell::RefCell;
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use script::Script;
use world::World;

/// More steps find little that fewer do not, and take longer.
const MAX_STEPS: usize = 200;

static PANICKED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// For the report of a panic.
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Panics where the engine breaks a rule, also where a task of its own panics.
pub(crate) fn check(input: &[u8]) {
    watch_tasks();
    INPUT.replace(input.to_vec());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(run(Script::new(input)));
    assert!(!PANICKED.load(Ordering::Relaxed), "a task panicked");
}

async fn run(mut script: Script<'_>) {
    let mut world = World::new(script.byte().unwrap_or_default()).await;
    for n in 1..=MAX_STEPS {
        let Some(step) = script.step() else {
            break;
        };
        world.apply(n, step).await;
    }
    world.end().await;
}

/// tokio keeps a task's panic to itself, and the engine makes an answer of one in a call.
fn watch_tasks() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICKED.store(true, Ordering::Relaxed);
            INPUT.with_borrow(|input| report(input));
            before(info);
        }));
    });
}

/// Prints the steps.
fn report(input: &[u8]) {
    let mut script = Script::new(input);
    eprintln!("setting {:?}", script.byte());
    for n in 1..=MAX_STEPS {
        let Some(step) = script.step() else {
            break;
        };
        eprintln!("{n}: {step:?}");
    }
}
