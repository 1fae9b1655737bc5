//! Faults of a single server and its connections.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::time::Duration;

use chat_core::ErrorKind;
use chat_core::backend::{Arrival, Broker};
use chat_redis::{Options, Redis};
use chat_testbed::{Proxy, RedisServer};

use support::{Ear, alert, broker, eventually, heard, publication, room, rooms};

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_survive_the_death_of_the_server() {
    let mut server = RedisServer::start().unwrap();
    let (from, to) = (broker(&server.url()), broker(&server.url()));
    let mut ear = Ear::new(&to);
    let topics = rooms(2_500);
    to.subscribe(topics.clone()).await.unwrap();
    heard(&from, &mut ear, &topics, "before").await;
    for round in 0..2 {
        server.kill().unwrap();
        ear.lost().await;
        let error = from.publish(vec![publication(&topics, "lost")]).await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Unavailable);
        server.restart().unwrap();
        ear.interrupted().await;
        let payload = format!("after {round}");
        // The publisher's connection may take longer to recover.
        eventually(async || from.publish(vec![publication(&topics[..1], "again")]).await).await;
        heard(&from, &mut ear, &topics, &payload).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_still_is_noticed() {
    let server = RedisServer::start().unwrap();
    let (from, to) = (broker(&server.url()), broker(&server.url()));
    let mut ear = Ear::new(&to);
    let topics = rooms(10);
    to.subscribe(topics.clone()).await.unwrap();
    heard(&from, &mut ear, &topics, "before").await;
    server.pause().unwrap();
    ear.lost().await;
    let error = from.publish(vec![publication(&topics, "nobody")]).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Unavailable);
    server.resume().unwrap();
    ear.interrupted().await;
    eventually(async || from.publish(vec![publication(&topics[..1], "again")]).await).await;
    heard(&from, &mut ear, &topics, "after").await;
}

/// The connection accepts writes but delivers nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_deaf_is_noticed() {
    let server = RedisServer::start().unwrap();
    let proxy = Proxy::start(format!("127.0.0.1:{}", server.port())).unwrap();
    let url = format!("redis://{}", proxy.address());
    let (from, to) = (broker(&server.url()), broker(&url));
    let mut ear = Ear::new(&to);
    let topics = rooms(10);
    to.subscribe(topics.clone()).await.unwrap();
    heard(&from, &mut ear, &topics, "before").await;
    proxy.mute();
    ear.lost().await;
    from.publish(vec![publication(&topics, "unheard")])
        .await
        .unwrap();
    proxy.unmute();
    ear.interrupted().await;
    heard(&from, &mut ear, &topics, "after").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_that_is_killed_comes_back() {
    let server = RedisServer::start().unwrap();
    let (from, to) = (broker(&server.url()), broker(&server.url()));
    let mut ear = Ear::new(&to);
    let topics = rooms(10);
    to.subscribe(topics.clone()).await.unwrap();
    for round in 0..3 {
        heard(&from, &mut ear, &topics, &format!("before {round}")).await;
        let killed = server.call(&["CLIENT", "KILL", "TYPE", "pubsub"]).unwrap();
        // The other broker is subscribed too, for its probes, and may still be reconnecting.
        assert_ne!(killed, "0");
        ear.lost().await;
        ear.interrupted().await;
    }
    heard(&from, &mut ear, &topics, "after").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_buffer_loses_and_says_so() {
    let server = RedisServer::start().unwrap();
    let from = broker(&server.url());
    let options = Options {
        max_arrivals: 10,
        ..alert()
    };
    let to = Redis::open(&server.url(), options)
        .unwrap()
        .broker()
        .unwrap();
    let mut ear = Ear::new(&to);
    let topic = room("a");
    to.subscribe(vec![topic.clone()]).await.unwrap();
    let batch = (0..100).map(|n| publication(std::slice::from_ref(&topic), n.to_string()));
    from.publish(batch.collect()).await.unwrap();
    // When this has passed through the connection, so have all of the above.
    let sync = room("sync");
    to.subscribe(vec![sync.clone()]).await.unwrap();
    for n in 0..10 {
        assert_eq!(ear.payload(&topic).await, n.to_string());
    }
    assert!(matches!(ear.next().await, Arrival::Interrupted));
    heard(&from, &mut ear, &[topic, sync], "after").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_server_that_stands_still_is_bounded() {
    let server = RedisServer::start().unwrap();
    let options = Options {
        max_queued_publishes: 100,
        response_timeout: Duration::from_secs(20),
        probe_interval: Duration::from_secs(60),
        ..Options::default()
    };
    let from = Redis::open(&server.url(), options)
        .unwrap()
        .broker()
        .unwrap();
    let topics = rooms(60);
    let batch = || vec![publication(&topics, "x")];
    from.publish(batch()).await.unwrap();
    server.pause().unwrap();
    // One batch is written, one is queued, and the queue is full.
    let calls = (0..4).map(|_| from.publish(batch()));
    // Rejections are immediate, while the server is paused.
    let (refused, _, others) = futures::future::select_all(calls).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unavailable);
    drop(others);
    server.resume().unwrap();
    eventually(async || from.publish(batch()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wanted_before_the_server_is_there_is_heard_after() {
    let mut server = RedisServer::start().unwrap();
    server.kill().unwrap();
    let to = broker(&server.url());
    let mut ear = Ear::new(&to);
    ear.lost().await;
    let topics = rooms(3);
    let error = to.subscribe(topics.clone()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(std::error::Error::source(&error).is_some());
    to.unsubscribe(topics[2..].to_vec()).await.unwrap();
    server.restart().unwrap();
    ear.interrupted().await;
    let from = broker(&server.url());
    from.publish(vec![publication(&topics[2..], "unwanted")])
        .await
        .unwrap();
    from.publish(vec![publication(&topics[..2], "wanted")])
        .await
        .unwrap();
    for topic in &topics[..2] {
        match ear.next().await {
            Arrival::Payload { topic: t, payload } => {
                assert_eq!((&t, &payload[..]), (topic, &b"wanted"[..]));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_broker_leaves_nothing_behind() {
    let server = RedisServer::start().unwrap();
    let to = broker(&server.url());
    let mut arrivals = to.arrivals();
    to.subscribe(rooms(10)).await.unwrap();
    to.publish(vec![publication(&rooms(1), "x")]).await.unwrap();
    drop(to);
    while futures::StreamExt::next(&mut arrivals).await.is_some() {}
    eventually(async || {
        // Only the connection of this query is left.
        let clients = server.call(&["CLIENT", "LIST"]).unwrap();
        match clients.lines().count() {
            1 => Ok(()),
            _ => Err(chat_core::Error::invalid(clients)),
        }
    })
    .await;
}
