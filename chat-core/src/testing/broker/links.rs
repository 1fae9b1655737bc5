use std::time::Duration;

use super::ear::{Ear, deliver, publication, topic, two};
use super::{INTERRUPTED, REMEMBERED};
use crate::backend::Broker;
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::tasks::Tasks;

/// Cuts a link in the middle of publications and heals it. After `Interrupted`, the next
/// publication must arrive.
pub(super) async fn after_an_interruption_subscriptions_work(cluster: Cluster<dyn Broker>) {
    let [from, to] = two(&cluster);
    let Some(link) = cluster.link() else { return };
    let patience = cluster.patience();
    let ear = Ear::new(&to);
    let topics = [topic("a.b"), topic("{x}"), topic("*")];
    to.subscribe(topics.to_vec())
        .await
        .must(INTERRUPTED, "subscribe");
    for round in 0..3 {
        for topic in &topics {
            let payload = format!("before {round}");
            deliver(&from, &ear, topic, &payload, patience, INTERRUPTED).await;
        }
        let (before, lost) = (ear.interruptions(), ear.losses());
        link.cut(1).await;
        for n in 0..20 {
            let batch = topics.iter().map(|t| publication(t, format!("lost {n}")));
            from.publish(batch.collect())
                .await
                .must(INTERRUPTED, "publish");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let noticed = ear.until(patience, |ear| ear.losses() > lost).await;
        ensure!(
            INTERRUPTED,
            noticed,
            "the link was cut, but Lost did not arrive within {patience:?}"
        );
        link.heal(1).await;
        let told = ear
            .until(patience, |ear| ear.interruptions() > before)
            .await;
        ensure!(
            INTERRUPTED,
            told,
            "the link was cut and healed, but Interrupted did not arrive within {patience:?}"
        );
        for topic in &topics {
            let payload = format!("after {round}");
            deliver(&from, &ear, topic, &payload, patience, INTERRUPTED).await;
        }
    }
}

/// `subscribe` may fail, succeed or wait while the link is cut; afterwards the topic must be live.
pub(super) async fn topics_subscribed_while_cut_off_are_remembered(cluster: Cluster<dyn Broker>) {
    let [from, to] = two(&cluster);
    let Some(link) = cluster.link() else { return };
    let patience = cluster.patience();
    let ear = Ear::new(&to);
    let first = topic("first");
    to.subscribe(vec![first.clone()])
        .await
        .must(REMEMBERED, "subscribe");
    deliver(&from, &ear, &first, "there", patience, REMEMBERED).await;
    for round in 0..3 {
        let before = ear.interruptions();
        let while_cut = topic(format!("while-cut-{round}"));
        link.cut(1).await;
        let mut calls = Tasks::new();
        let (node, topics) = (to.clone(), vec![while_cut.clone()]);
        calls.spawn(async move { node.subscribe(topics).await.is_ok() });
        tokio::time::sleep(Duration::from_millis(100)).await;
        link.heal(1).await;
        calls.join().await;
        let told = ear
            .until(patience, |ear| ear.interruptions() > before)
            .await;
        ensure!(
            REMEMBERED,
            told,
            "the link was cut and healed, but Interrupted did not arrive within {patience:?}"
        );
        for topic in [&while_cut, &first] {
            let payload = format!("after {round}");
            deliver(&from, &ear, topic, &payload, patience, REMEMBERED).await;
        }
    }
}
