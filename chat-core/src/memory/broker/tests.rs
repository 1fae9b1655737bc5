#![allow(clippy::unwrap_used, clippy::expect_used)]

use futures::FutureExt;

use super::*;
use crate::RoomId;
use crate::backend::{Arrival, Topic};
use crate::memory::MemoryBus;

fn topic(name: &str) -> Topic {
    Topic::Room(RoomId::new(name).unwrap())
}

fn publication(topic: &Topic, payload: &str) -> Publication {
    Publication {
        topics: [topic.clone()].into(),
        payload: payload.to_owned().into(),
    }
}

async fn publish(broker: &MemoryBroker, topic: &Topic, payload: &str) {
    let batch = vec![publication(topic, payload)];
    broker.publish(batch).await.unwrap();
}

/// Drains the stream: `?` stands for `Lost`, `!` for `Interrupted`, `.` for the end.
fn drain(arrivals: &mut Arrivals) -> Vec<String> {
    let mut all = Vec::new();
    while let Some(next) = arrivals.next().now_or_never() {
        match next {
            Some(Arrival::Payload { payload, .. }) => {
                all.push(String::from_utf8(payload.to_vec()).unwrap());
            }
            Some(Arrival::Lost) => all.push("?".to_owned()),
            Some(Arrival::Interrupted) => all.push("!".to_owned()),
            None => {
                all.push(".".to_owned());
                break;
            }
        }
    }
    all
}

#[tokio::test]
async fn a_cut_handle_loses_what_it_misses_and_is_told_when_it_is_back() {
    let bus = MemoryBus::new();
    let (near, far) = (bus.broker(), bus.broker());
    let mut arrivals = far.arrivals();
    let (room, later) = (topic("r"), topic("later"));
    far.subscribe(vec![room.clone()]).await.unwrap();
    publish(&near, &room, "before").await;

    far.cut();
    publish(&near, &room, "lost").await;
    let kind = |r: Result<()>| r.unwrap_err().kind();
    let refused = far.publish(vec![publication(&room, "x")]).await;
    assert_eq!(kind(refused), ErrorKind::Unavailable);
    let refused = far.subscribe(vec![later.clone()]).await;
    assert_eq!(kind(refused), ErrorKind::Unavailable);
    assert_eq!(drain(&mut arrivals), ["before", "?"]);

    far.restore();
    publish(&near, &room, "after").await;
    publish(&near, &later, "remembered").await;
    assert_eq!(drain(&mut arrivals), ["!", "after", "remembered"]);
    far.restore();
    assert!(drain(&mut arrivals).is_empty(), "the link was not cut");
}

#[tokio::test]
async fn a_full_queue_loses_the_newest_and_says_so_once_drained() {
    let bus = MemoryBus::new().with_queue(3, usize::MAX);
    let (near, far, other) = (bus.broker(), bus.broker(), bus.broker());
    let (mut arrivals, mut others) = (far.arrivals(), other.arrivals());
    let room = topic("r");
    far.subscribe(vec![room.clone()]).await.unwrap();
    other.subscribe(vec![room.clone()]).await.unwrap();
    for n in 0..5 {
        publish(&near, &room, &n.to_string()).await;
        if n < 3 {
            assert_eq!(drain(&mut others), [n.to_string()]);
        }
    }
    assert_eq!(
        drain(&mut others),
        ["3", "4"],
        "the other handle's queue is not full"
    );
    assert_eq!(drain(&mut arrivals), ["0", "1", "2", "!"]);
    publish(&near, &room, "5").await;
    assert_eq!(drain(&mut arrivals), ["5"]);
}

#[tokio::test]
async fn the_queue_is_bounded_in_bytes_too() {
    let bus = MemoryBus::new().with_queue(100, 10);
    let (near, far) = (bus.broker(), bus.broker());
    let mut arrivals = far.arrivals();
    let room = topic("r");
    far.subscribe(vec![room.clone()]).await.unwrap();
    publish(&near, &room, "12345678").await;
    publish(&near, &room, "9").await;
    publish(&near, &room, "too much").await;
    assert_eq!(drain(&mut arrivals), ["12345678", "9", "!"]);
    publish(&near, &room, "1234567890").await;
    assert_eq!(drain(&mut arrivals), ["1234567890"]);
}

