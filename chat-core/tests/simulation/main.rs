//! A cluster under a seed: clients chat, edit, leave and come back while links break, hints get
//! lost, stores fail and nodes stop or die. Then everything heals, and what each client saw is
//! compared with what the log says.
//!
//! | file | what |
//! |---|---|
//! | `many` | many seeds on all cores, for `cargo xtask simulate` |
//! | `seeds` | which seeds are run, and how a failure names its own |
//! | `plan` | what kinds of trouble there are |
//! | `facts` | what the app did, and from when to when it was in force |
//! | `world` | the nodes over shared backends in memory |
//! | `recorder` | the truth: every position the store has ever given out |
//! | `client`, `session` | a client as the protocol asks for it, and one of its connections |
//! | `payload` | what clients say, from a few words to the limits |
//! | `log`, `seen`, `heard` | what it did, saw and heard |
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
mod facts;
mod heard;
mod invariants;
mod log;
mod many;
mod payload;
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

/// Up to the limits, and clients that read slowly.
#[test]
fn messages_are_long() {
    let counts = seeds::each(1, |seed| run::simulate(seed, Plan::SIZES, None));
    assert!(counts.long > 0 && counts.floods > 0, "{counts:?}");
}

#[test]
fn members_are_removed_in_a_resume() {
    let counts = seeds::each(5, |seed| run::simulate(seed, Plan::RESUMES, None));
    assert!(counts.removed_in_resume > 0, "{counts:?}");
}

#[test]
fn users_hide_and_block() {
    let counts = seeds::each(5, |seed| run::simulate(seed, Plan::PRIVACY, None));
    assert!(counts.blocks > 0 && counts.hides > 0, "{counts:?}");
    assert!(counts.looks > 0 && counts.stops > 0, "{counts:?}");
}

#[test]
fn messages_expire() {
    let counts = seeds::each(5, |seed| run::simulate(seed, Plan::EXPIRY, None));
    assert!(counts.expiring > 0 && counts.looks > 0, "{counts:?}");
}

#[test]
fn rooms_are_deleted() {
    let counts = seeds::each(5, |seed| run::simulate(seed, Plan::DELETIONS, None));
    assert!(counts.deletions > 0, "{counts:?}");
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
        eprintln!("{name}");
        run::trace(3, plan).assert_same(&run::trace(3, plan));
    }
}

/// As many seeds as the environment says: `cargo xtask simulate`.
#[test]
#[ignore = "takes as long as one likes"]
fn many_seeds() {
    many::simulate();
}

/// The simulation finds a store that leaves changes out when a client catches up.
#[test]
#[should_panic(expected = "a change of what was never told of")]
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

/// The simulation finds an outbox into which a page does not fit.
#[test]
#[should_panic(expected = "too slow while it read")]
fn a_small_outbox_is_found() {
    seeds::known(1, |seed| {
        run::simulate(seed, Plan::SIZES, Some(Bug::SmallOutbox))
    });
}

/// The simulation finds a user who goes on in a room from which they were removed.
#[test]
#[should_panic(expected = "has been removed, and")]
fn a_removal_forgotten_is_found() {
    seeds::known(3, |seed| {
        run::simulate(seed, Plan::RESUMES, Some(Bug::ForgetsRemovals))
    });
}

/// The simulation finds a user who wants to be invisible and is seen.
#[test]
#[should_panic(expected = "who is invisible")]
fn an_invisible_user_who_is_seen_is_found() {
    seeds::known(3, |seed| {
        let plan = Plan {
            block: 0,
            ..Plan::PRIVACY
        };
        run::simulate(seed, plan, Some(Bug::ForgetsInvisibility))
    });
}

/// The simulation finds a blocked user who is heard.
#[test]
#[should_panic(expected = "and hears")]
fn a_blocked_user_who_is_heard_is_found() {
    seeds::known(3, |seed| {
        let plan = Plan {
            hide_presence: 0,
            ..Plan::PRIVACY
        };
        run::simulate(seed, plan, Some(Bug::ForgetsBlocks))
    });
}

/// The simulation finds a store that hands out what has expired.
#[test]
#[should_panic(expected = "and was given")]
fn an_expired_message_handed_out_is_found() {
    seeds::known(3, |seed| {
        run::simulate(seed, Plan::EXPIRY, Some(Bug::ExpiresLate))
    });
}

/// The simulation finds a store that keeps the log of a deleted room.
#[test]
#[should_panic(expected = "before the room was created")]
fn a_log_that_outlives_its_room_is_found() {
    seeds::known(3, |seed| {
        run::simulate(seed, Plan::DELETIONS, Some(Bug::KeepsLogs))
    });
}
