use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chat_core::backend::{Arrival, Arrivals, Broker, Publication, Topic};
use chat_core::memory::{MemoryBroker, MemoryBus};
use chat_core::testing::faulty::{BrokerFaults, FaultyBroker};
use chat_core::testing::{Cluster, Link};
use chat_core::{Error, Result, RoomId, UserId};
use futures::{StreamExt, stream};
use parking_lot::Mutex;

use crate::{PATIENCE, mutants, pause};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    SubscribesLater,
    MixesKinds,
    TakesPayloadsForText,
    FirstTopicAlone,
    ArrivalsTwice,
    NeverUnsubscribes,
    CountsSubscriptions,
    SubscribesOutOfTurn,
    WaitsForReceivers,
    NeverTellsOfLosses,
    NeverTellsOfCuts,
    ForgetsTopics,
    ForgetsWhileCut,
}

/// The in-memory broker with one bug.
#[derive(Debug)]
struct Wrong {
    bug: Bug,
    inner: MemoryBroker,
    cut: AtomicBool,
    taken: AtomicBool,
    topics: Mutex<Vec<Topic>>,
    published: AtomicUsize,
}

/// Cuts and heals the links of the wrapped in-memory brokers.
struct Links(Vec<Arc<Wrong>>);

#[async_trait]
impl Link for Links {
    async fn cut(&self, node: usize) {
        self.0[node].cut.store(true, Ordering::SeqCst);
        self.0[node].inner.cut();
    }

    async fn heal(&self, node: usize) {
        let node = &self.0[node];
        if node.bug == Bug::ForgetsTopics {
            let topics = node.topics.lock().clone();
            let _ = node.inner.unsubscribe(topics).await;
        }
        node.cut.store(false, Ordering::SeqCst);
        node.inner.restore();
    }
}

async fn wrong(nodes: usize, bug: Bug) -> Cluster<dyn Broker> {
    let bus = MemoryBus::new().with_queue(5000, 1 << 20);
    let node = |_| {
        Arc::new(Wrong {
            bug,
            inner: bus.broker(),
            cut: AtomicBool::new(false),
            taken: AtomicBool::new(false),
            topics: Mutex::default(),
            published: AtomicUsize::new(0),
        })
    };
    let nodes: Vec<Arc<Wrong>> = (0..nodes).map(node).collect();
    Cluster::new(nodes.iter().map(|n| Arc::clone(n) as _).collect())
        .with_link(Links(nodes))
        .with_patience(PATIENCE)
}

/// The topic of the other kind with the same id.
fn twin(topic: &Topic) -> Topic {
    match topic {
        Topic::User(id) => Topic::Room(RoomId::new(id.as_str()).unwrap()),
        Topic::Room(id) => Topic::User(UserId::new(id.as_str()).unwrap()),
    }
}

#[async_trait]
impl Broker for Wrong {
    async fn publish(&self, mut batch: Vec<Publication>) -> Result<()> {
        let before = self.published.fetch_add(batch.len(), Ordering::SeqCst);
        if self.bug == Bug::WaitsForReceivers && before > 5000 {
            std::future::pending::<()>().await;
        }
        for publication in &mut batch {
            match self.bug {
                Bug::MixesKinds => {
                    let topics = publication.topics.iter();
                    publication.topics = topics.clone().cloned().chain(topics.map(twin)).collect();
                }
                Bug::TakesPayloadsForText => {
                    let text = String::from_utf8_lossy(&publication.payload).into_owned();
                    publication.payload = Bytes::from(text);
                }
                Bug::FirstTopicAlone => {
                    publication.topics = publication.topics.iter().take(1).cloned().collect();
                }
                _ => {}
            }
        }
        self.inner.publish(batch).await
    }

