//! Conformance suites of the contracts, on a single server and on a cluster of three.
#![allow(clippy::unwrap_used)]

mod support;

use async_trait::async_trait;
use chat_core::backend::{Broker, PresenceStore, RateLimiter};
use chat_core::testing::{Cluster, Link};
use chat_testbed::Proxy;

use support::{clustered, open, single};

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
    let link = |_| Proxy::start(address.clone()).unwrap();
    let links: Vec<_> = (0..nodes).map(link).collect();
    let url = |link: &Proxy| format!("redis://{}", link.address());
    let nodes = links.iter().map(|link| open(&url(link), server.prefix()));
    support::brokers(nodes.collect())
        .with_link(Links(links))
        .guarded_by(server)
}

struct Links(Vec<Proxy>);

#[async_trait]
impl Link for Links {
    async fn cut(&self, node: usize) {
        self.0[node].cut();
    }

    async fn heal(&self, node: usize) {
        self.0[node].heal();
    }
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
