//! The store keeps the contracts, as three nodes over one database.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod support;

use std::sync::Arc;

use chat_core::backend::MessageStore;
use chat_core::testing::Cluster;

async fn messages(nodes: usize) -> Cluster<dyn MessageStore> {
    support::cluster(nodes, |store| Arc::new(store) as _).await
}

mod mongo_messages {
    chat_core::message_store_suite!(super::messages);
}
