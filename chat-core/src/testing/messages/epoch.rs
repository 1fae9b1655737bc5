use super::log::{append_one, edit, now, open, read_all, text};
use super::store::Stores;
use super::{DELETE_LOG, EPOCH};
use crate::Error;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, user};

pub(super) async fn a_write_to_a_replaced_log_stores_nothing(cluster: Stores) {
    let (store, here) = (cluster.node(0), a_room());
    let old = open(&store, &here, EPOCH).await;
    append_one(&store, &here, text(&user("a"), "first"), EPOCH).await;
    let deleted = store.delete_log(&here, Some(old.epoch)).await;
    deleted.must(DELETE_LOG, "delete_log");
    let write = async |n: usize, why: &str| {
        let store = cluster.node(n);
        let batch = vec![text(&user("a"), "late"), text(&user("b"), "late")];
        let answers = store.append(&here, old.epoch, batch).await;
        let refused = |answer: &Result<_, Error>| answer.as_ref().is_err_and(Error::is_temporary);
        ensure!(
            EPOCH,
            answers.len() == 2 && answers.iter().all(refused),
            "an append to {why} gave {answers:?}"
        );
    };
    write(0, "a log that was deleted").await;
    let heads = store.heads(std::slice::from_ref(&here)).await;
    let heads = heads.must(EPOCH, "heads");
    ensure!(
        EPOCH,
        heads.is_empty(),
        "an append to a log that was deleted created {heads:?}"
    );

    let new = open(&cluster.node(1), &here, EPOCH).await;
    let sent = append_one(&cluster.node(1), &here, text(&user("a"), "new"), EPOCH).await;
    for (n, store) in cluster.nodes().iter().enumerate() {
        // A handle may cache the old epoch until it opens the log.
        let opened = open(store, &here, EPOCH).await;
        write(n, "a log that was replaced").await;
        let changed = store
            .change(&here, old.epoch, &sent.message.id, &edit("late"), now())
            .await;
        ensure!(
            EPOCH,
            changed.as_ref().is_err_and(Error::is_temporary),
            "a change of a log that was replaced gave {changed:?}"
        );
        let head = open(store, &here, EPOCH).await;
        ensure!(
            EPOCH,
            opened.epoch == new.epoch && head.epoch == new.epoch && head.head == 1,
            "writes to a log that was replaced left {head:?}"
        );
        let stored = read_all(store, &here, EPOCH).await;
        ensure!(
            EPOCH,
            stored == [(*sent.message).clone()],
            "writes to a log that was replaced stored {stored:?}"
        );
    }
    let next = append_one(&store, &here, text(&user("a"), "next"), EPOCH).await;
    ensure!(
        EPOCH,
        next.message.seq == 2,
        "after refused writes an append took {}",
        next.message.seq
    );
}
