//! Removed messages must not appear in indirect reads: threads, pins, search, pushes.

use std::time::Duration;

use super::counts::{mentioning, reply};
use super::expiry::{expiring, wait_until_gone};
use super::log::{append, change, now, open, text};
use super::search::query;
use super::store::{Store, Stores};
use super::{DELETE_LOG, EXPIRY};
use crate::model::{Change, NewMessage, ThreadRead};
use crate::testing::check::{Must, Point, ensure};
use crate::testing::ids::{a_room, room, user};
use crate::{MessageId, RoomId};

/// Long enough for a slow store to pin a message before it expires.
const SOON: Duration = Duration::from_millis(1500);

/// Sends a root and two replies that mention `b`, all pinned and due for push.
async fn filled(
    store: &Store,
    room: &RoomId,
    point: Point,
    shape: impl Fn(NewMessage) -> NewMessage,
) -> [MessageId; 3] {
    open(store, room, point).await;
    let root = text(&user("a"), "root");
    let root_id = root.id;
    let replies = [0, 1].map(|_| {
        let mut message = mentioning("a", &["b"]);
        message.draft.thread_id = reply("a", root_id).draft.thread_id;
        message.push_due = Some(message.created_at);
        shape(message)
    });
    let ids = [root_id, replies[0].id, replies[1].id];
    let batch = std::iter::once(root).chain(replies);
    append(store, room, batch.collect(), point).await;
    for id in &ids[1..] {
        change(store, room, id, &Change::Pin { by: None }).await;
    }
    ids
}

/// Asserts that no read shows a trace of the replies.
async fn ensure_no_trace(cluster: &Stores, here: &RoomId, root: MessageId, point: Point) {
    let rooms = [here.clone()];
    for store in cluster.nodes() {
        let threads = store.threads(here, &[root]).await.must(point, "threads");
        ensure!(
            point,
            threads == [None],
            "removed replies still form the threads {threads:?}"
        );
        let reads = store.thread_reads(here, &user("b"), &[root]).await;
        let reads = reads.must(point, "thread_reads");
        ensure!(
            point,
            reads == [ThreadRead::default()],
            "a removed thread still has the reads {reads:?}"
        );
        let unread = store.unread(&user("b"), &rooms, &[]).await;
        let unread = unread.must(point, "unread");
        ensure!(
            point,
            unread.len() == 1 && unread[0].mentions == 0,
            "mentions in removed messages count: {unread:?}"
        );
        let pins = store.pins(here, 10).await.must(point, "pins");
        ensure!(
            point,
            pins.is_empty(),
            "removed messages are pinned: {pins:?}"
        );
        let found = store.search(&query(&rooms, "look")).await;
        let found = found.must(point, "search");
        ensure!(
            point,
            found.messages.is_empty(),
            "search finds removed messages: {found:?}"
        );
    }
    let pushes = cluster.node(1).claim(now(), SOON, 10).await;
    let pushes = pushes.must(point, "claim");
    ensure!(
        point,
        pushes.iter().all(|m| m.room_id != *here),
        "removed messages are due for push: {pushes:?}"
    );
}

pub(super) async fn what_expired_counts_nowhere(cluster: Stores) {
    let (store, here) = (cluster.node(0), a_room());
    let soon = |message| expiring(message, SOON);
    let [root, ..] = filled(&store, &here, EXPIRY, soon).await;
    let head = open(&store, &here, EXPIRY).await.head;
    wait_until_gone(&cluster, &here, 1, head, EXPIRY).await;
    ensure_no_trace(&cluster, &here, root, EXPIRY).await;
}

pub(super) async fn a_deleted_log_takes_all_with_it(cluster: Stores) {
    let (here, beside) = (room("a"), room("a*"));
    let store = cluster.node(0);
    let mut roots = Vec::new();
    for room in [&here, &beside] {
        let ids = filled(&store, room, DELETE_LOG, |message| message).await;
        let marked = store.mark_thread_read(room, &ids[0], &user("b"), 2).await;
        marked.must(DELETE_LOG, "mark_thread_read");
        let hidden = store.hide(room, &user("b"), &ids[0], 10).await;
        hidden.must(DELETE_LOG, "hide");
        roots.push(ids[0]);
    }
    store
        .delete_log(&here, None)
        .await
        .must(DELETE_LOG, "delete_log");
    ensure_no_trace(&cluster, &here, roots[0], DELETE_LOG).await;
    for store in cluster.nodes() {
        let hidden = store.hidden(&here, &user("b")).await;
        let hidden = hidden.must(DELETE_LOG, "hidden");
        ensure!(
            DELETE_LOG,
            hidden.is_empty(),
            "{hidden:?} are hidden in a deleted log"
        );
        let hidden = store.hidden(&beside, &user("b")).await;
        let pins = store.pins(&beside, 10).await.must(DELETE_LOG, "pins");
        let reads = store.thread_reads(&beside, &user("b"), &roots[1..]).await;
        let reads = reads.must(DELETE_LOG, "thread_reads");
        ensure!(
            DELETE_LOG,
            hidden.must(DELETE_LOG, "hidden") == [1]
                && pins.len() == 2
                && reads.first().map(|r| (r.read_seq, r.unread)) == Some((2, 1)),
            "the other log lost state: {pins:?}, {reads:?}"
        );
    }
    let later = now().after(Duration::from_secs(60));
    let pushes = store.claim(later, SOON, 10).await;
    let pushes = pushes.must(DELETE_LOG, "claim");
    ensure!(
        DELETE_LOG,
        pushes.len() == 2 && pushes.iter().all(|m| m.room_id == beside),
        "due for push are {pushes:?}, not the two of the other log"
    );
}
