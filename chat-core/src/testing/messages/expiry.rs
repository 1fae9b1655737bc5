use std::time::Duration;

use super::log::{
    append, append_one, changes, edit, ensure_run, named, now, open, page, read_all, seqs, text,
};
use super::store::{Store, Stores};
use super::{DELETE_LOG, EXPIRY, HEAD, IDEMPOTENT};
use crate::model::{Anchor, NewMessage};
use crate::testing::check::{Must, Point, broken, ensure, eventually};
use crate::testing::ids::{a_room, room, user};
use crate::{ErrorKind, RoomId};

const SOON: Duration = Duration::from_millis(400);

pub(super) fn expiring(mut message: NewMessage, after: Duration) -> NewMessage {
    message.expires_at = Some(message.created_at.after(after));
    message
}

/// Waits until no message above `kept` is readable. The head must not move meanwhile.
pub(super) async fn wait_until_gone(
    cluster: &Stores,
    room: &RoomId,
    kept: u64,
    head: u64,
    point: Point,
) {
    let store = &cluster.node(0);
    let gone = eventually(cluster.patience(), || async {
        for store in cluster.nodes() {
            let now = open(store, room, HEAD).await.head;
            ensure!(
                HEAD,
                now == head,
                "expiry moved the head from {head} to {now}"
            );
        }
        let newest = page(store, room, Anchor::Newest, 1, point).await;
        newest
            .messages
            .last()
            .is_none_or(|m| m.seq <= kept)
            .then_some(())
    })
    .await;
    if gone.is_none() {
        let patience = cluster.patience();
        broken(
            EXPIRY,
            format_args!(
                "messages that expired soon after they were sent are still readable after \
                 {patience:?}; if the store removes late, give the cluster more patience"
            ),
        );
    }
}

pub(super) async fn the_head_survives_expiry(cluster: Stores) {
    let (some, none, past) = (a_room(), room("all-gone"), room("born-dead"));
    let sender = user("a");
    let mut epochs = Vec::new();
    for room in [&some, &none, &past] {
        epochs.push(open(&cluster.node(0), room, HEAD).await.epoch);
    }
    let keep = (0..5).map(|_| text(&sender, "kept")).collect();
    append(&cluster.node(0), &some, keep, HEAD).await;
    for room in [&some, &none] {
        let batch = (0..5)
            .map(|_| expiring(text(&sender, "gone"), SOON))
            .collect();
        append(&cluster.node(1), room, batch, HEAD).await;
    }
    // Expired when it is stored: it may never be visible, but it takes its position.
    let mut dead = text(&sender, "dead");
    dead.expires_at = Some(dead.created_at);
    append_one(&cluster.node(2), &past, text(&sender, "kept"), HEAD).await;
    append_one(&cluster.node(2), &past, dead, HEAD).await;

    for ((room, kept, head), epoch) in [(&some, 5, 10), (&none, 0, 5), (&past, 1, 2)]
        .into_iter()
        .zip(epochs)
    {
        wait_until_gone(&cluster, room, kept, head, HEAD).await;
        for store in cluster.nodes() {
            let heads = store
                .heads(std::slice::from_ref(room))
                .await
                .must(HEAD, "heads");
            ensure!(
                HEAD,
                heads.len() == 1 && heads[0].head == head && heads[0].epoch == epoch,
                "after expiry, the head of {epoch} at {head} is {heads:?}"
            );
            let read = changes(store, room, 0, 100, HEAD).await;
            ensure!(
                HEAD,
                (read.through, read.head, read.epoch) == (head, head, epoch),
                "after expiry, changes are through {} of {} in {}, not {head} in {epoch}",
                read.through,
                read.head,
                read.epoch
            );
            ensure_run(
                HEAD,
                &seqs(&read.messages),
                1,
                kept,
                "messages left by expiry",
            );
        }
        let next = append_one(&cluster.node(1), room, text(&sender, "next"), HEAD).await;
        let seq = next.message.seq;
        ensure!(
            HEAD,
            seq == head + 1,
            "the next message took {seq} after the head {head}"
        );
        let found = seqs(&read_all(&cluster.node(2), room, HEAD).await);
        let want: Vec<u64> = (1..=kept).chain([head + 1]).collect();
        ensure!(
            HEAD,
            found == want,
            "after expiry, the history is {found:?}, not {want:?}"
        );
    }
}

