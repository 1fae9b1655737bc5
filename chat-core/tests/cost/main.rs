//! Each command and call at its worst input, against the table of [`chat_core::cost`]: the bytes of the
//! answer, what others are told, the rate class, the calls to the stores, and the memory it takes
//! meanwhile. Bytes, calls and allocations are counted; nothing is timed.

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

/// Everything, done one after the other. So that the same is counted each time, nothing is left to
/// chance, and what a node does by itself twice a minute falls between.
fn everything() -> (Config, Vec<Measured>) {
    let _guard = deterministic(0);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let mut world = runtime.block_on(async {
        let world = World::new().await;
        tokio::time::sleep(Duration::from_secs(15)).await;
        world
    });
    for refused in story::refused(&mut world, &runtime) {
        check_refused(&refused, world.engine.config());
    }
    let mut measured = story::commands(&mut world, &runtime);
    measured.extend(story::calls(&mut world, &runtime));
    (world.engine.config().clone(), measured)
}

/// Whether a connection of this name may hear of something that Alice, or whoever it is about, does.
fn may_hear(name: &str, audience: Audience) -> bool {
    match audience {
        Audience::Nobody => false,
        Audience::Joined => matches!(name, "alice" | "bob"),
        // Eve is a stranger.
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
    assert!(answer <= most, "{name} is answered by {answer} bytes");
    for (who, frames) in told {
        let heard = frames.len();
        let most = if may_hear(who, cost.audience) {
            cost.frames
        } else {
            0
        };
        assert!(
            heard <= most,
            "{name} tells {who} {heard} times: {frames:?}"
        );
        let largest = frames.iter().map(bytes::Bytes::len).max().unwrap_or(0);
        let most = cost.event.max_bytes(config);
        assert!(largest <= most, "{name} tells {who} of {largest} bytes");
    }
    let calls = measured.calls.len();
    let most = cost.max_store_calls(config) + further_frames(cost, measured);
    assert!(
        calls <= most,
        "{name} calls the stores {calls} times: {:?}",
        measured.calls
    );
    let held = usize::try_from(memory.bytes_max).unwrap();
    let most = cost.max_memory_bytes(config) + measured.sent();
    assert!(held <= most, "{name} holds {held} bytes, at most {most}");
}

/// An error is small, whatever was sent, and nobody else hears of it.
fn check_refused(measured: &Measured, config: &Config) {
    let largest = measured.largest();
    assert!(largest <= Size::Small.max_bytes(config), "{measured:?}");
    let told = measured.told.iter().all(|(_, frames)| frames.is_empty());
    assert!(told && measured.calls.len() <= 4, "{measured:?}");
    let [_] = measured.classes[..] else {
        panic!("one permit is taken: {measured:?}");
    };
}

/// The calls for the frames of an answer but the first.
fn further_frames(cost: &Cost, measured: &Measured) -> usize {
    let each = cost.calls_each.iter();
    let of_frames = each.filter(|(_, each)| *each == Each::Frame);
    let further = measured.answer.len().saturating_sub(1);
    of_frames.map(|(n, _)| n * further).sum()
}

/// How much of a bound was used: a bound that nothing comes near says nothing.
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
        let most = most.unwrap_or_else(|| panic!("{} was not done", cost.name));
        check_near(cost.name, *most, cost.max_store_calls(&config));
        for size in [cost.answer, cost.event] {
            let seen = sizes.iter().filter(|(of, _)| *of == size);
            let largest = seen.map(|(_, bytes)| *bytes).max().unwrap_or(0);
            check_near(&format!("{size:?}"), largest, size.max_bytes(&config));
        }
    }
    resumes_copy_little(&all);
}

/// A resume of a log of the longest messages reads little in vain: it used to read a hundred messages
/// for each that fitted into a frame, 25 times the bytes that it sent.
fn resumes_copy_little(all: &[Measured]) {
    let resume = all
        .iter()
        .max_by_key(|measured| measured.answer.len())
        .unwrap();
    assert_eq!(resume.name, "JOIN_ROOM");
    assert!(resume.answer.len() > 100);
    let copied = usize::try_from(resume.memory.bytes_total).unwrap();
    let sent = resume.sent();
    assert!(copied <= 8 * sent, "{copied} bytes copied for {sent} sent");
}
