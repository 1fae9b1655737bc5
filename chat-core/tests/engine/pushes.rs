//! `after_send` runs at least once, despite failures and the death of nodes.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chat_core::backend::{Hooks, Sent};
use chat_core::engine::CreateRoom;
use chat_core::model::{Draft, RoomKind};
use chat_core::{Actor, Engine, Error, Result, UserId};
use parking_lot::Mutex;

use crate::support::{Client, Shared, TokioClock, config, room, send_as, user};

/// The text, the users to notify, and `true` for a repeated call.
type Told = (String, Vec<UserId>, bool);

/// A push service with outages.
#[derive(Debug, Clone, Default)]
struct Pager {
    down: Arc<AtomicBool>,
    /// `true` if calls never return, as on a node that dies.
    hangs: bool,
    told: Arc<Mutex<Vec<Told>>>,
}

#[async_trait::async_trait]
impl Hooks for Pager {
    async fn after_send(&self, sent: &Sent) -> Result<()> {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        if self.down.load(Ordering::SeqCst) {
            return Err(Error::unavailable("the push service is down"));
        }
        let told = (sent.message.text.clone(), sent.offline.clone(), sent.again);
        self.told.lock().push(told);
        Ok(())
    }

    fn wants_offline_members(&self) -> bool {
        true
    }
}

async fn node(shared: &Shared, pager: &Pager) -> Engine {
    let broker = shared.bus.broker();
    shared
        .builder(config(), broker)
        .clock(TokioClock::new())
        .hooks(pager.clone())
        .build()
}

async fn team(engine: &Engine, members: &[&str]) {
    let team = CreateRoom::new(RoomKind::Group)
        .id(room("team"))
        .members(members.iter().map(|m| user(m)));
    engine.create_room(&Actor::App, team).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_a_push_service_missed_it_hears_later_and_once() {
    let (shared, pager) = (Shared::default(), Pager::default());
    let engine = node(&shared, &pager).await;
    team(&engine, &["alice", "bob", "carol"]).await;
    let _carol = Client::connect(&engine, "carol").await;
    pager.down.store(true, Ordering::SeqCst);
    for n in 0..3 {
        send_as(&engine, "alice", "team", &n.to_string()).await;
    }
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(pager.told.lock().is_empty());
    pager.down.store(false, Ordering::SeqCst);
    send_as(&engine, "alice", "team", "after").await;
    tokio::time::sleep(Duration::from_secs(120)).await;
    let mut told = pager.told.lock().clone();
    told.sort();
    let expected = [("0", true), ("1", true), ("2", true), ("after", false)];
    let expected = expected.map(|(text, again)| (text.to_owned(), vec![user("bob")], again));
    assert_eq!(told, expected, "once each, and only bob is offline");
}

/// Each node has its own runtime, so that the first one dies with all of its tasks. Dropping an
/// `Engine` alone would keep a hanging hook alive, which would claim its message again.
#[test]
fn another_node_tells_what_a_dead_one_could_not() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap()
    };
    let shared = Shared::default();
    let dying = Pager {
        hangs: true,
        ..Pager::default()
    };
    let dies = runtime();
    dies.block_on(async {
        let one = node(&shared, &dying).await;
        team(&one, &["alice", "bob"]).await;
        send_as(&one, "alice", "team", "hi").await;
    });
    drop(dies);
    let pager = Pager::default();
    runtime().block_on(async {
        let _two = node(&shared, &pager).await;
        tokio::time::sleep(Duration::from_secs(120)).await;
    });
    let told = std::mem::take(&mut *pager.told.lock());
    assert_eq!(told, [("hi".to_owned(), vec![user("bob")], true)]);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_want_to_be_notified_is_not() {
    let (shared, pager) = (Shared::default(), Pager::default());
    let engine = node(&shared, &pager).await;
    team(&engine, &["alice", "bob", "carol", "dave", "erin"]).await;
    engine.block(&user("bob"), &user("alice")).await.unwrap();
    for (name, level) in [("carol", "mentions"), ("dave", "none")] {
        let level = serde_json::from_value(serde_json::json!(level)).unwrap();
        engine
            .set_notifications(&user(name), &room("team"), level)
            .await
            .unwrap();
    }
    let mention = |names: &[&str], text: &str| Draft {
        mentions: names.iter().map(|n| user(n)).collect(),
        ..Draft::text(text)
    };
    let alice = Actor::User(user("alice"));
    for draft in [
        Draft::text("all"),
        mention(&["bob", "carol", "dave"], "some"),
    ] {
        engine.send(&alice, &room("team"), draft).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let told: HashMap<_, _> = pager
        .told
        .lock()
        .iter()
        .map(|(t, o, _)| (t.clone(), o.clone()))
        .collect();
    assert_eq!(told["all"], [user("erin")]);
    assert_eq!(told["some"], ["carol", "erin"].map(user));
}

#[tokio::test(start_paused = true)]
async fn nobody_is_notified_of_who_comes_and_goes() {
    let (shared, pager) = (Shared::default(), Pager::default());
    let engine = node(&shared, &pager).await;
    team(&engine, &["alice", "bob"]).await;
    let carol = user("carol");
    let role = chat_core::model::Role::Member;
    let added = engine
        .add_member(&Actor::App, &room("team"), &carol, role)
        .await;
    added.unwrap();
    send_as(&engine, "alice", "team", "hi").await;
    tokio::time::sleep(Duration::from_secs(120)).await;
    let told = pager.told.lock().clone();
    let expected = [
        (String::new(), vec![], false),
        ("hi".to_owned(), ["bob", "carol"].map(user).to_vec(), false),
    ];
    assert_eq!(told, expected, "hooks are called once");
}
