use std::time::Duration;

use super::log::{append, append_one, change, edit, now, open, text};
use super::store::{Store, Stores};
use super::{MARKERS, UNREAD};
use crate::model::{Change, Unread};
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, hostile_ids, room, user};
use crate::testing::tasks::{Done, Tasks};
use crate::{RoomId, UserId};

async fn filled(store: &Store, room: &RoomId, count: usize) {
    open(store, room, MARKERS).await;
    let batch = (0..count).map(|_| text(&user("a"), "hi")).collect();
    append(store, room, batch, MARKERS).await;
}

pub(super) async fn markers_never_move_back(cluster: Stores) {
    let room = a_room();
    filled(&cluster.node(0), &room, 8).await;
    let reader = user("$ne");
    let start = now();
    // (seq to mark, expected marker, whether it moves)
    let script = [
        (3, 3, true),
        (3, 3, false),
        (1, 3, false),
        (5, 5, true),
        (0, 5, false),
        (100, 8, true),
        (100, 8, false),
        (8, 8, false),
    ];
    let none = cluster.node(0).read_marker(&room, &reader).await;
    let none = none.must(MARKERS, "read_marker");
    ensure!(
        MARKERS,
        none.is_none(),
        "a user who has read nothing has {none:?}"
    );
    let mut moved_at = start;
    for (n, (seq, want, want_moved)) in script.into_iter().enumerate() {
        let at = start.after(Duration::from_secs(n as u64));
        let marked = cluster.node(n).mark_read(&room, &reader, seq, at).await;
        let (marker, moved) = marked.must(MARKERS, "mark_read");
        if want_moved {
            moved_at = at;
        }
        ensure!(
            MARKERS,
            marker.user_id == reader && marker.seq == want && moved == want_moved,
            "marking {seq} of 8 returned {marker:?}, moved: {moved}; expected {want}, {want_moved}"
        );
        ensure!(
            MARKERS,
            marker.at == moved_at,
            "a marker last moved at {moved_at} has the time {}",
            marker.at
        );
        let found = cluster.node(n + 2).read_marker(&room, &reader).await;
        let found = found.must(MARKERS, "read_marker");
        ensure!(
            MARKERS,
            found.as_ref() == Some(&marker),
            "the marker {marker:?} is read as {found:?}"
        );
        let listed = cluster.node(n + 1).read_markers(&room, None, 10).await;
        let listed = listed.must(MARKERS, "read_markers");
        ensure!(
            MARKERS,
            listed == [marker.clone()],
            "the marker {marker:?} is listed as {listed:?}"
        );
    }
}

pub(super) async fn markers_move_once_at_once(cluster: Stores) {
    let room = a_room();
    filled(&cluster.node(0), &room, 200).await;
    let reader = user("b");
    let done = Done::default();
    let mut watchers = Tasks::new();
    for n in 0..cluster.nodes().len() {
        let (room, store, seen, reader) =
            (room.clone(), cluster.node(n), done.clone(), reader.clone());
        watchers.spawn(async move {
            let mut known = 0;
            while !seen.get() {
                let listed = store
                    .read_markers(&room, None, 10)
                    .await
                    .must(MARKERS, "read_markers");
                let listed = listed.first().map_or(0, |m| m.seq);
                ensure!(
                    MARKERS,
                    listed >= known,
                    "a marker moved back from {known} to {listed}"
                );
                let unread = store
                    .unread(&reader, std::slice::from_ref(&room), &[])
                    .await;
                let read = unread.must(MARKERS, "unread")[0].read_seq;
                ensure!(
                    MARKERS,
                    read >= listed,
                    "a marker moved back from {listed} to {read}"
                );
                known = read;
                tokio::task::yield_now().await;
            }
        });
    }
    let mut marks = Tasks::new();
    for n in 0..16_u64 {
        let (room, reader) = (room.clone(), reader.clone());
        let store = cluster.node(usize::try_from(n).unwrap_or(0));
        marks.spawn(async move {
            let mut random = fastrand::Rng::with_seed(n);
            let mut moved_to = Vec::new();
            for _ in 0..8 {
                let seq = random.u64(1..=200);
                let marked = store.mark_read(&room, &reader, seq, now()).await;
                let (marker, moved) = marked.must(MARKERS, "mark_read");
                ensure!(
                    MARKERS,
                    marker.seq >= seq,
                    "marking {seq} returned {}",
                    marker.seq
                );
                if moved {
                    moved_to.push(seq);
                }
            }
            moved_to
        });
    }
    let mut moved_to = marks.join().await.concat();
    done.set();
    watchers.join().await;
    moved_to.sort_unstable();
    ensure!(
        MARKERS,
        moved_to.is_sorted_by(|a, b| a < b),
        "two calls reported moving the marker to the same place: {moved_to:?}"
    );
    let listed = cluster.node(1).read_markers(&room, None, 10).await;
    let listed = listed.must(MARKERS, "read_markers");
    ensure!(
        MARKERS,
        listed.len() == 1 && Some(&listed[0].seq) == moved_to.last(),
        "the marker was moved to {moved_to:?} but is {listed:?}"
    );
}

