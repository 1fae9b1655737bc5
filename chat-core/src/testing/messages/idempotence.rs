use super::IDEMPOTENT;
use super::log::{
    append, append_one, change, edit, ensure_run, named, open, react, read_all, seqs, text,
};
use super::store::Stores;
use crate::model::Change;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{ALIKE, a_room, client_id, hostile_ids, room, user};
use crate::testing::tasks::Tasks;

/// Each retry has a new message id, as if another node had accepted it.
pub(super) async fn concurrent_retries_store_one_message(cluster: Stores) {
    const MESSAGES: usize = 8;
    const ATTEMPTS: usize = 8;
    let room = a_room();
    open(&cluster.node(0), &room, IDEMPOTENT).await;
    let mut attempts = Tasks::new();
    for n in 0..MESSAGES * ATTEMPTS {
        let (room, store) = (room.clone(), cluster.node(n / MESSAGES));
        attempts.spawn(async move {
            let message = n % MESSAGES;
            let again = named(&user("a"), &format!("c-{message}"), format!("{message}"));
            let id = again.id;
            // The batch also holds a new message, which must not be lost with the duplicate.
            let batch = vec![again, text(&user("b"), "beside")];
            let answers = append(&store, &room, batch, IDEMPOTENT).await;
            (message, id, answers)
        });
    }
    let answers = attempts.join().await;
    let stored = read_all(&cluster.node(0), &room, IDEMPOTENT).await;
    let total = MESSAGES + MESSAGES * ATTEMPTS;
    ensure_run(
        IDEMPOTENT,
        &seqs(&stored),
        1,
        total as u64,
        "positions with duplicates",
    );
    for message in 0..MESSAGES {
        let of_it: Vec<_> = answers.iter().filter(|(m, ..)| *m == message).collect();
        let originals: Vec<_> = of_it.iter().filter(|(.., a)| !a[0].duplicate).collect();
        ensure!(
            IDEMPOTENT,
            originals.len() == 1,
            "{} of {ATTEMPTS} concurrent attempts were reported as the first",
            originals.len()
        );
        let (_, id, first) = originals[0];
        ensure!(
            IDEMPOTENT,
            first[0].message.id == *id,
            "the first attempt has another id"
        );
        for (_, _, answer) in of_it {
            ensure!(
                IDEMPOTENT,
                answer[0].message == first[0].message,
                "a duplicate of {:?} returned {:?}",
                first[0].message,
                answer[0].message
            );
            ensure!(
                IDEMPOTENT,
                !answer[1].duplicate,
                "a message without a client message id was reported as a duplicate"
            );
        }
    }
}

pub(super) async fn retries_within_a_batch_store_one_message(cluster: Stores) {
    let room = a_room();
    let (store, sender) = (cluster.node(0), user("$ne"));
    open(&store, &room, IDEMPOTENT).await;
    let batch = [
        named(&sender, "x", "1"),
        text(&sender, "2"),
        named(&sender, "x", "again"),
        named(&sender, "y", "3"),
        named(&sender, "x", "and again"),
        text(&sender, "4"),
    ];
    for round in 0..2 {
        let fresh: Vec<_> = batch
            .iter()
            .cloned()
            .map(|m| crate::model::NewMessage {
                id: crate::MessageId::random(),
                ..m
            })
            .collect();
        let answers = append(&cluster.node(round), &room, fresh, IDEMPOTENT).await;
        let found: Vec<_> = answers
            .iter()
            .map(|a| (a.message.seq, a.duplicate))
            .collect();
        let want = if round == 0 {
            [
                (1, false),
                (2, false),
                (1, true),
                (3, false),
                (1, true),
                (4, false),
            ]
        } else {
            [
                (1, true),
                (5, false),
                (1, true),
                (3, true),
                (1, true),
                (6, false),
            ]
        };
        ensure!(
            IDEMPOTENT,
            found == want,
            "a batch with inner duplicates took (position, duplicate) {found:?}, not {want:?}"
        );
        ensure!(
            IDEMPOTENT,
            answers[2].message.text == "1",
            "a duplicate replaced the text of the first message"
        );
    }
    let stored = seqs(&read_all(&store, &room, IDEMPOTENT).await);
    ensure_run(
        IDEMPOTENT,
        &stored,
        1,
        6,
        "positions with duplicates within a batch",
    );
}

