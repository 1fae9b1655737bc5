use super::COUNTS;
use super::log::{append, change, edit, now, open, text};
use super::store::Stores;
use crate::model::{Change, NewMessage, Readers, SystemEvent, ThreadRead};
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, user};
use crate::{ErrorKind, MessageId};

pub(super) fn reply(sender: &str, root: MessageId) -> NewMessage {
    let mut message = text(&user(sender), "a reply");
    message.draft.thread_id = Some(root);
    message
}

pub(super) fn mentioning(sender: &str, mentioned: &[&str]) -> NewMessage {
    let mut message = text(&user(sender), "look");
    message.draft.mentions = mentioned.iter().map(user).collect();
    message
}

fn shadowed(mut message: NewMessage) -> NewMessage {
    message.shadowed = true;
    message
}

pub(super) const DELETE: Change = Change::Delete { by: None };

/// Asserts a reader's `(unread, mentions)` on every handle.
async fn ensure_unread(
    cluster: &Stores,
    reader: &str,
    without: &[&str],
    want: (u64, u64),
    why: &str,
) {
    let without: Vec<_> = without.iter().map(user).collect();
    for store in cluster.nodes() {
        let found = store.unread(&user(reader), &[a_room()], &without).await;
        let found = found.must(COUNTS, "unread");
        ensure!(
            COUNTS,
            found.len() == 1 && (found[0].count, found[0].mentions) == want,
            "{why}: (count, mentions) of {reader:?} is {found:?}, not {want:?}"
        );
    }
}

pub(super) async fn mentions_are_counted(cluster: Stores) {
    let (store, room) = (cluster.node(0), a_room());
    open(&store, &room, COUNTS).await;
    let batch = vec![
        mentioning("a", &["b", "$ne", "b"]),
        mentioning("b", &["b", "a"]),
        mentioning("c", &["b"]),
        text(&user("a"), "b"),
        mentioning("$ne", &["c"]),
    ];
    let sent = append(&store, &room, batch, COUNTS).await;
    ensure_unread(&cluster, "b", &[], (4, 2), "own mentions do not count").await;
    ensure_unread(&cluster, "$ne", &[], (4, 1), "only the first mentions $ne").await;
    ensure_unread(
        &cluster,
        "b",
        &["c"],
        (3, 1),
        "messages from c are excluded",
    )
    .await;
    ensure_unread(
        &cluster,
        "b",
        &["b", "c", "x"],
        (3, 1),
        "b is excluded twice",
    )
    .await;
    change(&store, &room, &sent[0].message.id, &edit("edited")).await;
    ensure_unread(&cluster, "b", &[], (4, 2), "an edit changes no count").await;
    change(&store, &room, &sent[0].message.id, &DELETE).await;
    ensure_unread(
        &cluster,
        "b",
        &[],
        (3, 1),
        "a deleted message does not count",
    )
    .await;
    let marked = store.mark_read(&room, &user("b"), 3, now()).await;
    marked.must(COUNTS, "mark_read");
    ensure_unread(&cluster, "b", &[], (2, 0), "the mentions are read").await;
}

pub(super) async fn shadowed_messages_count_nowhere(cluster: Stores) {
    let (store, room) = (cluster.node(0), a_room());
    open(&store, &room, COUNTS).await;
    let root = text(&user("a"), "root");
    let id = root.id;
    let batch = vec![
        root,
        shadowed(mentioning("a", &["b"])),
        shadowed(reply("a", id)),
        reply("a", id),
    ];
    let sent = append(&store, &room, batch, COUNTS).await;
    ensure!(
        COUNTS,
        sent.iter()
            .map(|a| a.message.shadowed)
            .eq([false, true, true, false]),
        "append must return whether a message is shadowed"
    );
    ensure_unread(&cluster, "b", &[], (2, 0), "two of four are shadowed").await;
    let stored = store.message(&room, &sent[1].message.id).await;
    let stored = stored.must(COUNTS, "message");
    ensure!(
        COUNTS,
        stored.is_some_and(|m| m.shadowed),
        "message must return whether a message is shadowed"
    );
    let threads = store.threads(&room, &[id]).await.must(COUNTS, "threads");
    ensure!(
        COUNTS,
        threads.len() == 1 && threads[0].is_some_and(|t| t.reply_count == 1),
        "one of two replies is shadowed, but the threads are {threads:?}"
    );
    ensure_thread_unread(&cluster, "b", id, 1, "one of two replies is shadowed").await;
}

pub(super) async fn system_messages_count_nowhere(cluster: Stores) {
    let (store, room) = (cluster.node(0), a_room());
    open(&store, &room, COUNTS).await;
    let root = text(&user("a"), "root");
    let id = root.id;
    let mut notice = NewMessage::system(SystemEvent::Notice {}, "look", now());
    notice.draft.mentions = vec![user("b")];
    notice.draft.thread_id = Some(id);
    append(&store, &room, vec![root, notice], COUNTS).await;
    ensure_unread(&cluster, "b", &[], (1, 0), "one of two is a system message").await;
    let threads = store.threads(&room, &[id]).await.must(COUNTS, "threads");
    ensure!(
        COUNTS,
        threads == [None],
        "the only reply is a system message, but the threads are {threads:?}"
    );
    ensure_thread_unread(&cluster, "b", id, 0, "the only reply is a system message").await;
}

