#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::Duration;

use futures::{FutureExt, StreamExt};
use tokio::time::Instant;

use super::{BrokerFaults, FaultyBroker, FaultyMessages, MessageFaults};
use crate::backend::{Arrival, Arrivals, Broker, MessageStore, Publication, Topic};
use crate::memory::{MemoryBus, MemoryMessages};
use crate::model::{Change, Draft, NewMessage};
use crate::testing::ids::{room, user};
use crate::{ErrorKind, MessageId, Timestamp};

const LATE: Duration = Duration::from_millis(50);

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(secs)
}

fn topic() -> Topic {
    Topic::Room(room("r"))
}

/// A pair of handles on one bus, of which the second is faulty, and what that one hears.
async fn pair(
    seed: u64,
    faults: BrokerFaults,
) -> (impl Broker, FaultyBroker<impl Broker>, Arrivals) {
    let bus = MemoryBus::new();
    let (from, to) = (bus.broker(), FaultyBroker::new(bus.broker(), seed, faults));
    let arrivals = to.arrivals();
    to.subscribe(vec![topic()]).await.unwrap();
    (from, to, arrivals)
}

async fn publish(from: &impl Broker, numbers: std::ops::Range<u32>) {
    let one = |n: u32| Publication {
        topics: [topic()].into(),
        payload: n.to_string().into(),
    };
    from.publish(numbers.map(one).collect()).await.unwrap();
}

/// What has arrived by now, as text.
fn heard(arrivals: &mut Arrivals) -> Vec<String> {
    let mut heard = Vec::new();
    while let Some(Some(arrival)) = arrivals.next().now_or_never() {
        heard.push(match arrival {
            Arrival::Payload { payload, .. } => String::from_utf8(payload.to_vec()).unwrap(),
            of_the_link => format!("{of_the_link:?}"),
        });
    }
    heard
}

