use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chat_core::backend::{Lease, PresenceStore};
use chat_core::engine::CreateRoom;
use chat_core::memory::MemoryPresence;
use chat_core::model::{Presence, RoomKind};
use chat_core::{Actor, Engine, Error, Result, Timestamp, UserId};
use parking_lot::Mutex;
use serde_json::Value;

use crate::support::{Client, Shared, config, room, user};

async fn team(engine: &Engine) {
    let new = CreateRoom::new(RoomKind::Group)
        .id(room("team"))
        .members(["alice", "bob"].map(user));
    engine.create_room(&Actor::App, new).await.unwrap();
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|e| e["type"].as_str().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_user_with_two_devices_on_two_nodes_comes_and_goes_once() {
    let shared = Shared::default();
    let (a, _) = shared.node(config());
    let (b, _) = shared.node(config());
    team(&a).await;
    let mut alice = Client::connect(&a, "alice").await;
    let phone = Client::connect(&a, "bob").await;
    assert_eq!(alice.next_of("USER_ONLINE").await["userId"], "bob");
    let laptop = Client::connect(&b, "bob").await;
    phone.leave().await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(types(&alice.settle().await), [""; 0]);
    laptop.abort();
    let offline = alice.next_of("USER_OFFLINE").await;
    assert_eq!(offline["userId"], "bob");
    assert!(offline["lastSeenAt"].is_string());
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_within_the_grace_time_was_never_away() {
    let shared = Shared::default();
    let (a, _) = shared.node(config());
    let (b, _) = shared.node(config());
    team(&a).await;
    let mut alice = Client::connect(&a, "alice").await;
    let bob = Client::connect(&a, "bob").await;
    alice.next_of("USER_ONLINE").await;
    bob.leave().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let _bob = Client::connect(&b, "bob").await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(types(&alice.settle().await), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_come_back_from_a_stopped_node_goes_offline_once() {
    let shared = Shared::default();
    let (a, _) = shared.node(config());
    let (b, _) = shared.node(config());
    let (stopped, _) = shared.node(config());
    team(&a).await;
    let mut near = Client::connect(&a, "alice").await;
    let mut far = Client::connect(&b, "alice").await;
    let bob = Client::connect(&stopped, "bob").await;
    near.next_of("USER_ONLINE").await;
    far.next_of("USER_ONLINE").await;
    // The node stops before its client does: it releases nothing, so its leases run out.
    std::mem::forget(bob);
    stopped.shutdown().await;
    let started = tokio::time::Instant::now();
    for alice in [&mut near, &mut far] {
        assert_eq!(alice.next_of("USER_OFFLINE").await["userId"], "bob");
    }
    assert!(started.elapsed() <= Duration::from_secs(65));
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(types(&near.settle().await), [""; 0]);
}

/// A presence store that can be unavailable and can lose its data meanwhile.
#[derive(Debug, Default)]
struct Shaky {
    inner: Mutex<MemoryPresence>,
    cut: AtomicBool,
    /// Users that `expired` returns, even if they are online.
    late: Mutex<Vec<Presence>>,
}

impl Shaky {
    fn cut(&self, cut: bool) {
        self.cut.store(cut, Ordering::SeqCst);
    }

    fn forget_all(&self) {
        *self.inner.lock() = MemoryPresence::new();
    }

    fn inner(&self) -> Result<MemoryPresence> {
        if self.cut.load(Ordering::SeqCst) {
            return Err(Error::unavailable("cut"));
        }
        Ok(self.inner.lock().clone())
    }
}

#[async_trait::async_trait]
impl PresenceStore for Shaky {
    async fn acquire(&self, lease: &Lease, ttl: Duration, now: Timestamp) -> Result<bool> {
        self.inner()?.acquire(lease, ttl, now).await
    }

    async fn release(&self, lease: &Lease, now: Timestamp) -> Result<bool> {
        self.inner()?.release(lease, now).await
    }

    async fn refresh(
        &self,
        leases: &[Lease],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Vec<UserId>> {
        self.inner()?.refresh(leases, ttl, now).await
    }

    async fn presence(&self, users: &[UserId]) -> Result<Vec<Presence>> {
        self.inner()?.presence(users).await
    }

    async fn expired(&self, limit: usize, now: Timestamp) -> Result<Vec<Presence>> {
        let late = std::mem::take(&mut *self.late.lock());
        let gone = self.inner()?.expired(limit, now).await?;
        Ok(late.into_iter().chain(gone).collect())
    }
}

/// Creates a node over this presence store, with Alice and Bob connected.
async fn shaky() -> (Arc<Shaky>, Client, Client) {
    let (shared, shaky) = (Shared::default(), Arc::new(Shaky::default()));
    let builder = shared.builder(config(), shared.bus.broker());
    let engine = builder.presence(Arc::clone(&shaky)).build();
    team(&engine).await;
    let mut alice = Client::connect(&engine, "alice").await;
    let bob = Client::connect(&engine, "bob").await;
    alice.next_of("USER_ONLINE").await;
    (shaky, alice, bob)
}

#[tokio::test(start_paused = true)]
async fn who_goes_while_the_store_loses_its_memory_is_told_of_afterwards() {
    let (store, mut alice, bob) = shaky().await;
    store.cut(true);
    bob.leave().await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(types(&alice.settle().await), [""; 0]);
    store.forget_all();
    store.cut(false);
    assert_eq!(alice.next_of("USER_OFFLINE").await["userId"], "bob");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_longer_true_is_not_told() {
    let (store, mut alice, _bob) = shaky().await;
    // A late report, as from a slow node: Bob has returned since.
    store.late.lock().push(Presence {
        user_id: user("bob"),
        online: false,
        last_seen_at: None,
    });
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(store.late.lock().is_empty());
    assert_eq!(types(&alice.settle().await), [""; 0]);
}