/// Asserts the unread replies of a reader without a thread marker, on every handle.
async fn ensure_thread_unread(
    cluster: &Stores,
    reader: &str,
    root: MessageId,
    unread: u64,
    why: &str,
) {
    for store in cluster.nodes() {
        let found = store.thread_reads(&a_room(), &user(reader), &[root]).await;
        let found = found.must(COUNTS, "thread_reads");
        let want = ThreadRead {
            read_seq: 0,
            unread,
        };
        ensure!(
            COUNTS,
            found == [want],
            "{why}: {reader:?} has {found:?} in the thread, not {want:?}"
        );
    }
}

pub(super) async fn hidden_messages_do_not_count(cluster: Stores) {
    let (store, room) = (cluster.node(0), a_room());
    open(&store, &room, COUNTS).await;
    let batch = vec![
        mentioning("a", &["b"]),
        text(&user("a"), "second"),
        text(&user("b"), "own"),
        text(&user("c"), "third"),
    ];
    let sent = append(&store, &room, batch, COUNTS).await;
    let id = |n: usize| sent[n].message.id;
    for (n, new) in [(0, true), (2, true), (0, false)] {
        let hidden = cluster.node(n).hide(&room, &user("b"), &id(n), 3).await;
        let hidden = hidden.must(COUNTS, "hide");
        ensure!(
            COUNTS,
            hidden == new,
            "hide of message {n} returned {hidden}"
        );
    }
    ensure_unread(&cluster, "b", &[], (2, 0), "one of three is hidden").await;
    ensure_unread(&cluster, "b", &["a"], (1, 0), "a is excluded too").await;
    ensure_unread(&cluster, "c", &[], (3, 0), "hidden only for b").await;
    let hidden = cluster.node(1).hidden(&room, &user("b")).await;
    let hidden = hidden.must(COUNTS, "hidden");
    ensure!(
        COUNTS,
        hidden == [1, 3],
        "hidden are {hidden:?}, not 1 and 3"
    );
    store
        .hide(&room, &user("b"), &id(1), 3)
        .await
        .must(COUNTS, "hide");
    let again = store.hide(&room, &user("b"), &id(2), 3).await;
    let again = again.must(COUNTS, "hide of a hidden message, at the maximum");
    ensure!(COUNTS, !again, "hiding a hidden message reported a change");
    let full = store.hide(&room, &user("b"), &id(3), 3).await;
    ensure!(
        COUNTS,
        full.as_ref()
            .is_err_and(|e| e.kind() == ErrorKind::Conflict),
        "hiding one message more than the maximum returned {full:?}"
    );
    let unknown = store.hide(&room, &user("c"), &MessageId::random(), 3).await;
    ensure!(
        COUNTS,
        unknown
            .as_ref()
            .is_err_and(|e| e.kind() == ErrorKind::MessageNotFound),
        "hiding an unknown message returned {unknown:?}"
    );
}

pub(super) async fn hidden_replies_do_not_count(cluster: Stores) {
    let (store, room) = (cluster.node(0), a_room());
    open(&store, &room, COUNTS).await;
    let root = text(&user("a"), "root");
    let id = root.id;
    let batch = vec![root, reply("a", id), reply("c", id)];
    let sent = append(&store, &room, batch, COUNTS).await;
    let hidden = store.hide(&room, &user("b"), &sent[1].message.id, 3).await;
    hidden.must(COUNTS, "hide");
    ensure_thread_unread(&cluster, "b", id, 1, "one of two replies is hidden").await;
    ensure_thread_unread(&cluster, "c", id, 1, "hidden only for b").await;
    let threads = store.threads(&room, &[id]).await.must(COUNTS, "threads");
    ensure!(
        COUNTS,
        threads.len() == 1 && threads[0].is_some_and(|t| t.reply_count == 2),
        "hiding a reply from one user changed the thread for all: {threads:?}"
    );
}

pub(super) async fn readers_are_those_whose_marker_is_there(cluster: Stores) {
    let (store, room) = (cluster.node(0), a_room());
    open(&store, &room, COUNTS).await;
    let batch = (0..9).map(|_| text(&user("a"), "hi")).collect();
    append(&store, &room, batch, COUNTS).await;
    for (reader, seq) in [("a", 9), ("b", 3), ("c", 5), ("$ne", 4), ("d", 9)] {
        let marked = store.mark_read(&room, &user(reader), seq, now()).await;
        marked.must(COUNTS, "mark_read");
    }
    for (seq, except, limit, count, users) in [
        (4, Some("a"), 10, 3, vec!["$ne", "c", "d"]),
        (4, None, 10, 4, vec!["$ne", "a", "c", "d"]),
        (5, Some("a"), 1, 2, vec!["c"]),
        (9, Some("d"), 10, 1, vec!["a"]),
        (1, Some("a"), 0, 4, vec![]),
    ] {
        let except = except.map(user);
        let found = cluster
            .node(1)
            .readers(&room, seq, except.as_ref(), limit)
            .await;
        let found = found.must(COUNTS, "readers");
        let users = users.iter().map(user).collect();
        let want = Readers { count, users };
        ensure!(
            COUNTS,
            found == want,
            "the readers of {seq} are {found:?}, not {want:?}"
        );
    }
}
