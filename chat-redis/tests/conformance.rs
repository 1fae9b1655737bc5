//! Conformance suites of the contracts, on a single server and on a cluster of three.
#![allow(clippy::unwrap_used)]

mod support;

use chat_core::backend::{Broker, PresenceStore, RateLimiter};
use chat_core::testing::Cluster;

use support::{Proxies, Proxy, clustered, open, single};

async fn presence(nodes: usize) -> Cluster<dyn PresenceStore> {
    let (nodes, server) = single(nodes);
    support::presence(nodes).guarded_by(server)
}

async fn limits(nodes: usize) -> Cluster<dyn RateLimiter> {
    let (nodes, server) = single(nodes);
    support::limits(nodes).guarded_by(server)
}

/// Creates nodes behind proxies that can be cut.
async fn broker(nodes: usize) -> Cluster<dyn Broker> {
    let server = chat_testbed::Redis::get().unwrap();
    let address = server.address().unwrap();
    let mut proxies = Vec::new();
    for _ in 0..nodes {
        proxies.push(Proxy::to(address.clone()).await);
    }
    let nodes = proxies
        .iter()
        .map(|proxy| open(&proxy.url(), server.prefix()));
    support::brokers(nodes.collect())
        .with_link(Proxies(proxies))
        .guarded_by(server)
}

async fn clustered_presence(nodes: usize) -> Cluster<dyn PresenceStore> {
    support::presence(clustered(nodes))
}

async fn clustered_limits(nodes: usize) -> Cluster<dyn RateLimiter> {
    support::limits(clustered(nodes))
}

async fn clustered_broker(nodes: usize) -> Cluster<dyn Broker> {
    support::brokers(clustered(nodes))
}

mod redis_presence {
    chat_core::presence_store_suite!(super::presence);
}

mod redis_limits {
    chat_core::rate_limiter_suite!(super::limits);
}

mod redis_broker {
    chat_core::broker_suite!(super::broker);
}

mod cluster_presence {
    chat_core::presence_store_suite!(super::clustered_presence);
}

mod cluster_limits {
    chat_core::rate_limiter_suite!(super::clustered_limits);
}

mod cluster_broker {
    chat_core::broker_suite!(super::clustered_broker);
}
