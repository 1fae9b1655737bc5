//! The cost per recipient of putting an event into the outboxes of a room, by number of recipients: for
//! single events, for bursts of 16, and with tasks to wake.
#![allow(missing_docs, clippy::expect_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chat_core::engine::bench::Fanout;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const RECIPIENTS: [usize; 5] = [1, 100, 1_000, 10_000, 100_000];

struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn fanout(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let event = Bytes::from(vec![b'x'; 200]);
    for (name, burst, wake, scattered) in [
        ("fanout/enqueue/1", 1, false, false),
        ("fanout/enqueue/1/scattered", 1, false, true),
        ("fanout/enqueue/16", 16, false, false),
        ("fanout/enqueue and wake/1", 1, true, false),
    ] {
        let mut group = c.benchmark_group(name);
        for recipients in RECIPIENTS {
            group.sample_size(10);
            group.throughput(Throughput::Elements(recipients as u64 * burst));
            group.bench_function(BenchmarkId::from_parameter(recipients), |b| {
                let mut fanout = runtime.block_on(Fanout::new(recipients, scattered));
                let waker = wake.then(|| Waker::from(Arc::new(Count(AtomicUsize::new(0)))));
                b.iter_custom(|rounds| {
                    let mut spent = Duration::ZERO;
                    for _ in 0..rounds {
                        fanout.drain(waker.as_ref());
                        let started = Instant::now();
                        fanout.deliver(&event, burst);
                        spent += started.elapsed();
                    }
                    spent
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, fanout);
criterion_main!(benches);
