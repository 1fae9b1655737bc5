//! The store keeps the contracts, as three nodes over one database.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod support;

use std::sync::Arc;

use chat_core::backend::{MessageStore, ModerationStore, RoomStore, UserStore};
use chat_core::testing::Cluster;

macro_rules! suite {
    ($name:ident, $trait:ident) => {
        async fn $name(nodes: usize) -> Cluster<dyn $trait> {
            support::cluster(nodes, |store| Arc::new(store) as _).await
        }
    };
}

suite!(messages, MessageStore);
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
