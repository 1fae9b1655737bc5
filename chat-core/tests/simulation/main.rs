//! A cluster under a seed: clients chat, edit, leave and come back while links break, hints get
//! lost, stores fail and nodes stop or die. Then everything heals, and what each client saw is
//! compared with what the log says.
//!
//! | file | what |
//! |---|---|
//! | `seeds` | which seeds are run, and how a failure names its own |
//! | `plan` | what kinds of trouble there are |
//! | `world` | the nodes over shared backends in memory |
//! | `recorder` | the truth: every position the store has ever given out |
//! | `client`, `session` | a client as the protocol asks for it, and one of its connections |
//! | `log`, `seen` | what it did and saw |
//! | `chaos` | the trouble |
//! | `run` | from the first connection to the last |
//! | `trace` | what the clients received, to compare two runs |
//! | `invariants/` | what holds in the end, one file each |
//!
//! Time is paused and there is one thread, so a run takes no longer than its work. `CHAT_SEED=7`
//! runs one seed, `CHAT_SEED=random` some that nobody has seen. A seed decides everything: run
//! twice, it gives the same frames at the same times.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

mod chaos;
mod client;
mod invariants;
mod log;
mod plan;
mod recorder;
mod run;
mod seeds;
mod seen;
mod session;
mod trace;
mod world;

use plan::Plan;
use recorder::Bug;

/// Without trouble, so that what fails here is not a matter of it.
#[test]
fn calm() {
    let counts = seeds::each(2, |seed| run::simulate(seed, Plan::CALM, None));
    assert!(counts.acks > 0 && counts.changes > 0, "{counts:?}");
}

#[test]
fn hints_are_lost_doubled_and_late() {
    let counts = seeds::each(5, |seed| run::simulate(seed, Plan::HINTS, None));
    assert!(counts.broker_faults > 0, "{counts:?}");
}

#[test]
fn links_break() {
    let counts = seeds::each(5, |seed| run::simulate(seed, Plan::LINKS, None));
    assert!(counts.cuts > 0, "{counts:?}");
}

#[test]
fn stores_fail() {
    let counts = seeds::each(5, |seed| run::simulate(seed, Plan::STORES, None));
    assert!(
        counts.store_faults > 0 && counts.duplicates > 0,
        "{counts:?}"
    );
}

#[test]
fn nodes_stop_and_die() {
    let counts = seeds::each(5, |seed| run::simulate(seed, Plan::NODES, None));
    assert!(counts.stops > 0 && counts.kills > 0, "{counts:?}");
    assert!(counts.resumes > 0 && counts.duplicates > 0, "{counts:?}");
}

#[test]
fn members_come_and_go() {
    let counts = seeds::each(5, |seed| run::simulate(seed, Plan::MEMBERS, None));
    assert!(counts.removals > 0, "{counts:?}");
}

#[test]
fn everything_at_once() {
    let counts = seeds::each(12, |seed| run::simulate(seed, Plan::EVERYTHING, None));
    assert!(counts.overflows > 0 && counts.removals > 0, "{counts:?}");
}

/// A seed gives the same frames to the same clients at the same times, whatever the plan.
#[test]
fn a_seed_replays_exactly() {
    for (name, plan) in Plan::ALL {
        for seed in [3, 4] {
            eprintln!("{name}, seed {seed}");
            run::trace(seed, plan).assert_same(&run::trace(seed, plan));
        }
    }
}

/// The simulation finds a store that leaves changes out when a client catches up.
#[test]
#[should_panic(expected = "lost")]
fn a_change_left_out_is_found() {
    seeds::known(3, |seed| {
        run::simulate(seed, Plan::NODES, Some(Bug::LeavesOutChanges))
    });
}

/// The simulation finds a store that stores what is sent again again.
#[test]
#[should_panic(expected = "times, not once")]
fn a_message_stored_twice_is_found() {
    seeds::known(3, |seed| {
        run::simulate(seed, Plan::STORES, Some(Bug::StoresTwice))
    });
}