pub(super) async fn a_duplicate_has_the_latest_state(cluster: Stores) {
    let room = a_room();
    let (here, there) = (cluster.node(0), cluster.node(1));
    open(&here, &room, IDEMPOTENT).await;
    let sender = user("a");
    let first = append_one(&here, &room, named(&sender, "c", "hi"), IDEMPOTENT).await;
    let id = first.message.id;
    for what in [
        edit("edited"),
        react(&user("b"), "👍"),
        Change::Delete { by: None },
    ] {
        let changed = change(&here, &room, &id, &what).await;
        for store in [&here, &there] {
            let again = append_one(store, &room, named(&sender, "c", "hi"), IDEMPOTENT).await;
            ensure!(
                IDEMPOTENT,
                again.duplicate && again.message == changed.message,
                "after {what:?} the duplicate is {again:?}, not {:?}",
                changed.message
            );
        }
    }
    let head = open(&there, &room, IDEMPOTENT).await.head;
    ensure!(
        IDEMPOTENT,
        head == 4,
        "one append and three changes left a head of {head}"
    );
}

pub(super) async fn only_room_sender_and_client_id_make_a_duplicate(cluster: Stores) {
    let store = cluster.node(0);
    let here = a_room();
    open(&store, &here, IDEMPOTENT).await;
    let mut keys: Vec<(String, String)> = Vec::new();
    for id in hostile_ids() {
        keys.push((id.clone(), "c".into()));
        keys.push(("s".into(), id));
    }
    for (sender, client) in ALIKE.concat() {
        keys.push((sender.into(), client.into()));
    }
    keys.sort();
    keys.dedup();
    let batch = keys.iter().map(|(s, c)| named(&user(s), c, "hi")).collect();
    let answers = append(&store, &here, batch, IDEMPOTENT).await;
    for ((sender, client), answer) in keys.iter().zip(&answers) {
        ensure!(
            IDEMPOTENT,
            !answer.duplicate,
            "sender {sender:?} with client id {client:?} is confused with {:?} with {:?}",
            answer.message.sender_id,
            answer.message.client_message_id
        );
    }
    for (room_id, sender) in ALIKE.concat() {
        let other = room(room_id);
        open(&store, &other, IDEMPOTENT).await;
        let sent = append_one(&store, &other, named(&user(sender), "c", "hi"), IDEMPOTENT).await;
        ensure!(
            IDEMPOTENT,
            !sent.duplicate,
            "{sender:?} in {room_id:?} is confused with {:?} in {:?}",
            sent.message.sender_id,
            sent.message.room_id
        );
    }
    // Two equal messages without client message ids.
    let batch = vec![text(&user("a"), "hi"), text(&user("a"), "hi")];
    let answers = append(&store, &here, batch, IDEMPOTENT).await;
    ensure!(
        IDEMPOTENT,
        answers.iter().all(|a| !a.duplicate),
        "messages without a client message id were reported as duplicates"
    );
}

pub(super) async fn what_was_sent_is_found_by_its_name(cluster: Stores) {
    let (store, here) = (cluster.node(0), a_room());
    open(&store, &here, IDEMPOTENT).await;
    let batch = ["a", "b"].map(|sender| named(&user(sender), "$ne", "hi"));
    let sent = append(&store, &here, batch.to_vec(), IDEMPOTENT).await;
    change(&store, &here, &sent[1].message.id, &edit("edited")).await;
    let asked = [("a", "$ne"), ("b", "$ne"), ("c", "$ne"), ("a", "ne")];
    let want = [Some(("hi", 1)), Some(("edited", 2)), None, None];
    for (n, ((sender, client), want)) in asked.into_iter().zip(want).enumerate() {
        let (store, sender, client) = (cluster.node(n), user(sender), client_id(client));
        let found = store.sent(&here, &sender, &client).await;
        let found = found.must(IDEMPOTENT, "sent");
        ensure!(
            IDEMPOTENT,
            found.as_ref().map(|m| (m.text.as_str(), m.seq)) == want,
            "the message {client:?} of {sender:?} is {found:?}, not {want:?}"
        );
    }
    let (other, sender, client) = (room("elsewhere"), user("a"), client_id("$ne"));
    let elsewhere = store.sent(&other, &sender, &client).await;
    let elsewhere = elsewhere.must(IDEMPOTENT, "sent");
    ensure!(
        IDEMPOTENT,
        elsewhere.is_none(),
        "a message of another room was found: {elsewhere:?}"
    );
}
