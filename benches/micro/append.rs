//! The cost of a send to one room in memory, from the call to the result, for one sender and for 64
//! concurrent senders whose messages share appends.
#![allow(missing_docs, clippy::expect_used)]

use std::time::{Duration, Instant};

use chat_core::auth::JwtAuthenticator;
use chat_core::engine::CreateRoom;
use chat_core::model::{Draft, RoomKind};
use chat_core::{Actor, Engine, RoomId, UserId};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tokio::runtime::Runtime;

const SENDERS: [usize; 2] = [1, 64];
/// The number of messages per sender before a new room replaces the old one, which limits memory use.
const ROOM_ROUNDS: u64 = 1_000;

fn append(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let engine = runtime.block_on(async {
        let tokens =
            JwtAuthenticator::hs256("a secret of at least thirty-two bytes").expect("a key");
        Engine::builder(tokens).build()
    });
    let mut group = c.benchmark_group("append");
    group.sample_size(10);
    group.measurement_time(Duration::from_secs(2));
    for senders in SENDERS {
        let users: Vec<_> = (0..senders)
            .map(|n| UserId::new(format!("user-{n}")).expect("an id"))
            .collect();
        group.throughput(Throughput::Elements(senders as u64));
        group.bench_function(BenchmarkId::new("senders", senders), |b| {
            b.iter_custom(|rounds| send_rounds(&runtime, &engine, &users, rounds));
        });
    }
    group.finish();
}

/// Measures the time in which each user sends `rounds` messages in sequence.
fn send_rounds(runtime: &Runtime, engine: &Engine, users: &[UserId], rounds: u64) -> Duration {
    let mut spent = Duration::ZERO;
    let mut left = rounds;
    while left > 0 {
        let portion = left.min(ROOM_ROUNDS);
        left -= portion;
        spent += runtime.block_on(async {
            let new = CreateRoom::new(RoomKind::Group).members(users.to_vec());
            let room = engine.create_room(&Actor::App, new).await.expect("a room");
            let started = Instant::now();
            let senders: Vec<_> = users
                .iter()
                .map(|user| {
                    tokio::spawn(send(engine.clone(), room.id.clone(), user.into(), portion))
                })
                .collect();
            for sender in senders {
                sender.await.expect("a sender");
            }
            let spent = started.elapsed();
            let deleted = engine.delete_room(&Actor::App, &room.id).await;
            deleted.expect("no room");
            spent
        });
    }
    spent
}

async fn send(engine: Engine, room: RoomId, user: Actor, messages: u64) {
    for _ in 0..messages {
        let draft = Draft::text("a message of a usual length, about as long as this one");
        engine.send(&user, &room, draft).await.expect("stored");
    }
}

criterion_group!(benches, append);
criterion_main!(benches);
