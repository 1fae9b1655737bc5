//! Read markers, unread counts, presence, and notifications to members who are away.

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::client::PATIENCE;
use super::mount::Adapter;
use super::server::Server;
use super::token::{HOUR, token};
use crate::backend::{ConnectionInfo, Hooks, Sent};
use crate::{Error, ErrorKind, Result};

const NONE: Value = Value::Null;

async fn read(server: &Server, name: &str, room: &str, seq: &Value) -> Value {
    let path = format!("/rooms/{room}/read");
    server.put(name, &path, json!({"seq": seq})).await
}

pub(super) async fn a_message_tells_who_has_read_it(adapter: Adapter) {
    let server = adapter.with(|s| s.config.limits.max_readers = 10).await;
    server.group("tea", &["alice", "bob", "carol"]).await;
    let first = server.sends("alice", "tea", "1").await;
    let second = server.sends("alice", "tea", "2").await;
    read(&server, "bob", "tea", &first["seq"]).await;
    for name in ["alice", "carol"] {
        read(&server, name, "tea", &second["seq"]).await;
    }
    for (message, count, users) in [
        (&first, 2, json!(["bob", "carol"])),
        (&second, 1, json!(["carol"])),
    ] {
        let path = format!(
            "/rooms/tea/messages/{}/readers",
            message["id"].as_str().unwrap()
        );
        let readers = server.get("bob", &path).await;
        assert_eq!(readers, json!({"count": count, "users": users}));
    }
    let page = server.get("bob", "/rooms/tea/reads?limit=2").await;
    let marker = |row: &Value| json!([row["userId"], row["seq"]]);
    let mut markers: Vec<_> = page["reads"]
        .as_array()
        .unwrap()
        .iter()
        .map(marker)
        .collect();
    let next = page["page"]["next"].as_str().unwrap();
    let page = server
        .get("bob", &format!("/rooms/tea/reads?limit=2&cursor={next}"))
        .await;
    markers.extend(page["reads"].as_array().unwrap().iter().map(marker));
    let expected = [("alice", 2), ("bob", 1), ("carol", 2)];
    assert_eq!(markers, expected.map(|m| json!(m)));
    // A marker never moves back, nor beyond the head.
    let back = read(&server, "carol", "tea", &json!(1)).await;
    assert_eq!(back["seq"], 2);
    let ahead = read(&server, "carol", "tea", &json!(1_000_000)).await;
    assert_eq!(ahead["seq"], 2);
}

pub(super) async fn a_large_room_tells_how_many_have_read(adapter: Adapter) {
    let server = adapter.with(|s| s.config.presence_max = 2).await;
    server.group("tea", &["alice", "bob", "carol"]).await;
    let mut alice = server.connect("alice").await;
    alice.join("tea").await;
    let sent = server.sends("alice", "tea", "1").await;
    for name in ["bob", "carol"] {
        read(&server, name, "tea", &sent["seq"]).await;
    }
    let path = format!(
        "/rooms/tea/messages/{}/readers",
        sent["id"].as_str().unwrap()
    );
    let readers = server.get("alice", &path).await;
    assert_eq!(readers, json!({"count": 2, "users": []}));
    let heard = alice.settle().await;
    assert!(
        heard.iter().all(|e| e["type"] != "READ_RECEIPT"),
        "{heard:?}"
    );
}

pub(super) async fn what_is_unread_adds_up_over_rooms(adapter: Adapter) {
    let server = adapter.start().await;
    for id in ["tea", "den", "empty"] {
        server.group(id, &["alice", "bob"]).await;
    }
    let mention = json!({"text": "look", "mentions": ["bob"]});
    let first = server.sends("alice", "tea", mention).await;
    server.sends("alice", "tea", "2").await;
    server.sends("alice", "den", "3").await;
    server.sends("bob", "den", "own").await;
    let total = async || server.get("bob", "/unread").await;
    assert_eq!(
        total().await,
        json!({"unread": 3, "mentions": 1, "rooms": 2})
    );
    let path = format!("/rooms/tea/messages/{}", first["id"].as_str().unwrap());
    server.done("alice", "DELETE", &path).await;
    assert_eq!(
        total().await,
        json!({"unread": 2, "mentions": 0, "rooms": 2})
    );
    read(&server, "bob", "tea", &json!(2)).await;
    assert_eq!(
        total().await,
        json!({"unread": 1, "mentions": 0, "rooms": 1})
    );
}

pub(super) async fn presence_is_for_those_who_share_a_room(adapter: Adapter) {
    let server = adapter.with(|s| s.config.presence_grace_ms = 50).await;
    server.group("tea", &["alice", "bob", "carol"]).await;
    let mut alice = server.connect("alice").await;
    let bob = server.connect("bob").await;
    alice.next_of("USER_ONLINE").await;
    let _mallory = server.connect("mallory").await;
    let known = server
        .get("alice", "/presence?users=bob,carol,mallory,bob")
        .await;
    let users = known["users"].as_array().unwrap();
    let told: Vec<_> = users
        .iter()
        .map(|u| json!([u["userId"], u["online"]]))
        .collect();
    assert_eq!(told, [json!(["bob", true]), json!(["carol", false])]);
    let room = server.get("carol", "/rooms/tea/presence").await;
    assert_eq!(room, json!({"online": ["alice", "bob"], "members": 3}));
    drop(bob);
    let offline = alice.next_of("USER_OFFLINE").await;
    let known = server.get("alice", "/presence?users=bob").await;
    assert_eq!(known["users"][0]["online"], false);
    assert_eq!(known["users"][0]["lastSeenAt"], offline["lastSeenAt"]);
    server
        .refuses(
            "alice",
            ("GET", "/presence"),
            NONE,
            (400, "INVALID_COMMAND"),
        )
        .await;
}

