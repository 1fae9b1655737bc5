use bytes::Bytes;
use futures::StreamExt;

use super::ear::{Ear, SETTLE, deliver, publication, publish, topic, two};
use super::{ARRIVALS, DELIVERY, PUBLISH};
use crate::backend::{Broker, Publication, Topic};
use crate::testing::Cluster;
use crate::testing::check::{Must, ensure};
use crate::testing::ids::{a_room, hostile_ids, room, user};

pub(super) async fn what_is_published_arrives_on_every_handle(cluster: Cluster<dyn Broker>) {
    two(&cluster);
    let ears: Vec<Ear> = cluster.nodes().iter().map(Ear::new).collect();
    let topics = [Topic::Room(a_room()), Topic::User(user("$ne"))];
    for node in cluster.nodes() {
        let subscribed = node.subscribe(topics.to_vec()).await;
        subscribed.must(DELIVERY, "subscribe");
    }
    for topic in &topics {
        for (n, from) in cluster.nodes().iter().enumerate() {
            for (m, to) in ears.iter().enumerate().filter(|(m, _)| *m != n) {
                let payload = format!("{n} to {m}");
                deliver(from, to, topic, &payload, cluster.patience(), DELIVERY).await;
            }
        }
    }
}

/// One handle subscribes to half of the hostile topics; payloads are published to all of them.
pub(super) async fn topics_do_not_mix(cluster: Cluster<dyn Broker>) {
    let [from, to] = two(&cluster);
    let ear = Ear::new(&to);
    let mut heard = Vec::new();
    let mut unheard = Vec::new();
    for (n, id) in hostile_ids().iter().enumerate() {
        let (room, user) = (Topic::Room(room(id)), Topic::User(user(id)));
        // Subscribe to a pattern but not to a topic it would match, or the other way round.
        let (one, other) = if n % 2 == 0 {
            (room, user)
        } else {
            (user, room)
        };
        heard.push(one);
        unheard.push(other);
    }
    to.subscribe(heard.clone())
        .await
        .must(DELIVERY, "subscribe");
    let all = heard.iter().chain(&unheard);
    let batch = all
        .map(|topic| publication(topic, topic.to_string()))
        .collect();
    publish(&from, batch, PUBLISH).await;
    for topic in &heard {
        deliver(&from, &ear, topic, "last", cluster.patience(), DELIVERY).await;
    }
    tokio::time::sleep(SETTLE).await;
    for topic in &heard {
        let name = topic.to_string();
        let strange = ear
            .payloads(topic)
            .into_iter()
            .find(|p| *p != name && p != "last");
        ensure!(
            DELIVERY,
            strange.is_none(),
            "{strange:?} arrived on {topic}"
        );
    }
    for topic in &unheard {
        let found = ear.payloads(topic);
        ensure!(
            DELIVERY,
            found.is_empty(),
            "{found:?} arrived on {topic}, which has no subscription"
        );
    }
}

pub(super) async fn payloads_arrive_as_they_were(cluster: Cluster<dyn Broker>) {
    let [from, to] = two(&cluster);
    let ear = Ear::new(&to);
    let topic = topic("a");
    to.subscribe(vec![topic.clone()])
        .await
        .must(DELIVERY, "subscribe");
    let sent = [
        Bytes::new(),
        Bytes::from((0..=255).collect::<Vec<u8>>()),
        Bytes::from_static(b"\r\n$-1\r\n*0\r\n\0"),
        Bytes::from(vec![0xff; 100_000]),
        Bytes::from_static(b"last"),
    ];
    for payload in &sent {
        publish(&from, vec![publication(&topic, payload.clone())], PUBLISH).await;
    }
    let patience = cluster.patience();
    let enough = |ear: &Ear| ear.count() >= sent.len() || ear.interruptions() > 0;
    ear.until(patience, enough).await;
    if ear.interruptions() == 0 {
        let found = ear.payloads(&topic);
        let lengths: Vec<usize> = found.iter().map(Bytes::len).collect();
        ensure!(
            DELIVERY,
            found == sent,
            "payloads changed on the way; their lengths are {lengths:?}"
        );
    }
}

pub(super) async fn a_batch_reaches_many_topics(cluster: Cluster<dyn Broker>) {
    const TOPICS: usize = 500;
    let [from, to] = two(&cluster);
    let ear = Ear::new(&to);
    let topics: Vec<Topic> = (0..TOPICS)
        .map(|n| Topic::User(user(format!("{n}"))))
        .collect();
    let (heard, unheard) = topics.split_at(TOPICS - 100);
    to.subscribe(heard.to_vec())
        .await
        .must(PUBLISH, "subscribe");
    let batch = vec![
        Publication {
            topics: topics.as_slice().into(),
            payload: Bytes::from_static(b"to all"),
        },
        publication(&heard[0], "to one"),
        Publication {
            topics: [].into(),
            payload: Bytes::from_static(b"to nobody"),
        },
    ];
    publish(&from, batch, PUBLISH).await;
    let want = heard.len() + 1;
    let enough = |ear: &Ear| ear.count() >= want || ear.interruptions() > 0;
    ear.until(cluster.patience(), enough).await;
    tokio::time::sleep(SETTLE).await;
    if ear.interruptions() > 0 {
        return;
    }
    let found = ear.count();
    ensure!(
        PUBLISH,
        found == want,
        "{found} publications of a batch arrived, not {want}"
    );
    for (n, topic) in heard.iter().enumerate() {
        let found = ear.payloads(topic);
        let right = if n == 0 {
            found == ["to all", "to one"]
        } else {
            found == ["to all"]
        };
        ensure!(PUBLISH, right, "a batch arrived on {topic} as {found:?}");
    }
    ensure!(
        PUBLISH,
        unheard.iter().all(|topic| ear.payloads(topic).is_empty()),
        "a batch delivered a topic without a subscription"
    );
    publish(&from, Vec::new(), PUBLISH).await;
}

pub(super) async fn arrivals_are_taken_once(cluster: Cluster<dyn Broker>) {
    let [from, to] = two(&cluster);
    let ear = Ear::new(&to);
    let second = tokio::time::timeout(cluster.patience(), to.arrivals().next()).await;
    ensure!(
        ARRIVALS,
        matches!(second, Ok(None)),
        "a second stream of arrivals yields {second:?} instead of ending at once"
    );
    let topic = topic("a");
    to.subscribe(vec![topic.clone()])
        .await
        .must(ARRIVALS, "subscribe");
    deliver(&from, &ear, &topic, "x", cluster.patience(), ARRIVALS).await;
}