    async fn subscribe(&self, topics: Vec<Topic>) -> Result<()> {
        match self.bug {
            Bug::SubscribesLater => {
                let inner = self.inner.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    inner.subscribe(topics).await
                });
                return Ok(());
            }
            Bug::SubscribesOutOfTurn => pause().await,
            Bug::ForgetsWhileCut if self.cut.load(Ordering::SeqCst) => {
                return Err(Error::unavailable("cut"));
            }
            _ => {}
        }
        self.topics.lock().extend(topics.iter().cloned());
        self.inner.subscribe(topics).await
    }

    async fn unsubscribe(&self, mut topics: Vec<Topic>) -> Result<()> {
        match self.bug {
            Bug::NeverUnsubscribes => return Ok(()),
            Bug::CountsSubscriptions => {
                let mut known = self.topics.lock();
                for topic in &topics {
                    if let Some(n) = known.iter().position(|t| t == topic) {
                        known.remove(n);
                    }
                }
                let left: HashSet<&Topic> = known.iter().collect();
                topics.retain(|t| !left.contains(t));
            }
            _ => {}
        }
        self.inner.unsubscribe(topics).await
    }

    fn arrivals(&self) -> Arrivals {
        let bug = self.bug;
        if bug == Bug::ArrivalsTwice && self.taken.swap(true, Ordering::SeqCst) {
            return stream::pending().boxed();
        }
        let told = move |arrival: &Arrival| match arrival {
            Arrival::Payload { .. } => true,
            Arrival::Lost => bug != Bug::NeverTellsOfCuts,
            Arrival::Interrupted => bug != Bug::NeverTellsOfLosses,
        };
        let told = move |arrival: &Arrival| std::future::ready(told(arrival));
        self.inner.arrivals().filter(told).boxed()
    }
}

/// Correct brokers with seeded faults on arrival.
async fn faulty(nodes: usize, faults: BrokerFaults) -> Cluster<dyn Broker> {
    let bus = MemoryBus::new();
    let node = |seed| Arc::new(FaultyBroker::new(bus.broker(), seed, faults)) as _;
    Cluster::new((0..nodes as u64).map(node).collect()).with_patience(PATIENCE)
}

/// A broker that reports its losses is correct.
mod right {
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
    broker;
    wrong {
        subscribes_later_than_it_says: Bug::SubscribesLater,
            "what_is_published_arrives_on_every_handle", "Broker contract 1 (delivery)";
        mixes_users_and_rooms: Bug::MixesKinds,
            "topics_do_not_mix", "Broker contract 1 (delivery)";
        takes_payloads_for_text: Bug::TakesPayloadsForText,
            "payloads_arrive_as_they_were", "Broker contract 1 (delivery)";
        publishes_to_the_first_topic: Bug::FirstTopicAlone,
            "a_batch_reaches_many_topics", "Broker contract 6 (publish)";
        gives_a_second_stream: Bug::ArrivalsTwice,
            "arrivals_are_taken_once", "Broker::arrivals";
        never_unsubscribes: Bug::NeverUnsubscribes,
            "nothing_arrives_after_unsubscribing", "Broker contract 5 (unsubscribe)";
        counts_subscriptions: Bug::CountsSubscriptions,
            "subscribing_twice_is_subscribing_once", "Broker contract 8 (idempotent)";
        subscribes_out_of_turn: Bug::SubscribesOutOfTurn,
            "the_last_call_counts", "Broker contract 8 (idempotent)";
        waits_for_receivers: Bug::WaitsForReceivers,
            "a_receiver_that_does_not_listen_holds_up_nobody", "Broker contract 7 (bounded)";
        overflows_without_a_word: Bug::NeverTellsOfLosses,
            "a_receiver_that_does_not_listen_holds_up_nobody", "Broker contract 7 (bounded)";
        heals_without_a_word: Bug::NeverTellsOfLosses,
            "after_an_interruption_subscriptions_work", "Broker contract 2 (interruptions)";
        is_cut_without_a_word: Bug::NeverTellsOfCuts,
            "after_an_interruption_subscriptions_work", "Broker contract 2 (interruptions)";
        stays_deaf_after_an_interruption: Bug::ForgetsTopics,
            "after_an_interruption_subscriptions_work", "Broker contract 2 (interruptions)";
        forgets_what_was_subscribed_to_while_cut: Bug::ForgetsWhileCut,
            "topics_subscribed_while_cut_off_are_remembered",
            "Broker contract 3 (remembered topics)";
    }
    faulty {
        loses_without_a_word: BrokerFaults { lose: 0.5, ..BrokerFaults::default() },
            "what_is_published_arrives_on_every_handle", "Broker contract 1 (delivery)";
        loses_a_few_without_a_word: BrokerFaults { lose: 0.02, ..BrokerFaults::default() },
            "publications_arrive_in_order", "Broker contract 4 (order)";
        doubles: BrokerFaults { duplicate: 1.0, ..BrokerFaults::default() },
            "subscribing_twice_is_subscribing_once", "Broker contract 8 (idempotent)";
        reorders: BrokerFaults {
            delay: 0.2,
            max_delay: Duration::from_millis(20),
            ..BrokerFaults::default()
        }, "publications_arrive_in_order", "Broker contract 4 (order)";
    }
}
