use super::PAGES;
use super::log::{append, append_one, change, edit, ensure_run, now, open, page, seqs, text};
use super::store::{Store, Stores};
use crate::model::{Anchor, Message, NewMessage};
use crate::testing::check::ensure;
use crate::testing::ids::{a_room, user};
use crate::testing::tasks::{Done, Tasks};
use crate::{RoomId, Timestamp};

const THERE: u64 = 200;

fn at(time: Timestamp, said: &str) -> NewMessage {
    let mut message = text(&user("a"), said);
    message.created_at = time;
    message
}

/// Reads from the newest message to the oldest.
async fn backward(stores: &[Store], room: &RoomId, start: Anchor) -> Vec<Message> {
    let mut all: Vec<Message> = Vec::new();
    let mut anchor = start;
    for store in stores.iter().cycle() {
        let next = page(store, room, anchor, 7, PAGES).await;
        all.extend(next.messages.into_iter().rev());
        let Some(oldest) = all.last() else { break };
        anchor = Anchor::Before(oldest.seq);
        if !next.has_before {
            break;
        }
    }
    all.reverse();
    all
}

/// Reads from the oldest message until it reaches the end after the writers have stopped.
async fn forward(stores: &[Store], room: &RoomId, start: Anchor, done: &Done) -> Vec<Message> {
    let mut all: Vec<Message> = Vec::new();
    let mut anchor = start;
    for store in stores.iter().cycle() {
        let last = done.get();
        let next = page(store, room, anchor, 7, PAGES).await;
        ensure!(
            PAGES,
            !(next.has_after && next.messages.is_empty()),
            "{anchor:?} returned an empty page but reports more messages"
        );
        all.extend(next.messages);
        if let Some(newest) = all.last() {
            anchor = Anchor::After(newest.seq);
        }
        if last && !next.has_after {
            break;
        }
        tokio::task::yield_now().await;
    }
    all
}

/// All messages, old and new, share one millisecond. The first one is edited continuously, which
/// must not move it.
pub(super) async fn pages_miss_nothing_while_messages_arrive(cluster: Stores) {
    let room = a_room();
    let store = cluster.node(0);
    open(&store, &room, PAGES).await;
    let time = now();
    let batch = (0..THERE).map(|_| at(time, "there")).collect();
    let there = append(&store, &room, batch, PAGES).await;
    let done = Done::default();
    let mut walks = Tasks::new();
    for n in 0..4 {
        let mut stores = cluster.nodes().to_vec();
        stores.rotate_left(n % cluster.nodes().len());
        let (stores_too, room_too, seen) = (stores.clone(), room.clone(), done.clone());
        walks.spawn(async move {
            let start = if n % 2 == 0 {
                Anchor::After(0)
            } else {
                Anchor::AfterTime(time)
            };
            forward(&stores_too, &room_too, start, &seen).await
        });
        let room = room.clone();
        walks.spawn(async move {
            let start = if n % 2 == 0 {
                Anchor::Newest
            } else {
                Anchor::BeforeTime(Timestamp::from_millis(time.as_millis() + 1))
            };
            backward(&stores, &room, start).await
        });
    }
    let mut writers = Tasks::new();
    for writer in 0..6 {
        let (room, store) = (room.clone(), cluster.node(writer));
        let first = there[0].message.id;
        writers.spawn(async move {
            for n in 0..25 {
                append_one(&store, &room, at(time, "arrived"), PAGES).await;
                if n % 5 == 0 {
                    change(&store, &room, &first, &edit(format!("{writer} {n}"))).await;
                }
            }
        });
    }
    writers.join().await;
    done.set();
    let stored = forward(cluster.nodes(), &room, Anchor::After(0), &done).await;
    let there = seqs(&stored[..there.len()]);
    ensure_run(
        PAGES,
        &there,
        1,
        THERE,
        "messages that were there throughout",
    );
    ensure!(
        PAGES,
        stored.len() == 350,
        "{} of 350 messages are stored",
        stored.len()
    );
    let stored = seqs(&stored);
    for walk in walks.join().await {
        let found = seqs(&walk);
        // A backward read covers the room up to its newest message at the start of the read.
        let newest = stored.partition_point(|s| Some(s) <= found.last());
        ensure!(
            PAGES,
            found == stored[..newest] && found.len() as u64 >= THERE,
            "consecutive pages returned {found:?}, not {:?}",
            &stored[..newest]
        );
    }
}
