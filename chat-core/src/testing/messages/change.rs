use super::CHANGE;
use super::log::{append_one, change, changes, edit, ensure_run, now, open, react, text};
use super::store::Stores;
use crate::model::{Change, Message};
use crate::testing::check::{Must, broken, ensure};
use crate::testing::ids::{a_room, room, user};
use crate::testing::tasks::Tasks;
use crate::{ErrorKind, MessageId};

async fn stored(cluster: &Stores, n: usize, id: &MessageId) -> Message {
    match cluster
        .node(n)
        .message(&a_room(), id)
        .await
        .must(CHANGE, "message")
    {
        Some(message) => message,
        None => broken(CHANGE, format_args!("a changed message is missing")),
    }
}

/// 40 users react and one user edits, all concurrently on all handles.
pub(super) async fn no_change_is_lost(cluster: Stores) {
    const USERS: usize = 40;
    let room = a_room();
    let store = cluster.node(0);
    open(&store, &room, CHANGE).await;
    let sent = append_one(&store, &room, text(&user("a"), "hi"), CHANGE)
        .await
        .message;
    let mut tasks = Tasks::new();
    for n in 0..=USERS {
        let (room, store, id) = (room.clone(), cluster.node(n), sent.id);
        tasks.spawn(async move {
            let mut revs = Vec::new();
            let who = user(format!("user-{n}"));
            let mut script = vec![react(&who, "$set"), react(&who, "a.b")];
            if n == USERS {
                script = (0..8).map(|n| edit(format!("edit {n}"))).collect();
            } else if n % 2 == 0 {
                script.push(Change::RemoveReaction {
                    user_id: who,
                    emoji: "a.b".into(),
                });
            }
            for what in script {
                let changed = change(&store, &room, &id, &what).await;
                ensure!(CHANGE, changed.changed, "{what:?} reported no change");
                revs.push(changed.message.rev);
            }
            revs
        });
    }
    let mut revs = tasks.join().await.concat();
    revs.sort_unstable();
    let last = 1 + 2 * USERS as u64 + USERS as u64 / 2 + 8;
    ensure_run(CHANGE, &revs, 2, last, "positions of concurrent changes");
    for n in 0..cluster.nodes().len() {
        let message = stored(&cluster, n, &sent.id).await;
        let reacted = |emoji| message.reactions.get(emoji).map_or(0, Vec::len);
        ensure!(
            CHANGE,
            reacted("$set") == USERS && reacted("a.b") == USERS / 2,
            "of {USERS} and {} concurrent reactions, {} and {} are stored",
            USERS / 2,
            reacted("$set"),
            reacted("a.b")
        );
        ensure!(
            CHANGE,
            message.text == "edit 7",
            "the last edit is lost: {}",
            message.text
        );
        ensure!(
            CHANGE,
            message.rev == last && message.seq == 1 && message.edited_at.is_some(),
            "after the change at {last} the message is {message:?}"
        );
    }
}

/// Concurrent reactions of one user from several devices count once, and limits hold under
/// concurrency.
pub(super) async fn reaction_limits_hold_at_once(cluster: Stores) {
    const MOST: usize = 5;
    let room = a_room();
    let store = cluster.node(0);
    let epoch = open(&store, &room, CHANGE).await.epoch;
    let sent = append_one(&store, &room, text(&user("a"), "hi"), CHANGE)
        .await
        .message;
    let mut tasks = Tasks::new();
    for n in 0..16 {
        let (room, store, id) = (room.clone(), cluster.node(n), sent.id);
        tasks.spawn(async move {
            let same = change(&store, &room, &id, &react(&user("b"), "👍")).await;
            let limited = Change::AddReaction {
                user_id: user(format!("user-{n}")),
                emoji: "❤".into(),
                max_emoji: 100,
                max_users: MOST,
            };
            let limited = store.change(&room, epoch, &id, &limited, now()).await;
            if let Err(e) = &limited {
                let kind = e.kind();
                ensure!(
                    CHANGE,
                    kind == ErrorKind::Conflict,
                    "a reaction over the user limit failed with {e:?}"
                );
            }
            (same.changed, limited.is_ok_and(|c| c.changed))
        });
    }
    let answers = tasks.join().await;
    let same = answers.iter().filter(|(same, _)| *same).count();
    ensure!(
        CHANGE,
        same == 1,
        "16 concurrent sends of one reaction reported {same} changes"
    );
    let limited = answers.iter().filter(|(_, limited)| *limited).count();
    ensure!(
        CHANGE,
        limited == MOST,
        "{limited} users reacted despite a limit of {MOST}"
    );
    let message = stored(&cluster, 1, &sent.id).await;
    let kept = message.reactions.get("❤").map_or(0, Vec::len);
    ensure!(
        CHANGE,
        kept == MOST,
        "{kept} reactions are stored despite a limit of {MOST}"
    );
    let one_more = Change::AddReaction {
        user_id: user("c"),
        emoji: "x".into(),
        max_emoji: 2,
        max_users: 100,
    };
    let one_more = store.change(&room, epoch, &sent.id, &one_more, now()).await;
    one_more.must_fail(
        CHANGE,
        ErrorKind::Conflict,
        "a reaction over the emoji limit",
    );
    let head = open(&store, &room, CHANGE).await.head;
    let want = 2 + MOST as u64;
    ensure!(
        CHANGE,
        head == want,
        "refused reactions took positions: the head is {head}, not {want}"
    );
}

