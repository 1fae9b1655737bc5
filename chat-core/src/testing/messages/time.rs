use std::time::Duration;

use super::TIME;
use super::log::{append, append_one, change, edit, now, open, read_all, text};
use super::store::Stores;
use crate::Timestamp;
use crate::model::NewMessage;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, user};
use crate::testing::tasks::Tasks;

fn at(time: Timestamp) -> NewMessage {
    let mut message = text(&user("a"), "hi");
    message.created_at = time;
    message
}

pub(super) async fn a_late_clock_is_raised_to_the_newest_message(cluster: Stores) {
    let room = a_room();
    let new = open(&cluster.node(0), &room, TIME).await;
    ensure!(
        TIME,
        new.last_activity.is_none(),
        "a new log has a last activity: {new:?}"
    );
    let start = now();
    let minutes = |n: u64| start.after(Duration::from_secs(60 * n));
    // (clock of the accepting node, expected time of the message)
    let script = [
        (minutes(5), minutes(5)),
        (start, minutes(5)),
        (minutes(5), minutes(5)),
        (minutes(9), minutes(9)),
        (minutes(8), minutes(9)),
        (minutes(10), minutes(10)),
    ];
    for (n, (clock, want)) in script.into_iter().enumerate() {
        let sent = append_one(&cluster.node(n), &room, at(clock), TIME)
            .await
            .message;
        ensure!(
            TIME,
            sent.created_at == want,
            "a clock at {clock} gave the time {} although the newest message has {want}",
            sent.created_at
        );
        // An edit changes neither the message's creation time nor the newest time.
        let edited = cluster
            .node(n)
            .change(&room, new.epoch, &sent.id, &edit("x"), minutes(60))
            .await;
        let edited = edited.must(TIME, "edit").message;
        ensure!(
            TIME,
            edited.created_at == want,
            "an edit changed a message's creation time"
        );
    }
    let batch = [12, 11, 13].map(|n| at(minutes(n))).into();
    let sent = append(&cluster.node(1), &room, batch, TIME).await;
    let times: Vec<_> = sent.iter().map(|a| a.message.created_at).collect();
    ensure!(
        TIME,
        times == [12, 12, 13].map(minutes),
        "a batch with a clock that goes back got the times {times:?}"
    );
    let head = open(&cluster.node(2), &room, TIME).await;
    ensure!(
        TIME,
        head.last_activity == Some(minutes(13)),
        "the newest message was created at {}, but last_activity is {:?}",
        minutes(13),
        head.last_activity
    );
}

pub(super) async fn skewed_clocks_at_once_never_make_time_go_back(cluster: Stores) {
    let room = a_room();
    open(&cluster.node(0), &room, TIME).await;
    let start = now();
    let mut writers = Tasks::new();
    for writer in 0..24 {
        let (room, store) = (room.clone(), cluster.node(writer));
        writers.spawn(async move {
            let mut random = fastrand::Rng::with_seed(writer as u64);
            let mut own = 0;
            for _ in 0..5 {
                let clock = |ms: u64| at(start.after(Duration::from_millis(ms)));
                let batch = (0..random.usize(1..4)).map(|_| clock(random.u64(0..7_200_000)));
                let batch = batch.collect();
                let sent = append(&store, &room, batch, TIME).await;
                own += sent.len();
                let first = &sent[0].message;
                change(&store, &room, &first.id, &edit("x")).await;
            }
            own
        });
    }
    let total: usize = writers.join().await.into_iter().sum();
    let stored = read_all(&cluster.node(1), &room, TIME).await;
    ensure!(
        TIME,
        stored.len() == total,
        "{} of {total} messages are stored",
        stored.len()
    );
    for pair in stored.windows(2) {
        ensure!(
            TIME,
            pair[0].created_at <= pair[1].created_at,
            "seq {} was created at {}, seq {} at {}",
            pair[0].seq,
            pair[0].created_at,
            pair[1].seq,
            pair[1].created_at
        );
    }
}
