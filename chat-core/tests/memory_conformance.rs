//! Runs the conformance suites against the in-memory backends.

use std::sync::Arc;

use async_trait::async_trait;
use chat_core::backend::{
    Broker, ModerationStore, PresenceStore, RateLimiter, RoomStore, UserStore,
};
use chat_core::memory::{
    MemoryBroker, MemoryBus, MemoryLimits, MemoryMessages, MemoryModeration, MemoryPresence,
    MemoryRooms, MemoryUsers,
};
use chat_core::testing::messages::MessageBackend;
use chat_core::testing::{Cluster, Link};

/// Builds clusters of clones that share one backend.
macro_rules! clones {
    ($name:ident, $backend:ty, $trait:ident) => {
        async fn $name(nodes: usize) -> Cluster<dyn $trait> {
            let backend = <$backend>::new();
            Cluster::new(
                (0..nodes)
                    .map(|_| Arc::new(backend.clone()) as Arc<dyn $trait>)
                    .collect(),
            )
        }
    };
}

clones!(rooms, MemoryRooms, RoomStore);
clones!(messages, MemoryMessages, MessageBackend);
clones!(users, MemoryUsers, UserStore);
clones!(moderation, MemoryModeration, ModerationStore);
clones!(presence, MemoryPresence, PresenceStore);
clones!(limits, MemoryLimits, RateLimiter);

struct Links(Vec<MemoryBroker>);

#[async_trait]
impl Link for Links {
    async fn cut(&self, node: usize) {
        self.0[node].cut();
    }

    async fn heal(&self, node: usize) {
        self.0[node].restore();
    }
}

fn brokers(bus: &MemoryBus, nodes: usize) -> Cluster<dyn Broker> {
    let handles: Vec<MemoryBroker> = (0..nodes).map(|_| bus.broker()).collect();
    let nodes = handles
        .iter()
        .map(|h| Arc::new(h.clone()) as Arc<dyn Broker>);
    Cluster::new(nodes.collect()).with_link(Links(handles))
}

async fn broker(nodes: usize) -> Cluster<dyn Broker> {
    brokers(&MemoryBus::new(), nodes)
}

/// Like a networked broker: handles receive their own publications, and queues are short.
async fn broker_with_echo(nodes: usize) -> Cluster<dyn Broker> {
    brokers(
        &MemoryBus::new().with_echo(true).with_queue(5000, 1 << 20),
        nodes,
    )
}

mod memory_rooms {
    chat_core::room_store_suite!(super::rooms);
}

mod memory_messages {
    chat_core::message_store_suite!(super::messages);
}

mod memory_users {
    chat_core::user_store_suite!(super::users);
}

mod memory_moderation {
    chat_core::moderation_store_suite!(super::moderation);
}

mod memory_presence {
    chat_core::presence_store_suite!(super::presence);
}

mod memory_limits {
    chat_core::rate_limiter_suite!(super::limits);
}

mod memory_broker {
    chat_core::broker_suite!(super::broker);
}

mod memory_broker_with_echo {
    chat_core::broker_suite!(super::broker_with_echo);
}
