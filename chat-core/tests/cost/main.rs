//! Runs each command and call with its worst-case input and compares its cost with the table of
//! [`chat_core::cost`]: response bytes, events to others, rate class, store calls and memory.
//! Bytes, calls and allocations are counted; nothing is timed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod measure;
mod story;
mod world;

use std::collections::BTreeMap;
use std::time::Duration;

use chat_core::Config;
use chat_core::cost::{Audience, Cost, Each, Size, costs};
use chat_core::testing::deterministic;

use crate::measure::Measured;
use crate::world::World;

/// Runs all commands and calls in sequence. To keep the counts reproducible, the run is
/// deterministic, and the maintenance that a node runs twice a minute falls between the
/// measurements.
fn everything() -> (Config, Vec<Measured>) {
    let _guard = deterministic(0);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let mut world = runtime.block_on(async {
        let world = World::new().await;
        // Members are checked in the second half of each half minute, and the users of large rooms are
        // counted every few seconds.
        tokio::time::sleep(Duration::from_secs(9)).await;
        world
    });
    for refused in story::refused(&mut world, &runtime) {
        check_refused(&refused, world.engine.config());
    }
    let mut measured = story::commands(&mut world, &runtime);
    measured.extend(story::calls(&mut world, &runtime));
    (world.engine.config().clone(), measured)
}

/// Returns `true` if the named connection may receive events for this audience.
fn may_hear(name: &str, audience: Audience) -> bool {
    match audience {
        Audience::Nobody => false,
        Audience::Joined => matches!(name, "alice" | "bob"),
        // Eve shares no room with anybody.
        _ => name != "eve",
    }
}

fn check(cost: &Cost, measured: &Measured, config: &Config) {
    let Measured {
        name, told, memory, ..
    } = measured;
    assert_eq!(measured.classes, [cost.rate], "{name}");
    let answer = measured.largest();
    let most = cost.max_answer_bytes(config);
    assert!(answer <= most, "{name} replies with {answer} bytes");
    for (who, frames) in told {
        let heard = frames.len();
        let most = if may_hear(who, cost.audience) {
            cost.frames
        } else {
            0
        };
        assert!(
            heard <= most,
            "{name} sends {heard} frames to {who}: {frames:?}"
        );
        let largest = frames.iter().map(bytes::Bytes::len).max().unwrap_or(0);
        let most = cost.event.max_bytes(config);
        assert!(largest <= most, "{name} sends {largest} bytes to {who}");
    }
    let calls = measured.calls.len();
    let most = cost.max_store_calls(config) + further_frames(cost, measured);
    assert!(
        calls <= most,
        "{name} makes {calls} store calls: {:?}",
        measured.calls
    );
    let held = usize::try_from(memory.bytes_max).unwrap();
    let most = cost.max_memory_bytes(config) + measured.sent();
    assert!(held <= most, "{name} holds {held} bytes, more than {most}");
}

/// An error is small regardless of the input, and reaches nobody else.
fn check_refused(measured: &Measured, config: &Config) {
    let largest = measured.largest();
    assert!(largest <= Size::Small.max_bytes(config), "{measured:?}");
    let told = measured.told.iter().all(|(_, frames)| frames.is_empty());
    assert!(told && measured.calls.len() <= 4, "{measured:?}");
    let [_] = measured.classes[..] else {
        panic!("expected one permit to be taken: {measured:?}");
    };
}

/// The store calls for all frames of a response but the first.
fn further_frames(cost: &Cost, measured: &Measured) -> usize {
    let each = cost.calls_each.iter();
    let of_frames = each.filter(|(_, each)| *each == Each::Frame);
    let further = measured.answer.len().saturating_sub(1);
    of_frames.map(|(n, _)| n * further).sum()
}

/// Asserts that a bound is tight: a bound far above the real cost proves nothing.
fn check_near(what: &str, used: usize, bound: usize) {
    assert!(used * 2 + 8 >= bound, "{what}: {used} of {bound}");
}

#[test]
fn everything_costs_at_most_what_the_table_says() {
    let (config, all) = everything();
    let table: BTreeMap<_, _> = costs().map(|cost| (cost.name, cost)).collect();
    let mut calls = BTreeMap::<_, usize>::new();
    let mut sizes = Vec::<(Size, usize)>::new();
    for measured in &all {
        let cost = &table[measured.name.as_str()];
        check(cost, measured, &config);
        let most = calls.entry(cost.name).or_default();
        *most = measured
            .calls
            .len()
            .saturating_sub(further_frames(cost, measured))
            .max(*most);
        sizes.push((cost.answer, measured.largest()));
        let events = measured.told.iter().flat_map(|(_, frames)| frames);
        sizes.extend(events.map(|frame| (cost.event, frame.len())));
    }
    for cost in table.values() {
        let most = calls.get(cost.name);
        let most = most.unwrap_or_else(|| panic!("{} was not measured", cost.name));
        check_near(cost.name, *most, cost.max_store_calls(&config));
        for size in [cost.answer, cost.event] {
            let seen = sizes.iter().filter(|(of, _)| *of == size);
            let largest = seen.map(|(_, bytes)| *bytes).max().unwrap_or(0);
            check_near(&format!("{size:?}"), largest, size.max_bytes(&config));
        }
    }
    resumes_copy_little(&all);
}

/// A resume over the longest messages must not read much in vain. It used to read a hundred
/// messages for each that fitted into a frame, 25 times the bytes it sent.
fn resumes_copy_little(all: &[Measured]) {
    let resume = all
        .iter()
        .max_by_key(|measured| measured.answer.len())
        .unwrap();
    assert_eq!(resume.name, "JOIN_ROOM");
    assert!(resume.answer.len() > 100);
    let copied = usize::try_from(resume.memory.bytes_total).unwrap();
    let sent = resume.sent();
    assert!(copied <= 8 * sent, "copied {copied} bytes to send {sent}");
}