#[tokio::test]
async fn a_link_restored_with_a_full_queue_is_told_of_as_well() {
    let bus = MemoryBus::new().with_queue(1, usize::MAX);
    let (near, far) = (bus.broker(), bus.broker());
    let mut arrivals = far.arrivals();
    let room = topic("r");
    far.subscribe(vec![room.clone()]).await.unwrap();
    publish(&near, &room, "kept").await;
    far.cut();
    far.restore();
    assert_eq!(drain(&mut arrivals), ["kept", "?", "!"]);
}

#[tokio::test]
async fn a_payload_that_never_fits_is_told_of_to_a_waiting_reader() {
    let bus = MemoryBus::new().with_queue(10, 4);
    let (near, far) = (bus.broker(), bus.broker());
    let mut arrivals = far.arrivals();
    let room = topic("r");
    far.subscribe(vec![room.clone()]).await.unwrap();
    let reader = tokio::spawn(async move { arrivals.next().await });
    tokio::task::yield_now().await;
    publish(&near, &room, "too large").await;
    assert!(matches!(reader.await.unwrap(), Some(Arrival::Interrupted)));
}

#[tokio::test]
async fn a_cut_after_an_overflow_is_not_taken_for_a_link_that_is_back() {
    let bus = MemoryBus::new().with_queue(1, usize::MAX);
    let (near, far) = (bus.broker(), bus.broker());
    let mut arrivals = far.arrivals();
    let room = topic("r");
    far.subscribe(vec![room.clone()]).await.unwrap();
    publish(&near, &room, "kept").await;
    publish(&near, &room, "lost").await;
    for _ in 0..3 {
        far.cut();
        far.restore();
    }
    far.cut();
    assert_eq!(drain(&mut arrivals), ["kept", "?"]);
    far.restore();
    assert_eq!(drain(&mut arrivals), ["!"]);
    publish(&near, &room, "after").await;
    assert_eq!(drain(&mut arrivals), ["after"]);
}

#[tokio::test]
async fn a_handle_hears_itself_only_if_asked_to() {
    let room = topic("r");
    for echo in [false, true] {
        let bus = MemoryBus::new().with_echo(echo);
        let (one, other) = (bus.broker(), bus.broker());
        let (mut own, mut theirs) = (one.arrivals(), other.arrivals());
        one.subscribe(vec![room.clone()]).await.unwrap();
        other.subscribe(vec![room.clone()]).await.unwrap();
        publish(&one, &room, "x").await;
        assert_eq!(drain(&mut own).len(), usize::from(echo));
        assert_eq!(drain(&mut theirs), ["x"]);
    }
}

#[tokio::test]
async fn a_dropped_handle_ends_its_stream_and_leaves_no_subscription() {
    let bus = MemoryBus::new();
    let (near, far) = (bus.broker(), bus.broker());
    let mut arrivals = far.arrivals();
    assert_eq!(
        drain(&mut far.arrivals()),
        ["."],
        "the stream is handed out once"
    );
    let room = topic("r");
    far.subscribe(vec![room.clone(), topic("s")]).await.unwrap();
    let clone = far.clone();
    drop(far);
    publish(&near, &room, "last").await;
    let waiting = tokio::spawn(async move {
        let first = drain(&mut arrivals);
        (first, arrivals.next().await.is_none())
    });
    tokio::task::yield_now().await;
    drop(clone);
    assert_eq!(waiting.await.unwrap(), (vec!["last".to_owned()], true));
    assert_eq!(near.0.exchange.topics(), 0);
}

#[tokio::test]
async fn a_reader_that_waits_is_woken_and_one_that_never_waits_yields() {
    let bus = MemoryBus::new().with_queue(100_000, usize::MAX);
    let (near, far) = (bus.broker(), bus.broker());
    let mut arrivals = far.arrivals();
    let room = topic("r");
    far.subscribe(vec![room.clone()]).await.unwrap();
    let reader = tokio::spawn(async move {
        let mut n = 0;
        while arrivals.next().await.is_some() {
            n += 1;
        }
        n
    });
    tokio::task::yield_now().await;
    for _ in 0..10_000 {
        publish(&near, &room, "x").await;
    }
    // The reader yields after a bounded number of arrivals, so this task runs before it ends.
    tokio::task::yield_now().await;
    assert!(!far.0.inbox.is_empty());
    drop(far);
    assert_eq!(reader.await.unwrap(), 10_000);
}
