use super::TRIM;
use super::log::{
    append, append_one, change, changes, ensure_run, open, react, read_all, seqs, text,
};
use super::store::Stores;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, room, user};

pub(super) async fn the_newest_are_left_of_a_trim(cluster: Stores) {
    let (store, other, busy) = (cluster.node(0), cluster.node(1), a_room());
    let epoch = open(&store, &busy, TRIM).await.epoch;
    let batch = (0..10).map(|_| text(&user("a"), "hi")).collect();
    let sent = append(&store, &busy, batch, TRIM).await;
    let root = sent[9].message.id;
    // A reply to a message that stays, and one to a message that is trimmed.
    let mut reply = text(&user("b"), "a reply");
    reply.draft.thread_id = Some(sent[0].message.id);
    append_one(&store, &busy, reply, TRIM).await;
    // Changes take positions too, but a trim counts messages.
    for n in 0..20 {
        change(&store, &busy, &root, &react(&user(format!("u{n}")), "+1")).await;
    }
    let trimmed = other.trim(&busy, 20).await.must(TRIM, "trim");
    ensure!(TRIM, trimmed == 0, "a trim to 20 removed {trimmed} of 11");
    let trimmed = other.trim(&busy, 4).await.must(TRIM, "trim");
    ensure!(TRIM, trimmed == 7, "a trim to 4 removed {trimmed} of 11");
    for store in cluster.nodes() {
        let found = seqs(&read_all(store, &busy, TRIM).await);
        ensure_run(TRIM, &found, 8, 11, "messages left by a trim");
        let head = open(store, &busy, TRIM).await;
        ensure!(
            TRIM,
            (head.head, head.epoch) == (31, epoch),
            "after a trim, the head of {epoch} at 31 is {head:?}"
        );
        let read = changes(store, &busy, 0, 100, TRIM).await;
        let mut found = seqs(&read.messages);
        found.sort_unstable();
        ensure_run(TRIM, &found, 8, 11, "changes after a trim");
        ensure!(
            TRIM,
            read.through == 31,
            "changes are through {}",
            read.through
        );
        let first = &sent[0].message.id;
        let gone = store.message(&busy, first).await.must(TRIM, "message");
        ensure!(TRIM, gone.is_none(), "a trimmed message is still readable");
        let unread = store
            .unread(&user("c"), std::slice::from_ref(&busy), &[])
            .await;
        let unread = unread.must(TRIM, "unread")[0].count;
        ensure!(TRIM, unread == 4, "{unread} messages are unread, not 4");
    }
    let again = store.trim(&busy, 4).await.must(TRIM, "trim");
    ensure!(TRIM, again == 0, "the same trim again removed {again}");
    append_one(&other, &busy, text(&user("a"), "next"), TRIM).await;
    let one = store.trim(&busy, 4).await.must(TRIM, "trim");
    ensure!(
        TRIM,
        one == 1,
        "a trim after one more message removed {one}"
    );
    let found = seqs(&read_all(&other, &busy, TRIM).await);
    let want = [9, 10, 11, 32];
    ensure!(TRIM, found == want, "left are {found:?}, not {want:?}");
    // The root of this thread is gone, its reply is not.
    let all = store.trim(&busy, 0).await.must(TRIM, "trim");
    ensure!(TRIM, all == 4, "a trim to 0 removed {all} of 4");
    let threads = store.threads(&busy, &[sent[0].message.id]).await;
    let threads = threads.must(TRIM, "threads");
    ensure!(
        TRIM,
        threads[0].as_ref().is_none_or(|t| t.reply_count == 0),
        "trimmed replies count: {threads:?}"
    );
    let next = append_one(&store, &busy, text(&user("a"), "next"), TRIM).await;
    ensure!(
        TRIM,
        next.message.seq == 33,
        "the next message took {}, not 33",
        next.message.seq
    );
    let unknown = store.trim(&room("never-opened"), 1).await;
    ensure!(
        TRIM,
        unknown.must(TRIM, "trim") == 0,
        "a trim of an unknown log removed something"
    );
}

/// Writes during a trim are neither lost nor reordered.
pub(super) async fn a_trim_meets_writers(cluster: Stores) {
    const BATCHES: usize = 20;
    let (store, busy) = (cluster.node(0), a_room());
    open(&store, &busy, TRIM).await;
    let write = async {
        for n in 0..BATCHES {
            let store = cluster.node(n % cluster.nodes().len());
            let batch = (0..10).map(|_| text(&user("a"), "hi")).collect();
            append(&store, &busy, batch, TRIM).await;
        }
    };
    let trim = async {
        for n in 0..BATCHES / 2 {
            let store = cluster.node(n % cluster.nodes().len());
            store.trim(&busy, 25).await.must(TRIM, "trim");
        }
    };
    futures::join!(write, trim);
    let head = BATCHES as u64 * 10;
    store.trim(&busy, 25).await.must(TRIM, "trim");
    for store in cluster.nodes() {
        let found = seqs(&read_all(store, &busy, TRIM).await);
        ensure_run(
            TRIM,
            &found,
            head - 24,
            head,
            "messages left by concurrent trims",
        );
    }
}
