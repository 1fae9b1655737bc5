//! Conformance suites of the contracts, with several nodes on one database.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chat_core::backend::{ModerationStore, RoomStore, UserStore};
use chat_core::testing::messages::MessageBackend;
use chat_core::testing::{Cluster, Link};
use chat_mongo::MongoStore;
use chat_testbed::Proxy;
use support::TestDatabase;

macro_rules! suite {
    ($name:ident, $trait:ident) => {
        async fn $name(nodes: usize) -> Cluster<dyn $trait> {
            support::cluster(nodes, |store| Arc::new(store) as _).await
        }
    };
}

suite!(messages, MessageBackend);
suite!(rooms, RoomStore);
suite!(users, UserStore);
suite!(moderation, ModerationStore);

mod mongo_messages {
    chat_core::message_store_suite!(super::messages);
}

mod mongo_rooms {
    chat_core::room_store_suite!(super::rooms);
}

mod mongo_users {
    chat_core::user_store_suite!(super::users);
}

mod mongo_moderation {
    chat_core::moderation_store_suite!(super::moderation);
}

/// Creates nodes that each have their own link to the database.
async fn messages_behind_links(nodes: usize) -> Cluster<dyn MessageBackend> {
    let database = TestDatabase::new();
    let mut links = Vec::new();
    let mut stores: Vec<Arc<dyn MessageBackend>> = Vec::new();
    for _ in 0..nodes {
        let link = Proxy::start(database.address()).unwrap();
        let uri = format!("mongodb://{}/?directConnection=true", link.address());
        let store = MongoStore::connect_with(&uri, &database.name, support::quiet()).await;
        stores.push(Arc::new(store.unwrap()));
        links.push(link);
    }
    Cluster::new(stores)
        .with_link(Links(links))
        .guarded_by(database)
        .with_patience(Duration::from_secs(30))
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

/// Broken links lose both requests and responses.
#[test]
fn what_became_of_an_append_is_known_although_links_break() {
    chat_core::testing::run_check(
        &chat_core::testing::messages::checks(),
        "a_failed_append_is_not_there",
        messages_behind_links,
    );
}