pub(super) async fn what_expired_is_gone_from_all_reads(cluster: Stores) {
    let room = a_room();
    let (store, sender) = (cluster.node(0), user("a"));
    let epoch = open(&store, &room, EXPIRY).await.epoch;
    append_one(&store, &room, text(&sender, "kept"), EXPIRY).await;
    let sent = append_one(
        &store,
        &room,
        expiring(named(&sender, "c", "gone"), SOON),
        EXPIRY,
    )
    .await;
    let id = sent.message.id;
    wait_until_gone(&cluster, &room, 1, 2, EXPIRY).await;
    let at_once = "an expired message, gone from the newest page,";
    for store in cluster.nodes() {
        let found = store.message(&room, &id).await.must(EXPIRY, "message");
        ensure!(EXPIRY, found.is_none(), "{at_once} is found by its id");
        let read = changes(store, &room, 1, 10, EXPIRY).await;
        ensure!(
            EXPIRY,
            read.messages.is_empty(),
            "{at_once} is in the changes"
        );
        let around = page(store, &room, Anchor::Around(2), 10, EXPIRY).await;
        ensure!(
            EXPIRY,
            seqs(&around.messages) == [1],
            "{at_once} is in another page"
        );
        ensure!(
            EXPIRY,
            !around.has_after,
            "{at_once} counts as a newer message"
        );
        let unread = store
            .unread(&user("b"), std::slice::from_ref(&room), &[])
            .await;
        let unread = unread.must(EXPIRY, "unread");
        ensure!(
            EXPIRY,
            unread[0].count == 1,
            "{at_once} counts as unread: {unread:?}"
        );
        let changed = store.change(&room, epoch, &id, &edit("x"), now()).await;
        changed.must_fail(
            EXPIRY,
            ErrorKind::MessageNotFound,
            "a change of an expired message",
        );
    }
    // Idempotency lasts as long as the message. A duplicate of an expired one would acknowledge a
    // message that nobody can read.
    let again = append_one(&store, &room, named(&sender, "c", "again"), IDEMPOTENT).await;
    ensure!(
        IDEMPOTENT,
        !again.duplicate && again.message.seq == 3,
        "a retry after the first message expired returned {again:?}"
    );
    let found = seqs(&read_all(&cluster.node(1), &room, EXPIRY).await);
    ensure!(
        EXPIRY,
        found == [1, 3],
        "after expiry, the history is {found:?}"
    );
}

async fn fill(store: &Store, room: &RoomId) {
    let batch = vec![
        named(&user("a"), "c", "first"),
        text(&user("a"), "second"),
        text(&user("b"), "third"),
    ];
    append(store, room, batch, DELETE_LOG).await;
    let marked = store.mark_read(room, &user("a"), 3, now()).await;
    marked.must(DELETE_LOG, "mark_read");
}

pub(super) async fn a_deleted_log_starts_anew(cluster: Stores) {
    let (here, beside) = (room("a"), room("a*"));
    let store = cluster.node(0);
    let old = open(&store, &here, DELETE_LOG).await;
    let other = open(&store, &beside, DELETE_LOG).await;
    fill(&store, &here).await;
    fill(&store, &beside).await;
    let first = page(&store, &here, Anchor::After(0), 1, DELETE_LOG).await;
    let deleted = store.delete_log(&here, Some(old.epoch)).await;
    deleted.must(DELETE_LOG, "delete_log");
    for store in cluster.nodes() {
        let both = [here.clone(), beside.clone()];
        let heads = store.heads(&both).await.must(DELETE_LOG, "heads");
        ensure!(
            DELETE_LOG,
            heads.len() == 1 && heads[0].epoch == other.epoch && heads[0].head == 3,
            "after delete_log, the heads of the deleted and the other room are {heads:?}"
        );
    }
    let new = open(&cluster.node(1), &here, DELETE_LOG).await;
    ensure!(
        DELETE_LOG,
        new.epoch != old.epoch,
        "a new log has the epoch of the deleted one"
    );
    ensure!(
        DELETE_LOG,
        new.head == 0 && new.last_activity.is_none(),
        "a recreated log starts as {new:?}"
    );
    for store in cluster.nodes() {
        let opened = open(store, &here, DELETE_LOG).await;
        ensure!(
            DELETE_LOG,
            opened == new,
            "one handle opened {new:?}, another opened {opened:?}"
        );
        let read = changes(store, &here, 0, 10, DELETE_LOG).await;
        ensure!(
            DELETE_LOG,
            read.messages.is_empty(),
            "a recreated log has old changes"
        );
        let found = store.message(&here, &first.messages[0].id).await;
        let found = found.must(DELETE_LOG, "message");
        ensure!(
            DELETE_LOG,
            found.is_none(),
            "a deleted message is found by its id"
        );
        let marker = store.read_marker(&here, &user("a")).await;
        let marker = marker.must(DELETE_LOG, "read_marker");
        ensure!(
            DELETE_LOG,
            marker.is_none(),
            "a recreated log has an old read marker: {marker:?}"
        );
        let markers = store.read_markers(&here, None, 10).await;
        let markers = markers.must(DELETE_LOG, "read_markers");
        ensure!(
            DELETE_LOG,
            markers.is_empty(),
            "a recreated log has old read markers: {markers:?}"
        );
    }
    fill(&cluster.node(2), &here).await;
    let found = seqs(&read_all(&store, &here, DELETE_LOG).await);
    ensure_run(DELETE_LOG, &found, 1, 3, "positions of the recreated log");
    let kept = seqs(&read_all(&store, &beside, DELETE_LOG).await);
    ensure_run(DELETE_LOG, &kept, 1, 3, "positions of the other log");
    // A late deletion of the old log must not touch the new one, on any node.
    for store in cluster.nodes() {
        let late = store.delete_log(&here, Some(old.epoch)).await;
        late.must(DELETE_LOG, "delete_log of another epoch");
    }
    let found = seqs(&read_all(&store, &here, DELETE_LOG).await);
    ensure_run(DELETE_LOG, &found, 1, 3, "positions after a late deletion");
    let nothing = store.delete_log(&room("never-was"), None).await;
    nothing.must(DELETE_LOG, "delete_log of a room without a log");
    let nothing = store.delete_log(&room("never-was"), Some(old.epoch)).await;
    nothing.must(DELETE_LOG, "delete_log of an epoch without a log");
}
