use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chat_core::Result;
use chat_core::backend::{Arrival, Arrivals, Broker, Publication, Topic};
use chat_core::memory::{MemoryBroker, MemoryBus};
use chat_core::testing::faulty::{BrokerFaults, FaultyBroker};
use chat_core::testing::{Cluster, Link};
use futures::{StreamExt, stream};
use parking_lot::Mutex;

use crate::mutants;

const PATIENCE: Duration = Duration::from_millis(1500);

struct Links<B>(Vec<Arc<FaultyBroker<B>>>);

#[async_trait]
impl<B: Broker> Link for Links<B> {
    async fn cut(&self, node: usize) {
        self.0[node].cut();
    }

    async fn heal(&self, node: usize) {
        self.0[node].heal();
    }
}

async fn faulty(nodes: usize, faults: BrokerFaults) -> Cluster<dyn Broker> {
    let bus = MemoryBus::new();
    let nodes: Vec<_> = (0..nodes as u64)
        .map(|seed| Arc::new(FaultyBroker::new(bus.broker(), seed, faults)))
        .collect();
    Cluster::new(nodes.iter().map(|n| n.clone() as _).collect())
        .with_link(Links(nodes))
        .with_patience(PATIENCE)
}

/// What a broker may do: one that tells its losses keeps the contract.
mod losing_and_telling {
    use super::{BrokerFaults, faulty};

    chat_core::broker_suite!(|nodes| {
        let faults = BrokerFaults {
            lose: 0.02,
            tell_losses: true,
            ..BrokerFaults::default()
        };
        faulty(nodes, faults)
    });
}

mutants! {
    broker, faulty;
    loses_silently: BrokerFaults { lose: 0.5, ..BrokerFaults::default() },
        "what_is_published_arrives_on_every_handle", "Broker contract 1 (delivery)";
    loses_a_few_silently: BrokerFaults { lose: 0.02, ..BrokerFaults::default() },
        "publications_arrive_in_order", "Broker contract 4 (order)";
    reorders: BrokerFaults {
            delay: 0.1,
            max_delay: Duration::from_millis(20),
            ..BrokerFaults::default()
        },
        "publications_arrive_in_order", "Broker contract 4 (order)";
    doubles: BrokerFaults { duplicate: 1.0, ..BrokerFaults::default() },
        "subscribing_twice_is_subscribing_once", "Broker contract 8 (idempotent)";
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    MixesTopics,
    TruncatesPayloads,
    FirstTopicOnly,
    StreamsForever,
    KeepsHearing,
    CountsSubscriptions,
    LastCallFirst,
    WaitsForReceivers,
    HidesInterruptions,
    TellsTooEarly,
    ForgetsTopics,
}

/// A handle in memory with a bug before it.
#[derive(Debug)]
struct Broken {
    bug: Bug,
    right: MemoryBroker,
    cut: AtomicBool,
    published: AtomicUsize,
    subscribed: Mutex<HashMap<Topic, i32>>,
}

struct BrokenLinks(Vec<Arc<Broken>>);

#[async_trait]
impl Link for BrokenLinks {
    async fn cut(&self, node: usize) {
        let node = &self.0[node];
        node.cut.store(true, Ordering::SeqCst);
        node.right.cut();
    }

    async fn heal(&self, node: usize) {
        let node = &self.0[node];
        node.right.restore();
        node.cut.store(false, Ordering::SeqCst);
    }
}

async fn broken(nodes: usize, bug: Bug) -> Cluster<dyn Broker> {
    let bus = MemoryBus::new().with_queue(1000, 1 << 20);
    let nodes: Vec<_> = (0..nodes)
        .map(|_| {
            Arc::new(Broken {
                bug,
                right: bus.broker(),
                cut: AtomicBool::new(false),
                published: AtomicUsize::new(0),
                subscribed: Mutex::default(),
            })
        })
        .collect();
    Cluster::new(nodes.iter().map(|n| n.clone() as _).collect())
        .with_link(BrokenLinks(nodes))
        .with_patience(PATIENCE)
}

