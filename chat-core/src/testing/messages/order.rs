use super::log::{
    append, append_one, change, changes, edit, ensure_run, open, read_all, seqs, text,
};
use super::store::Stores;
use super::{CHANGE, HEADS, ORDER, PARTIAL};
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, hostile_ids, room, user};
use crate::testing::tasks::Tasks;

const WRITERS: u64 = 64;
/// The batch sizes that each writer appends in sequence.
const BATCHES: [u64; 3] = [1, 3, 2];

pub(super) async fn positions_are_exactly_one_to_n(cluster: Stores) {
    let room = a_room();
    open(&cluster.node(0), &room, ORDER).await;
    let mut writers = Tasks::new();
    for writer in 0..WRITERS {
        let room = room.clone();
        let store = cluster.node(usize::try_from(writer).unwrap_or(0));
        writers.spawn(async move {
            let sender = user(format!("writer-{writer}"));
            let mut taken = Vec::new();
            for size in BATCHES {
                let batch = (0..size).map(|n| text(&sender, format!("{n}"))).collect();
                let answers = append(&store, &room, batch, ORDER).await;
                let seqs: Vec<u64> = answers.iter().map(|a| a.message.seq).collect();
                ensure!(
                    ORDER,
                    seqs.is_sorted_by(|a, b| a < b),
                    "the entries of one batch took {seqs:?}"
                );
                ensure!(
                    ORDER,
                    answers.iter().all(|a| a.message.rev == a.message.seq),
                    "the rev of a new message differs from its seq"
                );
                taken.extend(seqs);
            }
            taken
        });
    }
    let mut taken = writers.join().await.concat();
    taken.sort_unstable();
    let total = WRITERS * BATCHES.iter().sum::<u64>();
    ensure_run(ORDER, &taken, 1, total, "positions of all writers");
    for (n, store) in cluster.nodes().iter().enumerate() {
        let head = open(store, &room, ORDER).await.head;
        ensure!(
            ORDER,
            head == total,
            "handle {n} has head {head}, not {total}"
        );
        let stored = seqs(&read_all(store, &room, ORDER).await);
        ensure_run(ORDER, &stored, 1, total, "stored positions");
    }
}

pub(super) async fn appends_and_changes_share_one_sequence(cluster: Stores) {
    let room = a_room();
    open(&cluster.node(0), &room, ORDER).await;
    let mut writers = Tasks::new();
    for writer in 0..16 {
        let (room, store) = (room.clone(), cluster.node(writer));
        writers.spawn(async move {
            let sender = user(format!("writer-{writer}"));
            let mut taken = Vec::new();
            for n in 0..4 {
                let sent = append_one(&store, &room, text(&sender, "first"), ORDER).await;
                taken.push(sent.message.rev);
                let edited = change(&store, &room, &sent.message.id, &edit(format!("{n}"))).await;
                ensure!(
                    CHANGE,
                    edited.changed && edited.message.seq == sent.message.seq,
                    "an edit of seq {} returned {edited:?}",
                    sent.message.seq
                );
                taken.push(edited.message.rev);
            }
            taken
        });
    }
    let mut taken = writers.join().await.concat();
    taken.sort_unstable();
    ensure_run(ORDER, &taken, 1, 128, "positions of appends and edits");
    let head = open(&cluster.node(1), &room, ORDER).await.head;
    ensure!(ORDER, head == 128, "the head is {head} after 128 writes");
}

pub(super) async fn rooms_do_not_mix(cluster: Stores) {
    let rooms: Vec<_> = hostile_ids().into_iter().map(room).collect();
    let mut sent = Vec::new();
    for (n, room) in rooms.iter().enumerate() {
        let store = cluster.node(n);
        let head = open(&store, room, ORDER).await;
        ensure!(
            ORDER,
            head.head == 0,
            "the new room {room:?} has head {}",
            head.head
        );
        // Rooms differ in their number of messages. Each room's id is also a user's id.
        let batch = (0..=n % 3)
            .map(|_| text(&user(room), room.as_str()))
            .collect();
        sent.push(append(&store, room, batch, ORDER).await);
    }
    for (n, (room, sent)) in rooms.iter().zip(&sent).enumerate() {
        let store = cluster.node(n + 1);
        let stored = read_all(&store, room, ORDER).await;
        let as_sent = stored.iter().eq(sent.iter().map(|a| &*a.message));
        ensure!(
            ORDER,
            as_sent,
            "{room:?} holds {stored:?}, not the messages sent to it"
        );
        let read = changes(&store, room, 0, 100, ORDER).await;
        ensure!(
            ORDER,
            read.messages == stored,
            "changes of {room:?} differ from its history"
        );
        let Some(first) = sent.first() else { continue };
        let other = &rooms[(n + 1) % rooms.len()];
        let found = store
            .message(other, &first.message.id)
            .await
            .must(ORDER, "message");
        ensure!(
            ORDER,
            found.is_none(),
            "a message of {room:?} is found in {other:?}"
        );
    }
}

