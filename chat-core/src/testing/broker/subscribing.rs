use futures::future::join_all;

use super::ear::{Ear, SETTLE, deliver, publication, publish, topic, two};
use super::{IDEMPOTENT, UNSUBSCRIBE};
use crate::backend::Broker;
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};

pub(super) async fn nothing_arrives_after_unsubscribing(cluster: Cluster<dyn Broker>) {
    let [from, to] = two(&cluster);
    let ear = Ear::new(&to);
    let (left, kept) = (topic("a"), topic("b"));
    let patience = cluster.patience();
    let both = vec![left.clone(), kept.clone()];
    to.subscribe(both).await.must(UNSUBSCRIBE, "subscribe");
    for round in 0..5 {
        let before = format!("before {round}");
        deliver(&from, &ear, &left, &before, patience, UNSUBSCRIBE).await;
        let unsubscribed = to.unsubscribe(vec![left.clone()]).await;
        unsubscribed.must(UNSUBSCRIBE, "unsubscribe");
        publish(&from, vec![publication(&left, "after")], UNSUBSCRIBE).await;
        let beside = format!("beside {round}");
        deliver(&from, &ear, &kept, &beside, patience, UNSUBSCRIBE).await;
        tokio::time::sleep(SETTLE / 4).await;
        let after = ear.payloads(&left).iter().any(|p| p == "after");
        ensure!(
            UNSUBSCRIBE,
            !after,
            "a payload arrived that was published after unsubscribe returned"
        );
        let subscribed = to.subscribe(vec![left.clone()]).await;
        subscribed.must(UNSUBSCRIBE, "subscribe");
    }
}

pub(super) async fn subscribing_twice_is_subscribing_once(cluster: Cluster<dyn Broker>) {
    let [from, to] = two(&cluster);
    let ear = Ear::new(&to);
    let (one, other) = (topic("a"), topic("b"));
    let patience = cluster.patience();
    let unknown = to.unsubscribe(vec![topic("never")]).await;
    unknown.must(IDEMPOTENT, "unsubscribe without a subscription");
    for topics in [
        vec![one.clone(), one.clone()],
        vec![one.clone(), other.clone()],
    ] {
        to.subscribe(topics).await.must(IDEMPOTENT, "subscribe");
    }
    deliver(&from, &ear, &one, "once", patience, IDEMPOTENT).await;
    tokio::time::sleep(SETTLE).await;
    let times = ear.payloads(&one).len();
    ensure!(
        IDEMPOTENT,
        times == 1 || ear.interruptions() > 0,
        "after three subscriptions to a topic, one publication arrived {times} times"
    );
    for round in 0..2 {
        to.unsubscribe(vec![one.clone()])
            .await
            .must(IDEMPOTENT, "unsubscribe");
        publish(&from, vec![publication(&one, "gone")], IDEMPOTENT).await;
        let still = format!("still {round}");
        deliver(&from, &ear, &other, &still, patience, IDEMPOTENT).await;
        tokio::time::sleep(SETTLE).await;
        let gone = ear.payloads(&one).iter().any(|p| p == "gone");
        ensure!(
            IDEMPOTENT,
            !gone,
            "the topic still arrives after three subscriptions and one unsubscribe"
        );
    }
}

/// Calls for one topic start in sequence and wait concurrently.
pub(super) async fn the_last_call_counts(cluster: Cluster<dyn Broker>) {
    let [from, to] = two(&cluster);
    let ear = Ear::new(&to);
    let (topic, other) = (topic("a"), topic("b"));
    let patience = cluster.patience();
    to.subscribe(vec![other.clone()])
        .await
        .must(IDEMPOTENT, "subscribe");
    for round in 0..6 {
        let subscribed = round % 2 == 0;
        let calls = (0..9).map(|n| {
            let (to, topics) = (to.clone(), vec![topic.clone()]);
            async move {
                if (n % 2 == 0) == subscribed {
                    to.subscribe(topics).await
                } else {
                    to.unsubscribe(topics).await
                }
            }
        });
        // `join_all` polls so few futures in order.
        for done in join_all(calls).await {
            done.must(IDEMPOTENT, "one of several concurrent calls for one topic");
        }
        let payload = format!("round {round}");
        if subscribed {
            deliver(&from, &ear, &topic, &payload, patience, IDEMPOTENT).await;
        } else {
            publish(
                &from,
                vec![publication(&topic, payload.clone())],
                IDEMPOTENT,
            )
            .await;
            deliver(&from, &ear, &other, &payload, patience, IDEMPOTENT).await;
            tokio::time::sleep(SETTLE / 4).await;
            let found = ear.payloads(&topic).iter().any(|p| *p == payload);
            ensure!(
                IDEMPOTENT,
                !found,
                "the last of several calls was unsubscribe, but the topic still arrives"
            );
        }
    }
}
