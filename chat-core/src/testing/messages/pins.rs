use super::log::{append, open, text};
use super::{PAGES, PINS};
use crate::Timestamp;
use crate::backend::MessageStore;
use crate::model::{Anchor, Change, HistoryQuery};
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, user};

pub(super) async fn pins_are_listed_by_when_they_were_pinned(cluster: Cluster<dyn MessageStore>) {
    let (store, room) = (cluster.node(0), a_room());
    open(&store, &room, PINS).await;
    let batch = (0..5).map(|_| text(&user("a"), "hi")).collect();
    let sent = append(&store, &room, batch, PINS).await;
    let pin = Change::Pin {
        by: Some(user("$ne")),
    };
    for (n, what, at) in [
        (3, &pin, 10),
        (0, &pin, 20),
        (4, &pin, 30),
        (1, &pin, 40),
        (4, &Change::Unpin, 50),
        (1, &Change::Delete { by: None }, 60),
    ] {
        let at = Timestamp::from_millis(at);
        let changed = store.change(&room, &sent[n].message.id, what, at).await;
        let changed = changed.must(PINS, "change");
        ensure!(
            PINS,
            changed.changed,
            "{what:?} of message {n} changed nothing"
        );
    }
    for (limit, want) in [(10, vec![1, 4]), (1, vec![1])] {
        let found = cluster.node(1).pins(&room, limit).await.must(PINS, "pins");
        let seqs: Vec<_> = found.iter().map(|m| m.seq).collect();
        ensure!(PINS, seqs == want, "{want:?} are pinned, found is {seqs:?}");
        ensure!(
            PINS,
            found
                .iter()
                .all(|m| m.pinned_by == Some(user("$ne")) && m.pinned_at.is_some()),
            "who pinned a message must be kept"
        );
    }
    let none = store
        .pins(&crate::testing::ids::room("never-opened"), 10)
        .await;
    ensure!(
        PINS,
        none.must(PINS, "pins").is_empty(),
        "an unknown room has pins"
    );
}

pub(super) async fn threads_have_pages_of_their_own(cluster: Cluster<dyn MessageStore>) {
    let (store, room) = (cluster.node(0), a_room());
    open(&store, &room, PAGES).await;
    let roots: Vec<_> = (0..2).map(|_| text(&user("a"), "root")).collect();
    let ids: Vec<_> = roots.iter().map(|m| m.id).collect();
    append(&store, &room, roots, PAGES).await;
    // Positions 3 to 22: replies to the roots in turn, and others between.
    let batch = (0..20).map(|n| {
        let mut message = text(&user("b"), format!("{n}"));
        message.draft.thread_id = [Some(ids[0]), None, Some(ids[1]), None][n % 4];
        message
    });
    append(&store, &room, batch.collect(), PAGES).await;
    for (anchor, limit, want, before, after) in [
        (Anchor::Newest, 2, vec![15, 19], true, false),
        (Anchor::Before(15), 10, vec![3, 7, 11], false, true),
        (Anchor::After(4), 2, vec![7, 11], true, true),
        (Anchor::After(19), 2, vec![], true, false),
        (Anchor::Around(11), 3, vec![7, 11, 15], true, true),
    ] {
        let query = HistoryQuery::new(anchor, limit).in_thread(ids[0]);
        let page = cluster.node(1).history(&room, &query).await;
        let page = page.must(PAGES, "history");
        let seqs: Vec<_> = page.messages.iter().map(|m| m.seq).collect();
        ensure!(
            PAGES,
            seqs == want && (page.has_before, page.has_after) == (before, after),
            "{query:?} must be {want:?} (before: {before}, after: {after}), found is {seqs:?} ({}, {})",
            page.has_before,
            page.has_after
        );
    }
}
