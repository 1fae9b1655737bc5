//! The cost per event of sequencing hints that arrive in order, and shuffled within windows of 16.
#![allow(missing_docs)]

use std::hint::black_box;

use chat_core::engine::bench::sequence;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const EVENTS: u64 = 4_096;
const WINDOW: usize = 16;

fn sequencer(c: &mut Criterion) {
    let in_order: Vec<u64> = (1..=EVENTS).collect();
    let mut shuffled = in_order.clone();
    // A fixed seed gives the same order in each run.
    let mut random = fastrand::Rng::with_seed(7);
    for window in shuffled.chunks_mut(WINDOW) {
        random.shuffle(window);
    }
    let mut group = c.benchmark_group("sequencer");
    group.throughput(Throughput::Elements(EVENTS));
    for (name, order) in [("in order", &in_order), ("shuffled by 16", &shuffled)] {
        assert_eq!(sequence(order), order.len(), "all come out");
        group.bench_function(name, |b| b.iter(|| sequence(black_box(order))));
    }
    group.finish();
}

criterion_group!(benches, sequencer);
criterion_main!(benches);