pub(super) async fn who_is_invisible_appears_offline(adapter: Adapter) {
    let server = adapter.with(|s| s.config.presence_grace_ms = 50).await;
    server.group("tea", &["alice", "bob"]).await;
    let mut alice = server.connect("alice").await;
    let mut bob = server.connect("bob").await;
    bob.join("tea").await;
    assert_eq!(alice.next_of("USER_ONLINE").await["userId"], "bob");
    let set = async |invisible: bool| {
        let wanted = json!({"invisible": invisible});
        let set = server
            .put("bob", "/presence/visibility", wanted.clone())
            .await;
        assert_eq!(set, wanted);
        assert_eq!(server.get("bob", "/presence/visibility").await, wanted);
    };
    set(true).await;
    assert_eq!(alice.next_of("USER_OFFLINE").await["userId"], "bob");
    let known = server.get("alice", "/presence?users=bob").await;
    assert_eq!(known["users"][0]["online"], false);
    let room = server.get("alice", "/rooms/tea/presence").await;
    assert_eq!(room["online"], json!(["alice"]));
    // An invisible user still receives events.
    server.sends("alice", "tea", "x").await;
    bob.next_of("MESSAGE_CREATED").await;
    set(false).await;
    assert_eq!(alice.next_of("USER_ONLINE").await["userId"], "bob");
}

/// Reports the users to notify of each message.
#[derive(Debug)]
struct Pager(UnboundedSender<(String, Vec<String>)>);

#[async_trait]
impl Hooks for Pager {
    async fn after_send(&self, sent: &Sent) -> Result<()> {
        let offline = sent.offline.iter().map(ToString::to_string);
        // The check may have ended and dropped the receiver.
        let _ = self.0.send((sent.message.text.clone(), offline.collect()));
        Ok(())
    }

    fn wants_offline_members(&self) -> bool {
        true
    }
}

async fn told(paged: &mut UnboundedReceiver<(String, Vec<String>)>, of: &str) -> Vec<String> {
    loop {
        let next = tokio::time::timeout(PATIENCE, paged.recv()).await;
        let (text, users) = next.expect("nobody was notified").unwrap();
        if text == of {
            return users;
        }
    }
}

pub(super) async fn who_is_away_is_notified_of_what_they_want(adapter: Adapter) {
    let (pager, mut paged) = unbounded_channel();
    let pager = Pager(pager);
    let server = adapter.built(|_| {}, |builder| builder.hooks(pager)).await;
    let members = ["alice", "bob", "carol", "dave", "erin"];
    server.group("tea", &members).await;
    let _here = server.connect("bob").await;
    let path = "/rooms/tea/notifications";
    for (name, level) in [("dave", "mentions"), ("erin", "none")] {
        assert_eq!(server.get(name, path).await["level"], "all");
        server.put(name, path, json!({"level": level})).await;
        assert_eq!(server.get(name, path).await["level"], level);
    }
    server
        .refuses(
            "dave",
            ("PUT", path),
            json!({"level": "loud"}),
            (400, "INVALID_COMMAND"),
        )
        .await;
    server.sends("alice", "tea", "to all").await;
    assert_eq!(told(&mut paged, "to all").await, ["carol"]);
    let mention = json!({"text": "to some", "mentions": ["dave", "erin", "bob"]});
    server.sends("alice", "tea", mention).await;
    assert_eq!(told(&mut paged, "to some").await, ["carol", "dave"]);
}

/// Reports connects and disconnects, and refuses the user `nobody`.
#[derive(Debug)]
struct Porter(UnboundedSender<(&'static str, ConnectionInfo)>);

#[async_trait]
impl Hooks for Porter {
    async fn on_connect(&self, connection: &ConnectionInfo) -> Result<()> {
        if connection.user_id.as_str() == "nobody" {
            return Err(Error::new(ErrorKind::Forbidden, "not here"));
        }
        let _ = self.0.send(("came", connection.clone()));
        Ok(())
    }

    async fn on_disconnect(&self, connection: &ConnectionInfo) {
        let _ = self.0.send(("went", connection.clone()));
    }
}

pub(super) async fn the_app_hears_who_comes_and_goes_and_says_who_may(adapter: Adapter) {
    let (porter, mut told) = unbounded_channel();
    let porter = Porter(porter);
    let server = adapter.built(|_| {}, |builder| builder.hooks(porter)).await;
    let query = format!("?token={}", token("nobody", HOUR));
    let mut refused = server.open(&query).await;
    assert!(refused.next_or_close().await.is_err());
    let mut alice = server
        .open(&format!("?token={}", token("alice", HOUR)))
        .await;
    let hello = alice.next().await;
    drop(alice);
    for what in ["came", "went"] {
        let next = tokio::time::timeout(PATIENCE, told.recv()).await;
        let (happened, connection) = next.expect("nothing was reported").unwrap();
        assert_eq!((happened, connection.user_id.as_str()), (what, "alice"));
        assert_eq!(hello["connectionId"], json!(connection.connection_id));
        let address = connection.remote_addr.unwrap();
        assert!(address.is_loopback(), "{address}");
    }
}
