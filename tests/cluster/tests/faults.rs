//! Kills, pauses and restarts the parts of a cluster while a few hundred clients send and receive.
//!
//! Each test starts its own cluster. One test runs at a time, as each needs the whole machine.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::BTreeSet;
use std::net::SocketAddr;

use chat_cluster::{Cluster, Crowd, Size, eventually};
use chat_core::UserId;
use tokio::sync::{Mutex, MutexGuard};

static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// The number of acknowledgements to wait for before and during a fault.
const SOME: usize = 150;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Redis {
    Whole,
    Broken,
}

struct Stage {
    cluster: Cluster,
    crowd: Crowd,
    _turn: MutexGuard<'static, ()>,
}

impl Stage {
    async fn open() -> Self {
        let turn = ONE_AT_A_TIME.lock().await;
        let cluster = Cluster::start().await;
        let crowd = Crowd::gather(&cluster, Size::default()).await;
        crowd.talk(true);
        crowd.hear_acks(SOME).await;
        Self {
            cluster,
            crowd,
            _turn: turn,
        }
    }

    fn node(&self, n: usize) -> SocketAddr {
        self.cluster.nodes[n].address()
    }

    /// Checks that new messages arrive, that nothing is lost, duplicated or out of order, and that the
    /// nodes report the correct presence. Presence events go through Redis, so they are checked only if
    /// Redis was up.
    async fn close(self, what: &str, departed: &BTreeSet<UserId>, redis: Redis) {
        let nodes = self.cluster.addresses();
        self.crowd.hear_acks(SOME).await;
        self.crowd.settle(nodes[0]).await;
        self.crowd.assert_whole(&nodes).await;
        self.crowd.assert_presence(&nodes, departed).await;
        if redis == Redis::Whole {
            self.crowd.assert_told(departed).await;
        }
        println!(
            "{what}: {} acknowledged, slowest answer {:?}, {:?}",
            self.crowd.acks(),
            self.crowd.slowest(),
            self.crowd.troubles()
        );
        self.crowd.disperse().await;
        for node in &self.cluster.nodes {
            assert_eq!(node.panics(), [""; 0]);
        }
    }
}

fn nobody() -> BTreeSet<UserId> {
    BTreeSet::new()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_killed() {
    let mut stage = Stage::open().await;
    let dead = stage.node(1);
    let departed = stage.crowd.depart_from(dead, 10);
    stage.cluster.nodes[1].kill();
    let kept = [stage.node(0), stage.node(2)];
    stage.crowd.hear_acks(SOME).await;
    eventually("the others learn who has gone offline", async || {
        let (times, latest) = stage.crowd.farewells(&departed, &kept);
        if times.contains(&0) {
            return Err(format!("{times:?}"));
        }
        println!("users of a dead node were reported offline after {latest:?}");
        Ok(())
    })
    .await;
    stage.cluster.nodes[1].restart().await;
    stage.crowd.hop();
    stage.crowd.hear_acks(SOME).await;
    let (times, _) = stage.crowd.farewells(&departed, &kept);
    assert_eq!(times, BTreeSet::from([1]), "each is reported once");
    stage
        .close("a node is killed", &departed.users, Redis::Whole)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_killed_and_restarted() {
    let mut stage = Stage::open().await;
    stage.cluster.redis.kill().unwrap();
    stage.crowd.hear_acks(SOME).await;
    let departed = stage.crowd.depart_from(stage.node(0), 5);
    stage.crowd.hop();
    stage.crowd.hear_acks(SOME).await;
    stage.cluster.redis.restart().unwrap();
    let departed = &departed.users;
    stage
        .close("redis is killed", departed, Redis::Broken)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_rooms_go_on() {
    let mut stage = Stage::open().await;
    stage.cluster.redis.kill().unwrap();
    stage.crowd.hear_acks(SOME).await;
    // All messages arrive on all nodes without Redis.
    let late = stage.crowd.settle(stage.node(0)).await;
    println!(
        "without Redis the last message reached all clients {late:?} after its acknowledgement"
    );
    stage.crowd.assert_whole(&stage.cluster.addresses()).await;
    stage.crowd.talk(true);
    stage.crowd.hear_acks(SOME).await;
    stage.cluster.redis.restart().unwrap();
    stage.close("without redis", &nobody(), Redis::Broken).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_stopped_and_goes_on() {
    let stage = Stage::open().await;
    stage.cluster.redis.pause().unwrap();
    stage.crowd.hear_acks(SOME).await;
    let late = stage.crowd.settle(stage.node(0)).await;
    println!(
        "with a paused Redis the last message reached all clients {late:?} after its acknowledgement"
    );
    stage.crowd.talk(true);
    stage.crowd.hear_acks(SOME).await;
    stage.cluster.redis.resume().unwrap();
    stage
        .close("redis is stopped", &nobody(), Redis::Broken)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mongodb_is_killed_and_restarted() {
    let mut stage = Stage::open().await;
    stage.cluster.mongo.kill();
    eventually("senders get errors while MongoDB is down", async || {
        let refused = stage.crowd.troubles().get("UNAVAILABLE").copied();
        let waiting = stage.crowd.waiting();
        let told = || format!("{refused:?} rejected, {waiting} waiting");
        refused.filter(|r| *r > 20).map(drop).ok_or_else(told)
    })
    .await;
    stage.crowd.hop();
    stage.cluster.mongo.restart().unwrap();
    stage
        .close("mongodb is killed", &nobody(), Redis::Whole)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_stopped_and_goes_on() {
    let stage = Stage::open().await;
    let stopped = stage.node(0);
    stage.cluster.nodes[0].pause();
    eventually("its clients move to other nodes", async || {
        let left = stage.crowd.connected_to(stopped);
        (left == 0)
            .then_some(())
            .ok_or_else(|| format!("{left} are still connected"))
    })
    .await;
    stage.crowd.hear_acks(SOME).await;
    stage.cluster.nodes[0].resume();
    // Some clients return to the node. It must not serve them stale state from before the pause.
    stage.crowd.hop();
    stage.crowd.hear_acks(SOME).await;
    stage.crowd.hop();
    stage
        .close("a node is stopped", &nobody(), Redis::Whole)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_nodes_are_restarted_one_after_the_other() {
    let mut stage = Stage::open().await;
    for n in 0..stage.cluster.nodes.len() {
        stage.cluster.nodes[n].terminate().await;
        stage.cluster.nodes[n].restart().await;
        stage.crowd.hear_acks(SOME).await;
    }
    stage
        .close("a rolling restart", &nobody(), Redis::Whole)
        .await;
}
