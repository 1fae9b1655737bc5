use super::log::{append, changes, ensure_run, open, page, seqs, text};
use super::store::{Store, Stores};
use super::{HEAD, PREFIX};
use crate::model::Anchor;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, user};
use crate::testing::tasks::{Done, Tasks};

const WRITERS: usize = 64;
const BATCHES: usize = 5;
/// How many messages a reader looks back.
const BACK: usize = 30;

/// Starts 64 writers, each with batches of one and two.
fn write(cluster: &Stores) -> Tasks<()> {
    let mut writers = Tasks::new();
    for writer in 0..WRITERS {
        let store = cluster.node(writer);
        writers.spawn(async move {
            let (room, sender) = (a_room(), user(format!("writer-{writer}")));
            for n in 0..BATCHES {
                let batch = (0..=n % 2).map(|n| text(&sender, format!("{n}"))).collect();
                append(&store, &room, batch, PREFIX).await;
            }
        });
    }
    writers
}

/// Reads changes on one handle, and the messages below them on the other.
async fn read_up(here: Store, there: Store, done: Done) {
    let room = a_room();
    let mut after = 0;
    loop {
        let last = done.get();
        let read = changes(&here, &room, after, 40, PREFIX).await;
        let found = seqs(&read.messages);
        let whose = "changes on one handle";
        ensure_run(PREFIX, &found, after + 1, read.through, whose);
        after = read.through;
        if after > 0 {
            let below = page(&there, &room, Anchor::Before(after), BACK, PREFIX).await;
            let first = after.saturating_sub(BACK as u64).max(1);
            let whose = "messages below them on another handle";
            ensure_run(PREFIX, &seqs(&below.messages), first, after - 1, whose);
        }
        if last && after == read.head {
            break;
        }
        tokio::task::yield_now().await;
    }
}

/// Reads the newest messages on one handle, and the same ones on the other.
async fn read_newest(here: Store, there: Store, done: Done) {
    let room = a_room();
    while !done.get() {
        let newest = page(&here, &room, Anchor::Newest, BACK, PREFIX).await;
        let found = seqs(&newest.messages);
        if let (Some(first), Some(last)) = (found.first(), found.last()) {
            ensure_run(PREFIX, &found, *first, *last, "the newest messages");
            let read = changes(&there, &room, first - 1, BACK, PREFIX).await;
            let found = seqs(&read.messages);
            ensure!(
                PREFIX,
                found.len() as u64 >= last - first,
                "one handle read {first}..={last}, then another reads {found:?}"
            );
        }
        tokio::task::yield_now().await;
    }
}

/// Reads the head on one handle, and the messages below it on the other.
async fn read_head(here: Store, there: Store, done: Done) {
    let room = a_room();
    let mut known = 0;
    while !done.get() {
        let heads = here.heads(std::slice::from_ref(&room)).await;
        let heads = heads.must(PREFIX, "heads");
        ensure!(
            PREFIX,
            heads.len() == 1,
            "heads of one room returned {heads:?}"
        );
        let head = heads[0].head;
        ensure!(
            HEAD,
            head >= known,
            "the head moved back from {known} to {head}"
        );
        known = head;
        let first = head.saturating_sub(BACK as u64).max(1);
        let below = page(&there, &room, Anchor::Before(head), BACK, PREFIX).await;
        let whose = "messages below a head on another handle";
        ensure_run(
            PREFIX,
            &seqs(&below.messages),
            first,
            head.max(1) - 1,
            whose,
        );
        tokio::task::yield_now().await;
    }
}

/// This room has no changes or removals, so every position below a known one exists.
pub(super) async fn no_reader_sees_a_position_before_those_below_it(cluster: Stores) {
    open(&cluster.node(0), &a_room(), PREFIX).await;
    let done = Done::default();
    let mut readers = Tasks::new();
    for n in 0..cluster.nodes().len() {
        let node = |step| cluster.node(n + step);
        readers.spawn(read_up(node(0), node(1), done.clone()));
        readers.spawn(read_newest(node(0), node(2), done.clone()));
    }
    write(&cluster).join().await;
    done.set();
    readers.join().await;
}

/// A reader that knows the head must find the message there.
pub(super) async fn a_head_is_never_ahead_of_what_can_be_read(cluster: Stores) {
    open(&cluster.node(0), &a_room(), PREFIX).await;
    let done = Done::default();
    let mut readers = Tasks::new();
    for n in 0..cluster.nodes().len() {
        readers.spawn(read_head(
            cluster.node(n),
            cluster.node(n + 1),
            done.clone(),
        ));
    }
    write(&cluster).join().await;
    done.set();
    readers.join().await;
}
