use std::slice::from_ref;
use std::time::Duration;

use futures::FutureExt;
use tokio::time::Instant;

use super::{FaultRates, Faults, Trip};
use crate::backend::{
    MessageLog, ModerationStore, PresenceStore, Quota, RateKey, RateLimiter, RoomStore, UserStore,
};
use crate::memory::{
    MemoryLimits, MemoryMessages, MemoryModeration, MemoryPresence, MemoryRooms, MemoryUsers,
};
use crate::model::{Change, Draft, NewMessage};
use crate::testing::ids::{room, user};
use crate::{ErrorKind, MessageId, Timestamp, UserId};

const LATE: Duration = Duration::from_millis(50);

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(secs)
}

fn batch(count: usize) -> Vec<NewMessage> {
    let one = |n: usize| NewMessage::user(user("a"), Draft::text(n.to_string()), at(0));
    (0..count).map(one).collect()
}

fn send_by(user: &UserId) -> RateKey {
    RateKey {
        user_id: user.clone(),
        room_id: None,
        class: "send",
    }
}

#[tokio::test(start_paused = true)]
async fn each_entry_of_a_batch_has_its_fate() {
    let right = MemoryMessages::new();
    let rates = FaultRates {
        fail_before: 0.3,
        fail_after: 0.3,
        ..FaultRates::default()
    };
    let epoch = right.open(&room("r")).await.unwrap().epoch;
    let faults = Faults::new(7, rates);
    let store = faults.wrap(right.clone());
    let batch = batch(60);
    let ids: Vec<MessageId> = batch.iter().map(|m| m.id).collect();
    let answers = store.append(&room("r"), epoch, batch).await;
    assert_eq!(answers.len(), 60);
    let (mut acknowledged, mut silent, mut gone) = (0, 0, 0);
    for (id, answer) in ids.iter().zip(answers) {
        let stored = right.message(&room("r"), id).await.unwrap();
        match (answer, stored) {
            (Ok(answer), Some(stored)) => {
                assert_eq!(*answer.message, stored, "result of another entry");
                acknowledged += 1;
            }
            (Err(_), Some(_)) => silent += 1,
            (Err(e), None) => {
                assert_eq!(e.kind(), ErrorKind::Unavailable);
                gone += 1;
            }
            (Ok(answer), None) => panic!("{answer:?} is not stored"),
        }
    }
    assert!(acknowledged > 0 && silent > 0 && gone > 0);
    assert_eq!(faults.injected(), silent + gone);
    assert_eq!(faults.calls(), ["MessageLog::append"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_fails_before_or_after_it_is_done() {
    let right = MemoryMessages::new();
    let epoch = right.open(&room("r")).await.unwrap().epoch;
    let faults = Faults::default();
    let store = faults.wrap(right.clone());
    let sent = store.append(&room("r"), epoch, batch(1)).await;
    let id = sent[0].as_ref().unwrap().message.id;
    let text = async || right.message(&room("r"), &id).await.unwrap().unwrap().text;
    let edit = Change::Edit {
        text: "x".into(),
        by: None,
    };

    faults.set_rates(FaultRates {
        fail_before: 1.0,
        ..FaultRates::default()
    });
    let failed = store.change(&room("r"), epoch, &id, &edit, at(1)).await;
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(text().await, "0");

    faults.set_rates(FaultRates {
        fail_after: 1.0,
        ..FaultRates::default()
    });
    assert!(
        store
            .change(&room("r"), epoch, &id, &edit, at(1))
            .await
            .is_err()
    );
    assert_eq!(text().await, "x");
}

#[tokio::test(start_paused = true)]
async fn slow_calls_take_at_most_the_longest() {
    let rates = FaultRates {
        slow: 1.0,
        max_delay: LATE,
        ..FaultRates::default()
    };
    let store = Faults::new(1, rates).wrap(MemoryMessages::new());
    let start = Instant::now();
    let epoch = store.open(&room("r")).await.unwrap().epoch;
    store.append(&room("r"), epoch, batch(10)).await;
    let took = start.elapsed();
    assert!(took > LATE / 2 && took <= LATE * 2, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_cut_reaches_every_store() {
    let faults = Faults::default();
    let rooms = faults.wrap(MemoryRooms::new());
    let messages = faults.wrap(MemoryMessages::new());
    let users = faults.wrap(MemoryUsers::new());
    let moderation = faults.wrap(MemoryModeration::new());
    let presence = faults.wrap(MemoryPresence::new());
    let limits = faults.wrap(MemoryLimits::new());
    let (r, alice) = (room("r"), user("a"));
    let (quota, key) = (Quota::new(1, 1.0), send_by(&alice));
    let failures = async || {
        [
            rooms.room(&r).await.is_err(),
            messages.open(&r).await.is_err(),
            users.settings(from_ref(&alice)).await.is_err(),
            moderation.forget_room(&r).await.is_err(),
            presence.presence(from_ref(&alice)).await.is_err(),
            limits.check(&key, &quota).await.is_err(),
        ]
    };
    assert_eq!(failures().await, [false; 6]);
    faults.cut();
    assert_eq!(failures().await, [true; 6]);
    let epoch = crate::Epoch::random();
    let answers = messages.append(&r, epoch, batch(2)).await;
    assert!(answers.len() == 2 && answers.iter().all(Result::is_err));
    faults.heal();
    assert_eq!(failures().await, [false; 6]);
    let calls = [
        "RoomStore::room",
        "MessageLog::open",
        "UserStore::settings",
        "ModerationStore::forget_room",
        "PresenceStore::presence",
        "RateLimiter::check",
    ];
    assert_eq!(faults.calls()[..6], calls);
}

/// Runs an operation of three calls over two stores.
#[tokio::test(start_paused = true)]
async fn a_trip_strikes_each_call_in_turn() {
    let mut struck = Vec::new();
    for n in 0.. {
        let faults = Faults::default();
        let (users, presence) = (
            faults.wrap(MemoryUsers::new()),
            faults.wrap(MemoryPresence::new()),
        );
        faults.trip(n, Trip::FailBefore);
        let operation = async {
            users.block(&user("a"), &user("b"), 9).await?;
            presence.presence(&[user("a")]).await?;
            users.set_invisible(&user("a"), true).await
        };
        let outcome = operation.await;
        let Some(call) = faults.tripped() else {
            assert!(outcome.is_ok());
            break;
        };
        assert!(outcome.is_err());
        assert_eq!(faults.calls().last(), Some(&call));
        assert_eq!(faults.calls().len(), n + 1);
        // A trip strikes only once.
        assert!(users.set_invisible(&user("a"), true).await.is_ok());
        struck.push(call);
    }
    let each = [
        "UserStore::block",
        "PresenceStore::presence",
        "UserStore::set_invisible",
    ];
    assert_eq!(struck, each);
}

#[tokio::test(start_paused = true)]
async fn a_trip_does_the_call_or_not_as_its_kind_says() {
    for trip in Trip::all(LATE) {
        let right = MemoryMessages::new();
        let epoch = right.open(&room("r")).await.unwrap().epoch;
        let faults = Faults::default();
        let store = faults.wrap(right.clone());
        faults.trip(0, trip);
        let start = Instant::now();
        let (r, batch) = (room("r"), batch(2));
        let call = store.append(&r, epoch, batch);
        let answers = tokio::time::timeout(LATE * 2, call).await;
        let stored = right.open(&room("r")).await.unwrap().head;
        match trip {
            Trip::FailBefore => {
                assert!(answers.unwrap().iter().all(Result::is_err));
                assert_eq!(stored, 0);
            }
            Trip::FailAfter => {
                assert!(answers.unwrap().iter().all(Result::is_err));
                assert_eq!(stored, 2);
            }
            Trip::Delay(_) => {
                assert!(answers.unwrap().iter().all(Result::is_ok));
                assert_eq!(start.elapsed(), LATE);
            }
            Trip::HangBefore => assert!(answers.is_err() && stored == 0),
            Trip::HangAfter => assert!(answers.is_err() && stored == 2),
        }
        assert_eq!(faults.tripped(), Some("MessageLog::append"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_test_can_wait_for_the_trip() {
    let faults = Faults::default();
    faults.trip(1, Trip::HangBefore);
    let store = faults.wrap(MemoryRooms::new());
    assert_eq!(faults.wait_for_trip().now_or_never(), None);
    let hanging = tokio::spawn(async move {
        for _ in 0..2 {
            let _ = store.room(&room("r")).await;
        }
    });
    assert_eq!(faults.wait_for_trip().await, "RoomStore::room");
    assert!(!hanging.is_finished());
    hanging.abort();
    // A new trip resets `tripped`.
    faults.trip(0, Trip::FailBefore);
    assert_eq!(faults.tripped(), None);
}
