use super::log::{append, change, open, text};
use super::pages::flags_match;
use super::{PAGES, PINS};
use crate::backend::MessageStore;
use crate::model::{Anchor, Change, HistoryPage, HistoryQuery};
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, user};
use crate::{MessageId, Timestamp};

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
    let sent = append(&store, &room, batch.collect(), PAGES).await;
    // A tombstone stays in its place.
    let delete = Change::Delete { by: None };
    change(&store, &room, &sent[8].message.id, &delete).await;
    let long_ago = Timestamp::from_millis(0);
    for (anchor, limit, want, has_before, has_after) in [
        (Anchor::Newest, 2, vec![15, 19], true, false),
        (Anchor::Before(15), 10, vec![3, 7, 11], false, true),
        (Anchor::After(4), 2, vec![7, 11], true, true),
        (Anchor::After(19), 2, vec![], true, false),
        (Anchor::Around(11), 3, vec![7, 11, 15], true, true),
        (Anchor::AfterTime(long_ago), 3, vec![3, 7, 11], false, true),
        (Anchor::BeforeTime(long_ago), 3, vec![], false, true),
    ] {
        let query = HistoryQuery::new(anchor, limit).in_thread(ids[0]);
        let page = cluster.node(1).history(&room, &query).await;
        let page = page.must(PAGES, "history");
        let seqs: Vec<_> = page.messages.iter().map(|m| m.seq).collect();
        let flags = HistoryPage {
            messages: page.messages.clone(),
            has_before,
            has_after,
        };
        ensure!(
            PAGES,
            seqs == want && flags_match(anchor, &page, &flags),
            "{query:?} must be {want:?} (before: {has_before}, after: {has_after}), found is \
             {seqs:?} ({}, {})",
            page.has_before,
            page.has_after
        );
    }
    let none = HistoryQuery::new(Anchor::Newest, 10).in_thread(MessageId::random());
    let none = store.history(&room, &none).await.must(PAGES, "history");
    ensure!(
        PAGES,
        none == HistoryPage::default(),
        "a thread without replies has the page {none:?}"
    );
}