pub(super) async fn each_entry_has_its_answer(cluster: Stores) {
    let room = a_room();
    let store = cluster.node(0);
    let epoch = open(&store, &room, PARTIAL).await.epoch;
    let first = append_one(&store, &room, text(&user("a"), "first"), PARTIAL).await;
    let mut taken_id = text(&user("b"), "a taken id");
    taken_id.id = first.message.id;
    let batch = vec![
        text(&user("b"), "before"),
        taken_id,
        text(&user("b"), "behind"),
    ];
    let ids: Vec<_> = batch.iter().map(|m| m.id).collect();
    let answers = cluster.node(1).append(&room, epoch, batch).await;
    ensure!(
        PARTIAL,
        answers.len() == 3,
        "3 entries got {} results",
        answers.len()
    );
    for (n, answer) in answers.into_iter().enumerate() {
        if n == 1 {
            // The entry may fail or return the existing message; it must not store a second one.
            let stored = answer.is_ok_and(|a| a.message.text != "first");
            ensure!(PARTIAL, !stored, "two messages have the same id");
            continue;
        }
        let sent = answer
            .must(PARTIAL, "an entry next to one that fails")
            .message;
        ensure!(
            PARTIAL,
            sent.id == ids[n],
            "the results are not in the order of the batch"
        );
        let want = if n == 0 { 2 } else { 3 };
        ensure!(
            PARTIAL,
            sent.seq == want,
            "entry {n} took {} instead of {want}",
            sent.seq
        );
    }
    let stored = read_all(&store, &room, PARTIAL).await;
    ensure_run(
        PARTIAL,
        &seqs(&stored),
        1,
        3,
        "positions next to a failed entry",
    );
    ensure!(
        PARTIAL,
        stored[0].text == "first",
        "an entry with a taken id replaced the message"
    );
    let none = store.append(&room, epoch, Vec::new()).await;
    ensure!(
        PARTIAL,
        none.is_empty(),
        "an empty batch got {} results",
        none.len()
    );
    let head = open(&store, &room, PARTIAL).await.head;
    ensure!(
        PARTIAL,
        head == 3,
        "the head is {head} after 3 accepted entries"
    );
}

pub(super) async fn heads_of_many_rooms(cluster: Stores) {
    let mut asked = Vec::new();
    for n in 0..30_u64 {
        let room = room(format!("room-{n}"));
        if n % 3 != 0 {
            let store = cluster.node(0);
            open(&store, &room, HEADS).await;
            let batch = (0..n % 5).map(|_| text(&user("a"), "hi")).collect();
            append(&store, &room, batch, HEADS).await;
        }
        asked.push(room);
    }
    let store = cluster.node(1);
    let heads = store.heads(&asked).await.must(HEADS, "heads");
    ensure!(
        HEADS,
        heads.len() == 20,
        "{} of 20 rooms have a head",
        heads.len()
    );
    for (n, room) in asked.iter().enumerate().filter(|(n, _)| n % 3 != 0) {
        let Some(head) = heads.iter().find(|h| h.room_id == *room) else {
            ensure!(HEADS, false, "the head of {room} is missing");
            continue;
        };
        ensure!(
            HEADS,
            head.head == n as u64 % 5,
            "{room} has head {}",
            head.head
        );
        let opened = open(&store, room, HEADS).await;
        ensure!(
            HEADS,
            *head == opened,
            "heads returned {head:?}, but open returned {opened:?}"
        );
    }
    let none = store.heads(&[]).await.must(HEADS, "heads of no rooms");
    ensure!(
        HEADS,
        none.is_empty(),
        "heads of no rooms returned {none:?}"
    );
}