fn numbers(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn without_faults_all_arrives() {
    let (from, to, mut arrivals) = pair(1, BrokerFaults::default()).await;
    publish(&from, 0..100).await;
    assert_eq!(heard(&mut arrivals), numbers(0..100));
    assert_eq!(to.injected(), 0);
    assert!(matches!(to.arrivals().next().now_or_never(), Some(None)));
}

#[tokio::test(start_paused = true)]
async fn a_seed_decides_what_arrives_and_when() {
    let faults = BrokerFaults {
        lose: 0.2,
        duplicate: 0.2,
        delay: 0.3,
        max_delay: LATE,
        ..BrokerFaults::default()
    };
    let run = async |seed| {
        let (from, to, mut arrivals) = pair(seed, faults).await;
        publish(&from, 0..100).await;
        let mut all = heard(&mut arrivals);
        let at_once = all.len();
        tokio::time::advance(LATE).await;
        all.extend(heard(&mut arrivals));
        assert!(at_once < all.len(), "none was delayed");
        assert!(to.injected() > 40);
        all
    };
    let (one, again, other) = (run(1).await, run(1).await, run(2).await);
    assert_eq!(one, again);
    assert_ne!(one, other);
    let mut kept = one.clone();
    kept.sort();
    kept.dedup();
    assert!(kept.len() < 100, "none was lost");
    assert!(kept.len() < one.len(), "none was doubled");
}

#[tokio::test(start_paused = true)]
async fn a_delayed_payload_keeps_no_other_waiting() {
    let faults = BrokerFaults {
        delay: 1.0,
        max_delay: LATE,
        ..BrokerFaults::default()
    };
    let (from, to, mut arrivals) = pair(1, faults).await;
    publish(&from, 0..5).await;
    assert!(heard(&mut arrivals).is_empty());
    to.set_faults(BrokerFaults::default());
    publish(&from, 5..6).await;
    assert_eq!(heard(&mut arrivals), numbers(5..6));
    // The stream wakes by itself, whatever it waits for.
    let start = Instant::now();
    for _ in 0..5 {
        assert!(arrivals.next().await.is_some());
    }
    let waited = start.elapsed();
    assert!(waited > Duration::ZERO && waited <= LATE, "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn losses_are_told_where_they_are_to_be() {
    let faults = BrokerFaults {
        lose: 1.0,
        tell_losses: true,
        ..BrokerFaults::default()
    };
    let (from, to, mut arrivals) = pair(1, faults).await;
    publish(&from, 0..2).await;
    assert_eq!(heard(&mut arrivals), ["Interrupted", "Interrupted"]);
    to.set_faults(BrokerFaults {
        tell_losses: false,
        ..faults
    });
    publish(&from, 2..4).await;
    assert!(heard(&mut arrivals).is_empty());
    assert_eq!(to.injected(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_cut_link_remembers_topics_and_tells_when_it_is_back() {
    let (from, to, mut arrivals) = pair(1, BrokerFaults::default()).await;
    to.cut();
    to.cut();
    publish(&from, 0..3).await;
    assert_eq!(heard(&mut arrivals), ["Lost"]);
    let other = Topic::Room(room("other"));
    let failed = to.subscribe(vec![other.clone()]).await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Unavailable);
    assert!(to.publish(Vec::new()).await.is_err());
    to.heal();
    to.heal();
    let batch = vec![Publication {
        topics: [topic(), other].into(),
        payload: "back".into(),
    }];
    from.publish(batch).await.unwrap();
    assert_eq!(heard(&mut arrivals), ["Interrupted", "back", "back"]);
}

fn batch(count: usize) -> Vec<NewMessage> {
    let one = |n: usize| NewMessage::user(user("a"), Draft::text(n.to_string()), at(0));
    (0..count).map(one).collect()
}

#[tokio::test(start_paused = true)]
async fn each_entry_of_a_batch_has_its_fate() {
    let right = MemoryMessages::new();
    let faults = MessageFaults {
        fail_before: 0.3,
        fail_after: 0.3,
        ..MessageFaults::default()
    };
    let store = FaultyMessages::new(right.clone(), 7, faults);
    let batch = batch(60);
    let ids: Vec<MessageId> = batch.iter().map(|m| m.id).collect();
    let answers = store.append(&room("r"), batch).await;
    assert_eq!(answers.len(), 60);
    let (mut acknowledged, mut silent, mut gone) = (0, 0, 0);
    for (id, answer) in ids.iter().zip(answers) {
        let stored = right.message(&room("r"), id).await.unwrap();
        match (answer, stored) {
            (Ok(answer), Some(stored)) => {
                assert_eq!(*answer.message, stored, "the answer to another entry");
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
    assert_eq!(store.injected(), silent + gone);
}

#[tokio::test(start_paused = true)]
async fn a_write_fails_before_or_after_it_is_done() {
    let right = MemoryMessages::new();
    let before = MessageFaults {
        fail_before: 1.0,
        ..MessageFaults::default()
    };
    let after = MessageFaults {
        fail_after: 1.0,
        ..MessageFaults::default()
    };
    let store = FaultyMessages::new(right.clone(), 1, MessageFaults::default());
    let sent = store
        .append(&room("r"), batch(1))
        .await
        .pop()
        .unwrap()
        .unwrap();
    let id = sent.message.id;
    let text = async || right.message(&room("r"), &id).await.unwrap().unwrap().text;
    let edit = |text: &str| Change::Edit {
        text: text.into(),
        by: None,
    };

    store.set_faults(before);
    assert!(
        store
            .change(&room("r"), &id, &edit("x"), at(1))
            .await
            .is_err()
    );
    assert!(store.open(&room("r")).await.is_err());
    assert_eq!(text().await, "0");

    store.set_faults(after);
    assert!(
        store
            .change(&room("r"), &id, &edit("x"), at(1))
            .await
            .is_err()
    );
    assert!(store.open(&room("r")).await.is_ok(), "reads have no after");
    assert_eq!(text().await, "x");

    store.set_faults(MessageFaults::default());
    store.cut();
    assert!(
        store
            .append(&room("r"), batch(2))
            .await
            .iter()
            .all(Result::is_err)
    );
    store.heal();
    assert_eq!(store.open(&room("r")).await.unwrap().head, 2);
}

#[tokio::test(start_paused = true)]
async fn slow_operations_take_at_most_the_longest() {
    let faults = MessageFaults {
        slow: 1.0,
        max_delay: LATE,
        ..MessageFaults::default()
    };
    let store = FaultyMessages::new(MemoryMessages::new(), 1, faults);
    let start = Instant::now();
    store.open(&room("r")).await.unwrap();
    store.append(&room("r"), batch(10)).await;
    let took = start.elapsed();
    assert!(took > LATE / 2 && took <= LATE * 2, "{took:?}");
}
