//! Connection limits, and connections that are dropped early.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use chat_core::engine::{Frame, Inbound, ReceiveError, Transport};
use chat_core::testing::{MemoryPeer, Outbound, memory_socket};
use chat_core::{Engine, Handshake};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::support::{ByName, Client, config};

/// A client that reads everything and sends nothing, not even pongs.
struct Mute(Option<oneshot::Sender<u16>>);

impl Transport for Mute {
    async fn recv(&mut self) -> Result<Inbound, ReceiveError> {
        std::future::pending().await
    }

    async fn send_batch(&mut self, _: &[Arc<Frame>]) -> io::Result<()> {
        Ok(())
    }

    async fn close(&mut self, code: u16, _: &str) -> io::Result<()> {
        let _ = self.0.take().unwrap().send(code);
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn who_never_says_anything_is_dropped_and_who_answers_pings_stays() {
    let mut config = config();
    // Long enough that the heartbeat does not interfere.
    config.heartbeat_ms = 600_000;
    config.first_frame_timeout_ms = 20_000;
    let engine = Engine::builder(ByName).config(config).build();
    let mut quiet = Client::connect(&engine, "quiet").await;
    let (closed, code) = oneshot::channel();
    let started = Instant::now();
    tokio::spawn(engine.serve(Mute(Some(closed)), Handshake::new(Some("mute".to_owned()))));
    assert_eq!(code.await.unwrap(), 1013);
    assert_eq!(started.elapsed().as_secs(), 20);
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert!(quiet.settle().await.is_empty());
    assert_eq!(engine.connection_count(), 1);
}

async fn connect(
    engine: &Engine,
    name: &str,
    from: &str,
) -> (MemoryPeer, JoinHandle<()>, Outbound) {
    let (socket, mut peer) = memory_socket();
    let address: IpAddr = from.parse().unwrap();
    let handshake = Handshake::new(Some(name.to_owned())).remote_addr(Some(address));
    let serving = tokio::spawn(engine.serve(socket, handshake));
    let first = peer.recv().await.unwrap();
    (peer, serving, first)
}

#[tokio::test(start_paused = true)]
async fn an_address_has_as_many_connections_as_it_may() {
    let mut config = config();
    config.limits.max_connections_per_address = 2;
    config.limits.max_connections_per_user = 1;
    let engine = Engine::builder(ByName).config(config).build();
    let refused = Outbound::Closed(4029);
    let (mut alice, serving, hello) = connect(&engine, "alice", "192.0.2.1").await;
    assert_ne!(hello, refused);
    // A refusal by the user limit does not count against the address.
    assert_eq!(connect(&engine, "alice", "192.0.2.1").await.2, refused);
    let bob = connect(&engine, "bob", "192.0.2.1").await;
    assert_ne!(bob.2, refused);
    assert_eq!(connect(&engine, "carol", "192.0.2.1").await.2, refused);
    assert_ne!(connect(&engine, "dave", "192.0.2.2").await.2, refused);
    alice.close();
    serving.await.unwrap();
    assert_ne!(connect(&engine, "carol", "192.0.2.1").await.2, refused);
}
