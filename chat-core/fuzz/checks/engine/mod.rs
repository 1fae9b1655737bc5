//! Invariants of every sequence of actions by a few clients and the app on an in-memory engine.
//!
//! | file | |
//! |---|---|
//! | `script.rs` | decodes bytes into steps |
//! | `world.rs` | the engine, its steps, and the expected access to each room |
//! | `connection.rs` | a client's end of a socket, the rules for its events, and its budget |
//! | `budget.rs` | limits on the traffic and polls of a connection |

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

/// Longer scripts find little more and take longer.
const MAX_STEPS: usize = 200;

static PANICKED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The current input, for the panic report.
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Panics if the engine breaks a rule or one of its tasks panics.
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

/// Notices panics in tasks, which tokio contains, and in calls, which the engine turns into errors.
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
