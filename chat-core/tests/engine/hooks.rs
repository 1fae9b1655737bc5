//! The contract of `Hooks`, tested from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chat_core::backend::{ConnectionInfo, Hooks, SendContext, Sent, Verdict};
use chat_core::engine::CreateRoom;
use chat_core::model::{Draft, RoomKind};
use chat_core::{Actor, Engine, Error, ErrorKind, Result};
use parking_lot::Mutex;
use serde_json::json;

use crate::support::{ByName, Client, config, room, send_as, user};

/// A hook that records its calls under its name and acts on the user's name or the text.
#[derive(Debug, Clone)]
struct Diary {
    name: &'static str,
    said: Arc<Mutex<Vec<String>>>,
    panics: Arc<AtomicBool>,
}

impl Diary {
    fn new(name: &'static str, said: &Arc<Mutex<Vec<String>>>) -> Self {
        Self {
            name,
            said: Arc::clone(said),
            panics: Arc::default(),
        }
    }

    fn note(&self, what: &str) {
        self.said.lock().push(format!("{} {what}", self.name));
        assert!(!self.panics.load(Ordering::SeqCst), "asked to panic");
    }
}

#[async_trait::async_trait]
impl Hooks for Diary {
    async fn before_send(&self, _: SendContext<'_>, draft: &Draft) -> Result<Verdict> {
        self.note(&format!("before {}", draft.text));
        Ok(match draft.text.as_str() {
            "rude" => Verdict::Reject("be kind".to_owned()),
            "shout" => Verdict::Rewrite(Draft::text("SHOUT")),
            _ => Verdict::Allow,
        })
    }

    async fn after_send(&self, sent: &Sent) -> Result<()> {
        let offline: Vec<_> = sent.offline.iter().map(ToString::to_string).collect();
        self.note(&format!(
            "after {} for {}",
            sent.message.text,
            offline.join("+")
        ));
        Ok(())
    }

    fn wants_offline_members(&self) -> bool {
        true
    }

    async fn on_connect(&self, connection: &ConnectionInfo) -> Result<()> {
        let name = format!("not-by-{}", self.name);
        if connection.user_id.as_str() == name {
            return Err(Error::new(ErrorKind::Forbidden, "not you"));
        }
        self.note(&format!("hello {}", connection.user_id));
        Ok(())
    }

    async fn on_disconnect(&self, connection: &ConnectionInfo) {
        self.note(&format!("bye {}", connection.user_id));
    }
}

struct Setup {
    engine: Engine,
    said: Arc<Mutex<Vec<String>>>,
    first: Diary,
}

impl Setup {
    async fn new() -> Self {
        let said = Arc::default();
        let (first, second) = (Diary::new("1", &said), Diary::new("2", &said));
        let mut config = config();
        config.limits.max_connections_per_user = 1;
        let engine = Engine::builder(ByName)
            .config(config)
            .hooks(first.clone())
            .hooks(second)
            .build();
        let team = CreateRoom::new(RoomKind::Group)
            .id(room("team"))
            .members(["alice", "bob", "carol"].map(user));
        engine.create_room(&Actor::App, team).await.unwrap();
        Self {
            engine,
            said,
            first,
        }
    }

    /// The recorded calls, once all activity has settled.
    async fn said(&self) -> Vec<String> {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        std::mem::take(&mut *self.said.lock())
    }
}

#[tokio::test(start_paused = true)]
async fn who_was_greeted_is_bidden_farewell_once() {
    let setup = Setup::new().await;
    let alice = Client::connect(&setup.engine, "alice").await;
    assert_eq!(setup.said().await, ["1 hello alice", "2 hello alice"]);
    assert_eq!(
        Client::open(&setup.engine, Some("alice")).closed().await,
        4029
    );
    let second = [
        "1 hello alice",
        "2 hello alice",
        "1 bye alice",
        "2 bye alice",
    ];
    assert_eq!(setup.said().await, second);
    alice.leave().await;
    assert_eq!(setup.said().await, ["1 bye alice", "2 bye alice"]);
}

#[tokio::test(start_paused = true)]
async fn who_is_refused_is_bidden_farewell_by_those_who_had_greeted() {
    let setup = Setup::new().await;
    assert_eq!(
        Client::open(&setup.engine, Some("not-by-2")).closed().await,
        4003
    );
    assert_eq!(setup.said().await, ["1 hello not-by-2", "1 bye not-by-2"]);
    assert_eq!(
        Client::open(&setup.engine, Some("not-by-1")).closed().await,
        4003
    );
    assert_eq!(setup.said().await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_message_is_asked_about_before_and_told_of_after() {
    let setup = Setup::new().await;
    let mut alice = Client::connect(&setup.engine, "alice").await;
    let _bob = Client::connect(&setup.engine, "bob").await;
    setup.said().await;
    alice.say("team", "1", "hi").await;
    let hi = [
        "1 before hi",
        "2 before hi",
        "1 after hi for carol",
        "2 after hi for carol",
    ];
    assert_eq!(setup.said().await, hi);

    assert_eq!(alice.say("team", "1", "hi").await["duplicate"], true);
    let duplicate = ["1 before hi", "2 before hi"];
    assert_eq!(
        setup.said().await,
        duplicate,
        "a duplicate triggers no `after_send`"
    );

    alice.say("team", "2", "shout").await;
    let rewritten = &setup.said().await[..3];
    assert_eq!(
        rewritten,
        [
            "1 before shout",
            "2 before SHOUT",
            "1 after SHOUT for carol"
        ]
    );

    let rude =
        json!({"type": "SEND_MESSAGE", "roomId": "team", "clientMessageId": "3", "text": "rude"});
    let refused = alice.ask(rude).await;
    assert_eq!(
        (&refused["code"], &refused["message"]),
        (&json!("REJECTED"), &json!("be kind"))
    );
    assert_eq!(setup.said().await, ["1 before rude"]);
    let head = setup
        .engine
        .head(&Actor::App, &room("team"))
        .await
        .unwrap()
        .head;
    assert_eq!(head, 2, "rejected messages are not stored");
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_hook_disturbs_nobody_else() {
    let setup = Setup::new().await;
    let alice = Client::connect(&setup.engine, "alice").await;
    setup.said().await;
    setup.first.panics.store(true, Ordering::SeqCst);
    assert_eq!(
        Client::open(&setup.engine, Some("bob")).closed().await,
        1011
    );
    let actor = Actor::User(user("alice"));
    let sent = setup
        .engine
        .send(&actor, &room("team"), Draft::text("x"))
        .await;
    assert_eq!(sent.unwrap_err().kind(), ErrorKind::Internal);
    setup.said().await;
    alice.leave().await;
    assert_eq!(
        setup.said().await,
        ["1 bye alice", "2 bye alice"],
        "the next hook is still called"
    );
    setup.first.panics.store(false, Ordering::SeqCst);
    send_as(&setup.engine, "alice", "team", "goes on").await;
}
