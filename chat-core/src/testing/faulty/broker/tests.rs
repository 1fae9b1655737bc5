use std::time::Duration;

use futures::{FutureExt, StreamExt};
use tokio::time::Instant;

use super::{BrokerFaults, FaultyBroker};
use crate::ErrorKind;
use crate::backend::{Arrival, Arrivals, Broker, Publication, Topic};
use crate::memory::MemoryBus;
use crate::testing::ids::room;

const LATE: Duration = Duration::from_millis(50);

fn topic() -> Topic {
    Topic::Room(room("r"))
}

/// Creates two handles on one bus, of which the second is faulty, and the second one's arrivals.
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

/// Everything that has arrived by now, as text.
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
        assert!(at_once < all.len(), "no payload was delayed");
        assert!(to.injected() > 40);
        all
    };
    let (one, again, other) = (run(1).await, run(1).await, run(2).await);
    assert_eq!(one, again);
    assert_ne!(one, other);
    let mut kept = one.clone();
    kept.sort();
    kept.dedup();
    assert!(kept.len() < 100, "no payload was lost");
    assert!(kept.len() < one.len(), "no payload was duplicated");
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
    // The stream wakes up for a due payload without further arrivals.
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