pub(super) async fn markers_are_listed_by_user(cluster: Stores) {
    let room = a_room();
    filled(&cluster.node(0), &room, 5).await;
    let mut readers: Vec<UserId> = hostile_ids().into_iter().map(user).collect();
    for (n, reader) in readers.iter().enumerate() {
        let seq = n as u64 % 5 + 1;
        let marked = cluster.node(n).mark_read(&room, reader, seq, now()).await;
        let (marker, moved) = marked.must(MARKERS, "mark_read");
        ensure!(
            MARKERS,
            moved && marker.seq == seq && marker.user_id == *reader,
            "the first marker of {reader:?}, at {seq}, is {marker:?}, moved: {moved}"
        );
    }
    readers.sort();
    let mut listed: Vec<UserId> = Vec::new();
    loop {
        let next = cluster
            .node(listed.len())
            .read_markers(&room, listed.last(), 7)
            .await;
        let next = next.must(MARKERS, "read_markers");
        ensure!(
            MARKERS,
            next.len() <= 7,
            "a page of 7 returned {} markers",
            next.len()
        );
        if next.is_empty() {
            break;
        }
        listed.extend(next.into_iter().map(|m| m.user_id));
        ensure!(
            MARKERS,
            listed.is_sorted_by(|a, b| a < b),
            "markers are not listed by user id: {listed:?}"
        );
    }
    ensure!(
        MARKERS,
        listed == readers,
        "the markers are of {listed:?}, not {readers:?}"
    );
}

async fn ensure_unread(cluster: &Stores, reader: &str, want: (u64, u64), why: &str) {
    for store in cluster.nodes() {
        let found = store.unread(&user(reader), &[a_room()], &[]).await;
        let found = found.must(UNREAD, "unread");
        ensure!(
            UNREAD,
            found.len() == 1 && (found[0].read_seq, found[0].count) == want,
            "{why}: (read_seq, count) of {reader:?} is {found:?}, not {want:?}"
        );
    }
}

pub(super) async fn unread_counts_what_others_sent(cluster: Stores) {
    let here = a_room();
    let store = cluster.node(0);
    open(&store, &here, UNREAD).await;
    let senders = ["a", "a", "b", "a", "b", "$ne"];
    let batch = senders.iter().map(|s| text(&user(s), "hi")).collect();
    let sent = append(&store, &here, batch, UNREAD).await;
    ensure_unread(&cluster, "a", (0, 3), "three of six are by others").await;
    ensure_unread(&cluster, "c", (0, 6), "all six are by others").await;
    let marked = store.mark_read(&here, &user("a"), 3, now()).await;
    marked.must(UNREAD, "mark_read");
    ensure_unread(&cluster, "a", (3, 2), "two by others follow the marker").await;
    ensure_unread(&cluster, "c", (0, 6), "another user's marker moved").await;
    change(&store, &here, &sent[2].message.id, &edit("edited")).await;
    ensure_unread(&cluster, "a", (3, 2), "a read message was edited").await;
    change(&store, &here, &sent[4].message.id, &edit("edited")).await;
    ensure_unread(&cluster, "a", (3, 2), "an unread message was edited").await;
    change(
        &store,
        &here,
        &sent[4].message.id,
        &Change::Delete { by: None },
    )
    .await;
    ensure_unread(&cluster, "a", (3, 1), "one of two is deleted").await;
    change(
        &store,
        &here,
        &sent[0].message.id,
        &Change::Delete { by: None },
    )
    .await;
    ensure_unread(&cluster, "c", (0, 4), "two of six are deleted").await;
    append_one(&store, &here, text(&user("a"), "own"), UNREAD).await;
    ensure_unread(&cluster, "a", (3, 1), "own messages do not count").await;
    let marked = store.mark_read(&here, &user("a"), 100, now()).await;
    marked.must(UNREAD, "mark_read");
    ensure_unread(&cluster, "a", (11, 0), "everything up to the head is read").await;

    let rooms: Vec<RoomId> = ["x", "a.b", "never-opened", "*"]
        .into_iter()
        .map(room)
        .collect();
    for (n, room) in rooms.iter().enumerate().filter(|(n, _)| *n != 2) {
        filled(&store, room, n + 1).await;
    }
    let asked = [&rooms[3], &rooms[2], &here, &rooms[0], &rooms[1]].map(Clone::clone);
    let found = cluster
        .node(1)
        .unread(&user("c"), &asked, &[])
        .await
        .must(UNREAD, "unread");
    let found: Vec<(&RoomId, u64)> = found.iter().map(|u| (&u.room_id, u.count)).collect();
    let want: Vec<(&RoomId, u64)> = asked.iter().zip([4, 0, 5, 1, 2]).collect();
    ensure!(
        UNREAD,
        found == want,
        "several rooms have {found:?} unread, not {want:?}"
    );
}

pub(super) async fn unread_counts_up_to_its_limit(cluster: Stores) {
    let room = a_room();
    let store = cluster.node(0);
    open(&store, &room, UNREAD).await;
    for _ in 0..11 {
        let batch = (0..100).map(|_| text(&user("b"), "hi")).collect();
        append(&store, &room, batch, UNREAD).await;
    }
    ensure_unread(&cluster, "a", (0, Unread::MAX), "1100 are unread").await;
    let marked = store.mark_read(&room, &user("a"), 101, now()).await;
    marked.must(UNREAD, "mark_read");
    ensure_unread(&cluster, "a", (101, 999), "999 are unread").await;
}