#[async_trait]
impl Broker for Broken {
    async fn publish(&self, mut batch: Vec<Publication>) -> Result<()> {
        let count = self.published.fetch_add(batch.len(), Ordering::SeqCst);
        for publication in &mut batch {
            match self.bug {
                Bug::TruncatesPayloads => publication.payload.truncate(50_000),
                Bug::FirstTopicOnly => publication.topics.truncate(1),
                _ => {}
            }
        }
        if self.bug == Bug::WaitsForReceivers && count > 5000 {
            std::future::pending::<()>().await;
        }
        self.right.publish(batch).await
    }

    async fn subscribe(&self, topics: Vec<Topic>) -> Result<()> {
        if self.bug == Bug::ForgetsTopics && self.cut.load(Ordering::SeqCst) {
            return Ok(());
        }
        for topic in &topics {
            *self.subscribed.lock().entry(topic.clone()).or_default() += 1;
        }
        if self.bug == Bug::LastCallFirst {
            tokio::task::yield_now().await;
        }
        let mut all = topics.clone();
        if self.bug == Bug::MixesTopics {
            // Room and user of one name are one.
            all.extend(topics.iter().map(|topic| match topic {
                Topic::User(id) => Topic::Room(id.as_str().parse().unwrap()),
                Topic::Room(id) => Topic::User(id.as_str().parse().unwrap()),
            }));
        }
        self.right.subscribe(all).await
    }

    async fn unsubscribe(&self, mut topics: Vec<Topic>) -> Result<()> {
        if self.bug == Bug::CountsSubscriptions {
            topics.retain(|topic| {
                let mut subscribed = self.subscribed.lock();
                let times = subscribed.entry(topic.clone()).or_default();
                *times -= 1;
                *times <= 0
            });
        }
        if self.bug == Bug::KeepsHearing {
            topics.clear();
        }
        self.right.unsubscribe(topics).await
    }

    fn arrivals(&self) -> Arrivals {
        let right = self.right.arrivals();
        let interrupted = |arrival: &Arrival| matches!(arrival, Arrival::Interrupted);
        match self.bug {
            Bug::StreamsForever => right.chain(stream::pending()).boxed(),
            Bug::HidesInterruptions => right
                .filter(move |arrival| std::future::ready(!interrupted(arrival)))
                .boxed(),
            Bug::TellsTooEarly => {
                // What arrives in the time after the link is back is lost.
                let mut back = None::<tokio::time::Instant>;
                let late = right.filter(move |arrival| {
                    let told = interrupted(arrival);
                    if told {
                        back = Some(tokio::time::Instant::now());
                    }
                    let deaf = back.is_some_and(|at| at.elapsed() < Duration::from_millis(300));
                    std::future::ready(told || !deaf)
                });
                late.boxed()
            }
            _ => right,
        }
    }
}

mutants! {
    broker, broken;
    mixes_topics: Bug::MixesTopics,
        "topics_do_not_mix", "Broker contract 1 (delivery)";
    truncates_payloads: Bug::TruncatesPayloads,
        "payloads_arrive_as_they_were", "Broker contract 1 (delivery)";
    publishes_to_the_first_topic_only: Bug::FirstTopicOnly,
        "a_batch_reaches_many_topics", "Broker contract 6 (publish)";
    gives_a_second_stream: Bug::StreamsForever,
        "arrivals_are_taken_once", "Broker::arrivals";
    keeps_hearing: Bug::KeepsHearing,
        "nothing_arrives_after_unsubscribing", "Broker contract 5 (unsubscribe)";
    counts_subscriptions: Bug::CountsSubscriptions,
        "subscribing_twice_is_subscribing_once", "Broker contract 8 (idempotent)";
    takes_the_last_call_first: Bug::LastCallFirst,
        "the_last_call_counts", "Broker contract 8 (idempotent)";
    waits_for_receivers: Bug::WaitsForReceivers,
        "a_receiver_that_does_not_listen_holds_up_nobody", "Broker contract 7 (bounded)";
    hides_what_overflowed: Bug::HidesInterruptions,
        "a_receiver_that_does_not_listen_holds_up_nobody", "Broker contract 7 (bounded)";
    hides_interruptions: Bug::HidesInterruptions,
        "after_an_interruption_subscriptions_work", "Broker contract 2 (interruptions)";
    tells_before_it_hears: Bug::TellsTooEarly,
        "after_an_interruption_subscriptions_work", "Broker contract 2 (interruptions)";
    forgets_topics: Bug::ForgetsTopics,
        "topics_subscribed_while_cut_off_are_remembered", "Broker contract 3 (remembered topics)";
}
