use std::collections::BTreeMap;
use std::time::Duration;

use super::CANCELLED;
use super::log::{append, ensure_run, named, open, read_all, seqs};
use super::store::Stores;
use crate::model::{Message, NewMessage};
use crate::testing::check::ensure;
use crate::testing::ids::{a_room, user};
use crate::testing::tasks::Tasks;
use crate::{ClientMessageId, UserId};

const SENDERS: usize = 8;
const ROUNDS: usize = 12;
const BATCH: usize = 3;

fn batch(sender: &UserId, round: usize) -> Vec<NewMessage> {
    (0..BATCH)
        .map(|n| named(sender, &format!("{round}-{n}"), format!("text {round} {n}")))
        .collect()
}

pub(super) async fn a_dropped_append_is_stored_in_whole_or_not_at_all(cluster: Stores) {
    let room = a_room();
    let first = cluster.node(0);
    let epoch = open(&first, &room, CANCELLED).await.epoch;
    let mut senders = Tasks::new();
    for n in 0..SENDERS {
        let (room, store) = (room.clone(), cluster.node(n));
        senders.spawn(async move {
            let sender = user(format!("sender-{n}"));
            let mut random = fastrand::Rng::with_seed(n as u64);
            for round in 0..ROUNDS {
                let wait = Duration::from_micros(random.u64(0..4000));
                let append = store.append(&room, epoch, batch(&sender, round));
                // The append may finish or be dropped.
                let _ = tokio::time::timeout(wait, append).await;
            }
        });
    }
    senders.join().await;

    // Entries of dropped appends may still be written; wait until the log is quiet.
    let mut head = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let now = open(&first, &room, CANCELLED).await.head;
        if now == head {
            break;
        }
        head = now;
    }
    let before = by_client_id(read_all(&first, &room, CANCELLED).await, head);

    // A retry of each message is a duplicate of the stored one, or is stored now.
    for n in 0..SENDERS {
        let sender = user(format!("sender-{n}"));
        for round in 0..ROUNDS {
            let again = batch(&sender, round);
            for answer in append(&cluster.node(n + 1), &room, again, CANCELLED).await {
                let key = (sender.clone(), answer.message.client_message_id.clone());
                let stored = before.get(&key);
                ensure!(
                    CANCELLED,
                    stored.is_some() == answer.duplicate
                        && stored.is_none_or(|m| *m == *answer.message),
                    "a dropped append left {stored:?}, but its retry returned {answer:?}"
                );
            }
        }
    }
    let total = SENDERS * ROUNDS * BATCH;
    let after = by_client_id(read_all(&first, &room, CANCELLED).await, total as u64);
    ensure!(
        CANCELLED,
        after.len() == total,
        "{} of {total} messages are stored after all were retried",
        after.len()
    );
}

/// The messages by sender and client message id. Asserts that each is whole and that their
/// positions have no gaps.
fn by_client_id(
    stored: Vec<Message>,
    head: u64,
) -> BTreeMap<(UserId, Option<ClientMessageId>), Message> {
    ensure_run(
        CANCELLED,
        &seqs(&stored),
        1,
        head,
        "positions after dropped appends",
    );
    let mut found = BTreeMap::new();
    for message in stored {
        let client = message.client_message_id.clone();
        let text = client.as_ref().map(|c| c.as_str().replace('-', " "));
        ensure!(
            CANCELLED,
            text.is_some_and(|t| message.text == format!("text {t}")),
            "a message was stored in part: {message:?}"
        );
        let Some(sender) = message.sender_id.clone() else {
            continue;
        };
        let twice = found.insert((sender, client), message);
        ensure!(CANCELLED, twice.is_none(), "stored twice: {twice:?}");
    }
    found
}
