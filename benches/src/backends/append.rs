use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use chat_core::backend::MessageLog;
use chat_core::model::{Draft, NewMessage};
use chat_core::{Clock, Epoch, RoomId, SystemClock, UserId};
use chat_mongo::{MongoOptions, MongoStore};
use mongodb::Client;
use mongodb::bson::{DateTime, Document, doc};
use mongodb::options::{Acknowledgment, CollectionOptions, WriteConcern};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::figures::Figures;
use crate::{Bench, Result};

pub(crate) const SENDERS: usize = 64;
/// Close to the default of the engine's writer.
const MAX_BATCH: usize = 256;
pub(crate) const BYTES: usize = 150;

/// Measures one insert per message, with the two indexes that a history needs. The positions come from
/// a local counter, which several nodes cannot share.
pub(crate) async fn bare(bench: &Bench) -> Result<Figures> {
    let majority = WriteConcern::builder()
        .w(Acknowledgment::Majority)
        .journal(true)
        .build();
    let options = CollectionOptions::builder().write_concern(majority).build();
    let mut clients = Vec::new();
    for _ in 0..3 {
        let client = Client::with_uri_str(bench.server.uri()).await?;
        let database = client.database(&bench.database);
        clients.push(database.collection_with_options::<Document>("bare", options.clone()));
    }
    clients[0].drop().await?;
    let indexes = doc! { "createIndexes": "bare", "indexes": [
        { "name": "rs", "key": { "r": 1, "s": 1 }, "unique": true },
        { "name": "rv", "key": { "r": 1, "v": 1 }, "unique": true },
    ] };
    let client = Client::with_uri_str(bench.server.uri()).await?;
    client
        .database(&bench.database)
        .run_command(indexes)
        .await?;
    let seq = Arc::new(AtomicI64::new(1));
    let (start, mut senders) = (Instant::now(), JoinSet::new());
    for n in 0..SENDERS {
        let (collection, seq, each) = (clients[n % 3].clone(), Arc::clone(&seq), bench.each);
        senders.spawn(async move {
            let mut figures = Figures::new()?;
            while start.elapsed() < each {
                let seq = seq.fetch_add(1, Ordering::Relaxed);
                let sent = Instant::now();
                let message = doc! {
                    "r": "room", "s": seq, "v": seq, "t": DateTime::now(),
                    "u": format!("user-{n}"), "b": "x".repeat(BYTES),
                };
                collection.insert_one(message).await?;
                figures.add(sent.elapsed());
            }
            Ok(figures)
        });
    }
    sum(senders, start).await
}

type Waiting = (NewMessage, oneshot::Sender<chat_core::Result<u64>>);

/// Measures group commit: each node has one batch in flight, and later messages join the next batch.
pub(crate) async fn grouped(bench: &Bench, nodes: usize) -> Result<Figures> {
    let room = RoomId::new(format!("hot-{nodes}"))?;
    let mut queues = Vec::new();
    for _ in 0..nodes {
        let options = MongoOptions::new();
        let store = MongoStore::connect_with(bench.server.uri(), &bench.database, options).await?;
        let (queue, waiting) = mpsc::channel(1024);
        let epoch = store.open(&room).await?.epoch;
        tokio::spawn(write(store, room.clone(), epoch, waiting));
        queues.push(queue);
    }
    let (start, mut senders) = (Instant::now(), JoinSet::new());
    for n in 0..SENDERS {
        let (queue, each) = (queues[n % nodes].clone(), bench.each);
        senders.spawn(async move {
            let user = UserId::new(format!("user-{n}"))?;
            let mut figures = Figures::new()?;
            while start.elapsed() < each {
                let sent = Instant::now();
                let text = Draft::text("x".repeat(BYTES));
                let message = NewMessage::user(user.clone(), text, SystemClock.now());
                let (reply, answer) = oneshot::channel();
                queue.send((message, reply)).await?;
                answer.await??;
                figures.add(sent.elapsed());
            }
            Ok(figures)
        });
    }
    drop(queues);
    sum(senders, start).await
}

async fn write(
    store: MongoStore,
    room: RoomId,
    epoch: Epoch,
    mut waiting: mpsc::Receiver<Waiting>,
) {
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, MAX_BATCH).await > 0 {
        let (messages, replies): (Vec<_>, Vec<_>) = batch.drain(..).unzip();
        let answers = store.append(&room, epoch, messages).await;
        for (reply, answer) in replies.into_iter().zip(answers) {
            // The sender may have stopped.
            let _ = reply.send(answer.map(|appended| appended.message.seq));
        }
    }
}

pub(crate) async fn sum(mut senders: JoinSet<Result<Figures>>, start: Instant) -> Result<Figures> {
    let mut all = Figures::new()?;
    while let Some(figures) = senders.join_next().await {
        all.merge(&figures??)?;
    }
    Ok(all.within(start.elapsed()))
}
