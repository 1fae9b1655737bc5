use super::PINS;
use super::log::{append, open, text};
use super::store::Stores;
use crate::Timestamp;
use crate::model::Change;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, user};

pub(super) async fn pins_are_listed_by_when_they_were_pinned(cluster: Stores) {
    let (store, room) = (cluster.node(0), a_room());
    let epoch = open(&store, &room, PINS).await.epoch;
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
        let changed = store
            .change(&room, epoch, &sent[n].message.id, what, at)
            .await;
        let changed = changed.must(PINS, "change");
        ensure!(
            PINS,
            changed.changed,
            "{what:?} of message {n} reported no change"
        );
    }
    for (limit, want) in [(10, vec![1, 4]), (1, vec![1])] {
        let found = cluster.node(1).pins(&room, limit).await.must(PINS, "pins");
        let seqs: Vec<_> = found.iter().map(|m| m.seq).collect();
        ensure!(PINS, seqs == want, "pinned are {seqs:?}, not {want:?}");
        ensure!(
            PINS,
            found
                .iter()
                .all(|m| m.pinned_by == Some(user("$ne")) && m.pinned_at.is_some()),
            "a pinned message must keep who pinned it and when"
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