pub(super) async fn a_change_of_nothing_takes_no_position(cluster: Stores) {
    let room = a_room();
    let store = cluster.node(0);
    let epoch = open(&store, &room, CHANGE).await.epoch;
    let sent = append_one(&store, &room, text(&user("a"), "hi"), CHANGE)
        .await
        .message;
    change(&store, &room, &sent.id, &react(&user("b"), "👍")).await;
    let before = stored(&cluster, 1, &sent.id).await;
    let nothing = [
        edit("hi"),
        react(&user("b"), "👍"),
        Change::RemoveReaction {
            user_id: user("c"),
            emoji: "👍".into(),
        },
        Change::RemoveReaction {
            user_id: user("b"),
            emoji: "🦀".into(),
        },
    ];
    for (n, what) in nothing.iter().enumerate() {
        let answer = change(&cluster.node(n), &room, &sent.id, what).await;
        ensure!(
            CHANGE,
            !answer.changed && *answer.message == before,
            "{what:?} of {before:?} returned {answer:?}"
        );
    }
    let elsewhere = crate::testing::ids::room("elsewhere");
    open(&store, &elsewhere, CHANGE).await;
    let unknown = store
        .change(&room, epoch, &MessageId::random(), &edit("x"), now())
        .await;
    unknown.must_fail(CHANGE, ErrorKind::MessageNotFound, "a change of no message");
    let wrong_room = store
        .change(
            &elsewhere,
            store.epoch(&elsewhere).await,
            &sent.id,
            &edit("x"),
            now(),
        )
        .await;
    wrong_room.must_fail(
        CHANGE,
        ErrorKind::MessageNotFound,
        "a change through another room",
    );
    let read = changes(&store, &room, 0, 10, CHANGE).await;
    ensure!(
        CHANGE,
        read.head == 2 && read.messages == [before],
        "changes without effect left {read:?}"
    );
    let head = open(&store, &elsewhere, CHANGE).await.head;
    ensure!(
        CHANGE,
        head == 0,
        "a change through another room took a position there"
    );
}

pub(super) async fn a_tombstone_stays_one(cluster: Stores) {
    let room = room("a.b");
    let store = cluster.node(0);
    let epoch = open(&store, &room, CHANGE).await.epoch;
    let sent = append_one(&store, &room, text(&user("a"), "hi"), CHANGE)
        .await
        .message;
    change(&store, &room, &sent.id, &react(&user("b"), "👍")).await;
    let mut deletions = Tasks::new();
    for n in 0..8 {
        let (room, store, id) = (room.clone(), cluster.node(n), sent.id);
        deletions
            .spawn(async move { change(&store, &room, &id, &Change::Delete { by: None }).await });
    }
    let deletions = deletions.join().await;
    let effective = deletions.iter().filter(|d| d.changed).count();
    ensure!(
        CHANGE,
        effective == 1,
        "{effective} of 8 concurrent deletions reported a change"
    );
    let mut want = (*sent).clone();
    want.rev = 3;
    want.text = String::new();
    want.deleted_at = deletions[0].message.deleted_at;
    for deletion in &deletions {
        ensure!(
            CHANGE,
            want.deleted_at.is_some() && *deletion.message == want,
            "a deletion returned {:?}, not {want:?}",
            deletion.message
        );
    }
    for what in [edit("x"), react(&user("c"), "👍")] {
        let answer = cluster
            .node(1)
            .change(&room, epoch, &sent.id, &what, now())
            .await;
        answer.must_fail(
            CHANGE,
            ErrorKind::MessageNotFound,
            "a change of a tombstone",
        );
    }
    let read = changes(&cluster.node(2), &room, 0, 10, CHANGE).await;
    ensure!(
        CHANGE,
        read.head == 3 && read.messages == [want],
        "after the deletion the log is {read:?}"
    );
}
