use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::CATCH_UP;
use super::log::{append, append_one, change, changes, edit, now, open, react, read_all, text};
use super::store::{Store, Stores};
use crate::model::{Change, Message};
use crate::testing::check::ensure;
use crate::testing::ids::{a_room, user};
use crate::testing::tasks::{Done, Tasks};
use crate::{ErrorKind, MessageId, RoomId};

fn any_change(random: &mut fastrand::Rng) -> Change {
    let who = user(format!("user-{}", random.u8(0..4)));
    match random.u8(0..10) {
        0..4 => edit(format!("edit {}", random.u32(..))),
        4..7 => react(&who, "👍"),
        7..9 => Change::RemoveReaction {
            user_id: who,
            emoji: "👍".into(),
        },
        _ => Change::Delete { by: None },
    }
}

/// Appends messages and changes those of all writers, so that most positions are superseded.
async fn write(
    store: &Store,
    room: &RoomId,
    steps: usize,
    random: &mut fastrand::Rng,
    known: &Mutex<Vec<MessageId>>,
) {
    for _ in 0..steps {
        let old = {
            let known = known.lock();
            (random.u8(0..5) > 1)
                .then(|| random.choice(known.iter().copied()))
                .flatten()
        };
        if let Some(old) = old {
            // A change fails if another writer has deleted the message meanwhile.
            match store
                .change(
                    room,
                    store.epoch(room).await,
                    &old,
                    &any_change(random),
                    now(),
                )
                .await
            {
                Ok(_) => {}
                Err(e) => ensure!(
                    CATCH_UP,
                    e.kind() == ErrorKind::MessageNotFound,
                    "a change failed with {e:?}"
                ),
            }
        } else {
            let sent = append_one(store, room, text(&user("a"), "new"), CATCH_UP).await;
            known.lock().push(sent.message.id);
        }
        tokio::task::yield_now().await;
    }
}

pub(super) async fn catch_up_at_rest_gives_what_changed(cluster: Stores) {
    let room = a_room();
    let store = cluster.node(0);
    let epoch = open(&store, &room, CATCH_UP).await.epoch;
    let batch = (0..12).map(|n| text(&user("a"), format!("{n}"))).collect();
    let sent = append(&store, &room, batch, CATCH_UP).await;
    let known = Mutex::new(sent.iter().map(|a| a.message.id).collect());
    let mut random = fastrand::Rng::with_seed(1);
    write(&store, &room, 60, &mut random, &known).await;
    // End with a change, so that the head is not the seq of any message.
    let last = append_one(&store, &room, text(&user("a"), "new"), CATCH_UP).await;
    change(&store, &room, &last.message.id, &edit("last")).await;
    let head = open(&store, &room, CATCH_UP).await.head;
    let mut all = read_all(&store, &room, CATCH_UP).await;
    all.sort_by_key(|m| m.rev);
    for (n, after) in (0..=head).enumerate() {
        let want: Vec<&Message> = all.iter().filter(|m| m.rev > after).collect();
        for limit in [1, 5, 500] {
            let store = cluster.node(n + limit);
            let mut found: Vec<Message> = Vec::new();
            let mut at = after;
            loop {
                let read = changes(&store, &room, at, limit, CATCH_UP).await;
                ensure!(
                    CATCH_UP,
                    read.head == head && read.epoch == epoch,
                    "changes returned head {} of {}, but open returned {head} of {epoch}",
                    read.head,
                    read.epoch
                );
                found.extend(read.messages);
                at = read.through;
                if at == head {
                    break;
                }
            }
            ensure!(
                CATCH_UP,
                found.iter().eq(want.iter().copied()),
                "changes after {after} with limit {limit} returned the revs {:?}, not {:?}",
                found.iter().map(|m| m.rev).collect::<Vec<_>>(),
                want.iter().map(|m| m.rev).collect::<Vec<_>>()
            );
        }
    }
}

pub(super) async fn catch_up_misses_nothing_while_others_write(cluster: Stores) {
    let room = a_room();
    let epoch = open(&cluster.node(0), &room, CATCH_UP).await.epoch;
    let done = Done::default();
    let mut readers = Tasks::new();
    for (n, limit) in [1, 3, 10, 100].into_iter().enumerate() {
        let (seen, room, store) = (done.clone(), room.clone(), cluster.node(n));
        readers.spawn(async move {
            let mut replica: HashMap<MessageId, Message> = HashMap::new();
            let mut after = 0;
            loop {
                let last = seen.get();
                let read = changes(&store, &room, after, limit, CATCH_UP).await;
                ensure!(
                    CATCH_UP,
                    read.epoch == epoch,
                    "the epoch changed while reading"
                );
                for message in read.messages {
                    replica.insert(message.id, message);
                }
                after = read.through;
                if after < read.head {
                    continue;
                }
                if last {
                    return (limit, after, replica);
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
    }
    let known = Arc::new(Mutex::new(Vec::new()));
    let mut writers = Tasks::new();
    for writer in 0..12 {
        let (room, store, known) = (room.clone(), cluster.node(writer), known.clone());
        writers.spawn(async move {
            let mut random = fastrand::Rng::with_seed(writer as u64);
            write(&store, &room, 30, &mut random, &known).await;
        });
    }
    writers.join().await;
    done.set();
    let head = open(&cluster.node(0), &room, CATCH_UP).await.head;
    let stored = read_all(&cluster.node(0), &room, CATCH_UP).await;
    for (limit, through, mut replica) in readers.join().await {
        ensure!(
            CATCH_UP,
            through == head,
            "a reader ended at {through}, but the head is {head}"
        );
        for message in &stored {
            let got = replica.remove(&message.id);
            ensure!(
                CATCH_UP,
                got.as_ref() == Some(message),
                "a reader with limit {limit} read through {through} and has {got:?} instead of \
                 {message:?}"
            );
        }
        ensure!(
            CATCH_UP,
            replica.is_empty(),
            "a reader with limit {limit} has messages that are not in the history: {replica:?}"
        );
    }
}
