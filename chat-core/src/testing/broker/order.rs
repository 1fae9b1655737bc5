use super::ORDER;
use super::ear::{Ear, publish, topic, two};
use crate::backend::{Broker, Publication, Topic};
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::user;
use crate::testing::tasks::Tasks;

const EACH: usize = 200;

/// Each handle publishes numbers to two topics at once, in batches of one to five, and receives
/// everything.
pub(super) async fn publications_arrive_in_order(cluster: Cluster<dyn Broker>) {
    two(&cluster);
    let topics = [topic("a"), Topic::User(user("a"))];
    let ears: Vec<Ear> = cluster.nodes().iter().map(Ear::new).collect();
    for node in cluster.nodes() {
        let subscribed = node.subscribe(topics.to_vec()).await;
        subscribed.must(ORDER, "subscribe");
    }
    let mut tasks = Tasks::new();
    for (publisher, node) in cluster.nodes().iter().cloned().enumerate() {
        let topics = topics.clone();
        tasks.spawn(async move {
            let mut random = fastrand::Rng::with_seed(publisher as u64);
            let mut next = 0;
            while next < EACH {
                let size = random.usize(1..=5).min(EACH - next);
                let batch = (next..next + size).map(|n| Publication {
                    topics: topics.as_slice().into(),
                    payload: format!("{publisher}:{n}").into(),
                });
                publish(&node, batch.collect(), ORDER).await;
                next += size;
            }
        });
    }
    tasks.join().await;
    for (listener, ear) in ears.iter().enumerate() {
        let ends: Vec<String> = (0..cluster.nodes().len())
            .filter(|publisher| *publisher != listener)
            .map(|publisher| format!("{publisher}:{}", EACH - 1))
            .collect();
        // After a loss, only the order of the payloads that arrived can be checked.
        let all = ear
            .until(cluster.patience(), |ear| {
                let ended = |topic| {
                    let found = ear.payloads(topic);
                    ends.iter().all(|end| found.iter().any(|p| p == end))
                };
                ear.interruptions() > 0 || topics.iter().all(ended)
            })
            .await;
        ensure!(
            ORDER,
            all,
            "neither the last of {EACH} publications nor Interrupted arrived at handle {listener}"
        );
        for topic in &topics {
            for publisher in 0..cluster.nodes().len() {
                let prefix = format!("{publisher}:");
                let found: Vec<usize> = ear
                    .payloads(topic)
                    .iter()
                    .filter_map(|p| {
                        std::str::from_utf8(p)
                            .ok()?
                            .strip_prefix(&prefix)?
                            .parse()
                            .ok()
                    })
                    .collect();
                let disorder = found.windows(2).find(|pair| pair[0] > pair[1]);
                ensure!(
                    ORDER,
                    disorder.is_none(),
                    "handle {listener} received what handle {publisher} published to {topic} out \
                     of order: {disorder:?}"
                );
                let complete = publisher == listener || found.len() == EACH;
                ensure!(
                    ORDER,
                    complete || ear.interruptions() > 0,
                    "of {EACH} publications of handle {publisher}, {} arrived at handle {listener}",
                    found.len()
                );
            }
        }
    }
}
