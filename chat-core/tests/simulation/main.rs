//! A seeded simulation of a cluster. Clients chat, edit, leave and reconnect while links break,
//! hints get lost, stores fail and nodes stop or die. Then everything heals, and each client's
//! observations are compared with the log.
//!
//! | file | contents |
//! |---|---|
//! | `many` | many seeds on all cores, for `cargo xtask simulate` |
//! | `seeds` | selects the seeds and reports the seed of a failure |
//! | `plan` | the kinds of faults and actions |
//! | `facts` | the app's actions and the times at which they were in force |
//! | `world` | the nodes, over shared in-memory backends |
//! | `recorder` | the ground truth: every position that the store has taken |
//! | `client`, `session` | a client that follows the protocol, and one of its connections |
//! | `payload` | message contents, from a few words up to the limits |
//! | `log`, `seen`, `heard` | the client's actions, view and received events |
//! | `chaos` | injects the faults and performs the actions |
//! | `run` | a run from the first connection to the last |
//! | `trace` | received frames, to compare two runs |
//! | `invariants/` | the final invariants, one per file |
//!
//! Time is paused and there is one thread, so a run takes no longer than its work. `CHAT_SEED=7`
//! runs one seed, `CHAT_SEED=random` runs new ones. A seed decides everything: two runs of it
//! deliver the same frames at the same times.

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

/// Runs without faults, so a failure here has another cause.
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

/// Sends messages up to the limits, to clients that read slowly.
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

/// A seed delivers the same frames to the same clients at the same times, whatever the plan.
#[test]
fn a_seed_replays_exactly() {
    for (name, plan) in Plan::ALL {
        eprintln!("{name}");
        run::trace(3, plan).assert_same(&run::trace(3, plan));
    }
}

/// Runs as many seeds as the environment asks for: `cargo xtask simulate`.
#[test]
#[ignore = "runs as long as the environment says"]
fn many_seeds() {
    many::simulate();
}

/// Detects a store that omits changes when a client catches up.
#[test]
#[should_panic(expected = "a change of an unknown message")]
fn a_change_left_out_is_found() {
    seeds::known(3, |seed| {
        run::simulate(seed, Plan::NODES, Some(Bug::LeavesOutChanges))
    });
}

/// Detects a store that stores a retried message twice.
#[test]
#[should_panic(expected = "times, not once")]
fn a_message_stored_twice_is_found() {
    seeds::known(3, |seed| {
        run::simulate(seed, Plan::STORES, Some(Bug::StoresTwice))
    });
}

/// Detects an outbox that is too small for a page.
#[test]
#[should_panic(expected = "too slow while reading")]
fn a_small_outbox_is_found() {
    seeds::known(1, |seed| {
        run::simulate(seed, Plan::SIZES, Some(Bug::SmallOutbox))
    });
}

/// Detects a user who keeps receiving events after being removed.
#[test]
#[should_panic(expected = "was removed but")]
fn a_removal_forgotten_is_found() {
    seeds::known(3, |seed| {
        run::simulate(seed, Plan::RESUMES, Some(Bug::ForgetsRemovals))
    });
}

/// Detects an invisible user who is seen.
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

/// Detects events from a blocked user.
#[test]
#[should_panic(expected = "but received")]
fn a_blocked_user_who_is_heard_is_found() {
    seeds::known(3, |seed| {
        let plan = Plan {
            hide_presence: 0,
            ..Plan::PRIVACY
        };
        run::simulate(seed, plan, Some(Bug::ForgetsBlocks))
    });
}

/// Detects a store that returns expired messages.
#[test]
#[should_panic(expected = "got an expired message")]
fn an_expired_message_handed_out_is_found() {
    seeds::known(3, |seed| {
        run::simulate(seed, Plan::EXPIRY, Some(Bug::ExpiresLate))
    });
}

/// Detects a store that keeps the log of a deleted room.
#[test]
#[should_panic(expected = "before the room was created")]
fn a_log_that_outlives_its_room_is_found() {
    seeds::known(3, |seed| {
        run::simulate(seed, Plan::DELETIONS, Some(Bug::KeepsLogs))
    });
}
