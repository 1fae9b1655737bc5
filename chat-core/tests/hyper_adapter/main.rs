//! Runs the adapter suite against a third adapter. It shows what an adapter requires, and that the
//! suite does not depend on the two that are shipped.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod adapter;
mod mutants;
mod readme;

use std::sync::Arc;

use chat_core::testing::adapter::Mount;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use adapter::Chat;

async fn over_hyper(mount: Mount) -> JoinSet<()> {
    let listener = TcpListener::from_std(mount.listener).unwrap();
    let chat = Chat::new(mount.engine, mount.origins, mount.frame_timeout);
    JoinSet::from_iter([adapter::serve(listener, Arc::new(chat))])
}

chat_core::adapter_suite!(over_hyper);
