use super::counts::{DELETE, reply};
use super::log::{append, change, open, text};
use super::pages::flags_match;
use super::store::Stores;
use super::{MARKERS, PAGES, REPLIES};
use crate::model::{Anchor, HistoryPage, HistoryQuery, ThreadRead};
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, user};
use crate::testing::tasks::Tasks;
use crate::{MessageId, Timestamp};

pub(super) async fn threads_are_summed_up(cluster: Stores) {
    let (store, room) = (cluster.node(0), a_room());
    open(&store, &room, REPLIES).await;
    let roots: Vec<_> = (0..3)
        .map(|n| text(&user("a"), format!("root {n}")))
        .collect();
    let ids: Vec<_> = roots.iter().map(|m| m.id).collect();
    append(&store, &room, roots, REPLIES).await;
    let replies = vec![
        reply("a", ids[0]),
        reply("b", ids[0]),
        reply("b", ids[1]),
        reply("c", ids[0]),
    ];
    let sent = append(&store, &room, replies, REPLIES).await;
    let asked = [ids[2], ids[1], ids[0], MessageId::random()];
    let ensure = async |want: [Option<(u64, usize)>; 4], why: &str| {
        for store in cluster.nodes() {
            let found = store.threads(&room, &asked).await.must(REPLIES, "threads");
            let found: Vec<_> = found
                .iter()
                .map(|t| {
                    t.map(|t| {
                        (
                            t.reply_count,
                            t.last_reply_seq,
                            t.last_reply_id,
                            t.last_reply_at,
                        )
                    })
                })
                .collect();
            let want: Vec<_> = want
                .iter()
                .map(|w| {
                    w.map(|(count, last)| {
                        let last = &sent[last].message;
                        (count, last.seq, last.id, last.created_at)
                    })
                })
                .collect();
            ensure!(
                REPLIES,
                found == want,
                "{why}: the threads are {found:?}, not {want:?}"
            );
        }
    };
    ensure(
        [None, Some((1, 2)), Some((3, 3)), None],
        "one thread has three replies, one has one",
    )
    .await;
    change(&store, &room, &sent[3].message.id, &DELETE).await;
    change(&store, &room, &sent[2].message.id, &DELETE).await;
    ensure([None, None, Some((2, 1)), None], "two replies were deleted").await;
}

pub(super) async fn threads_have_markers_of_their_own(cluster: Stores) {
    let (store, room) = (cluster.node(0), a_room());
    open(&store, &room, MARKERS).await;
    let roots: Vec<_> = (0..2)
        .map(|n| text(&user("a"), format!("root {n}")))
        .collect();
    let ids: Vec<_> = roots.iter().map(|m| m.id).collect();
    append(&store, &room, roots, MARKERS).await;
    let replies = ["a", "b", "c", "b"].map(|sender| reply(sender, ids[0]));
    append(&store, &room, replies.to_vec(), MARKERS).await;
    append(&store, &room, vec![reply("b", ids[1])], MARKERS).await;
    let ensure = async |reader: &str, want: [(u64, u64); 2], why: &str| {
        for store in cluster.nodes() {
            let found = store.thread_reads(&room, &user(reader), &ids).await;
            let found = found.must(MARKERS, "thread_reads");
            let want = want.map(|(read_seq, unread)| ThreadRead { read_seq, unread });
            ensure!(
                MARKERS,
                found == want,
                "{why}: the reads are {found:?}, not {want:?}"
            );
        }
    };
    ensure("a", [(0, 3), (0, 1)], "own replies do not count").await;
    for (to, want) in [
        (4, (4, true)),
        (3, (4, false)),
        (4, (4, false)),
        (100, (7, true)),
    ] {
        let marked = store.mark_thread_read(&room, &ids[0], &user("c"), to).await;
        let marked = marked.must(MARKERS, "mark_thread_read");
        ensure!(
            MARKERS,
            marked == want,
            "marking {to} returned {marked:?}, not {want:?}"
        );
    }
    let marked = store.mark_thread_read(&room, &ids[0], &user("a"), 4).await;
    marked.must(MARKERS, "mark_thread_read");
    ensure("a", [(4, 2), (0, 1)], "one reply by others is read").await;
    ensure("c", [(7, 0), (0, 1)], "one thread is fully read").await;
    let room_marker = store.read_marker(&room, &user("a")).await;
    let room_marker = room_marker.must(MARKERS, "read_marker");
    ensure!(
        MARKERS,
        room_marker.is_none_or(|m| m.seq == 0),
        "marking a thread moved the room's marker"
    );
}

pub(super) async fn thread_markers_move_once_at_once(cluster: Stores) {
    let (store, room) = (cluster.node(0), a_room());
    open(&store, &room, MARKERS).await;
    let root = text(&user("a"), "root");
    let id = root.id;
    let batch = std::iter::once(root).chain((0..99).map(|_| reply("a", id)));
    append(&store, &room, batch.collect(), MARKERS).await;
    let mut marks = Tasks::new();
    for n in 0..12_u64 {
        let room = room.clone();
        let store = cluster.node(usize::try_from(n).unwrap_or(0));
        marks.spawn(async move {
            let mut random = fastrand::Rng::with_seed(n);
            let mut moved_to = Vec::new();
            for _ in 0..8 {
                let seq = random.u64(1..=100);
                let marked = store.mark_thread_read(&room, &id, &user("b"), seq).await;
                let (read, moved) = marked.must(MARKERS, "mark_thread_read");
                ensure!(MARKERS, read >= seq, "marking {seq} returned {read}");
                if moved {
                    moved_to.push(seq);
                }
            }
            moved_to
        });
    }
    let mut moved_to = marks.join().await.concat();
    moved_to.sort_unstable();
    ensure!(
        MARKERS,
        moved_to.is_sorted_by(|a, b| a < b),
        "two calls reported moving the marker to the same place: {moved_to:?}"
    );
    let found = cluster.node(1).thread_reads(&room, &user("b"), &[id]).await;
    let found = found.must(MARKERS, "thread_reads");
    ensure!(
        MARKERS,
        found.len() == 1 && Some(&found[0].read_seq) == moved_to.last(),
        "the marker was moved to {moved_to:?} but is {found:?}"
    );
}

pub(super) async fn threads_have_pages_of_their_own(cluster: Stores) {
    let (store, room) = (cluster.node(0), a_room());
    open(&store, &room, PAGES).await;
    let roots: Vec<_> = (0..2).map(|_| text(&user("a"), "root")).collect();
    let ids: Vec<_> = roots.iter().map(|m| m.id).collect();
    append(&store, &room, roots, PAGES).await;
    // Positions 3 to 22: replies to each root in turn, with other messages in between.
    let batch = (0..20).map(|n| {
        let mut message = text(&user("b"), format!("{n}"));
        message.draft.thread_id = [Some(ids[0]), None, Some(ids[1]), None][n % 4];
        message
    });
    let sent = append(&store, &room, batch.collect(), PAGES).await;
    // A tombstone keeps its place.
    change(&store, &room, &sent[8].message.id, &DELETE).await;
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
            "{query:?} must be {want:?} (before: {has_before}, after: {has_after}), but is \
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
        "a thread without replies returned the page {none:?}"
    );
}
