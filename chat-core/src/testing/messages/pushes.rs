use std::time::Duration;

use super::PUSHES;
use super::log::{append, change, named, now, open};
use super::store::{Store, Stores};
use crate::model::{Change, NewMessage};
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{room, user};
use crate::testing::tasks::Tasks;
use crate::{MessageId, Timestamp};

const LEASE: Duration = Duration::from_secs(60);

fn due(client: &str, at: Timestamp) -> NewMessage {
    NewMessage {
        push_due: Some(at),
        ..named(&user("a"), client, "hi")
    }
}

async fn claim(store: &Store, now: Timestamp, limit: usize) -> Vec<MessageId> {
    let claimed = store.claim(now, LEASE, limit).await;
    let claimed = claimed.must(PUSHES, "claim");
    ensure!(
        PUSHES,
        claimed.len() <= limit,
        "a claim with limit {limit} returned {}",
        claimed.len()
    );
    let mut ids: Vec<_> = claimed.iter().map(|m| m.id).collect();
    ids.sort_unstable();
    ids
}

pub(super) async fn pushes_are_given_out_until_they_are_done(cluster: Stores) {
    let (store, start) = (cluster.node(0), now());
    let at = |seconds: u64| start.after(Duration::from_secs(seconds));
    let rooms = [room("a"), room("$in")];
    let mut ids = Vec::new();
    for room in &rooms {
        open(&store, room, PUSHES).await;
        let batch = vec![
            due("1", at(10)),
            NewMessage {
                push_due: None,
                ..due("2", at(10))
            },
            due("3", at(20)),
            due("4", at(10)),
            due("1", at(5)),
        ];
        let sent = append(&store, room, batch, PUSHES).await;
        ensure!(
            PUSHES,
            sent[4].duplicate,
            "the last message is not reported as a duplicate of the first"
        );
        ids.push([0, 2, 3].map(|n| sent[n].message.id));
    }
    let sorted = |mut ids: Vec<MessageId>| {
        ids.sort_unstable();
        ids
    };
    let early = claim(&store, at(9), 10).await;
    ensure!(
        PUSHES,
        early.is_empty(),
        "{early:?} were claimed before they were due"
    );
    let pushed = store.done(&rooms[0], &ids[0][..1]).await;
    pushed.must(PUSHES, "done");
    append(&store, &rooms[0], vec![due("1", at(10))], PUSHES).await;
    change(&store, &rooms[1], &ids[1][2], &Change::Delete { by: None }).await;
    let found = claim(&cluster.node(1), at(10), 10).await;
    let want = sorted(vec![ids[0][2], ids[1][0]]);
    ensure!(PUSHES, found == want, "claimed are {found:?}, not {want:?}");
    let found = claim(&cluster.node(2), at(11), 10).await;
    ensure!(PUSHES, found.is_empty(), "{found:?} were given out to two");
    let pushed = store.done(&rooms[0], &ids[0][2..]).await;
    pushed.must(PUSHES, "done");
    let found = claim(&store, at(19), 10).await;
    ensure!(
        PUSHES,
        found.is_empty(),
        "{found:?} were claimed although they are leased or done"
    );
    let found = claim(&store, at(71), 10).await;
    let want = sorted(vec![ids[0][1], ids[1][0], ids[1][1]]);
    ensure!(
        PUSHES,
        found == want,
        "claimed are {found:?}, not {want:?}, which include one whose lease ran out"
    );
}

pub(super) async fn pushes_are_given_out_once_at_once(cluster: Stores) {
    let (store, start, room) = (cluster.node(0), now(), room("a"));
    open(&store, &room, PUSHES).await;
    let batch = (0..60).map(|n| due(&n.to_string(), start)).collect();
    append(&store, &room, batch, PUSHES).await;
    let mut tasks = Tasks::new();
    for n in 0..8 {
        let store = cluster.node(n);
        tasks.spawn(async move {
            let mut all = Vec::new();
            loop {
                let claimed = claim(&store, start, 7).await;
                if claimed.is_empty() {
                    return all;
                }
                all.extend(claimed);
                ensure!(PUSHES, all.len() <= 60, "claims of 60 pushes do not end");
            }
        });
    }
    let all = tasks.join().await.concat();
    let unique: std::collections::HashSet<_> = all.iter().collect();
    ensure!(
        PUSHES,
        (all.len(), unique.len()) == (60, 60),
        "60 pushes were claimed {} times, {} of them distinct",
        all.len(),
        unique.len()
    );
}
