use std::sync::Arc;
use std::time::Duration;

use chat_core::backend::{
    Authenticator, Credentials, Identity, MessageLog, Quota, RateDecision, RateKey, RateLimiter,
};
use chat_core::engine::CreateRoom;
use chat_core::memory::{MemoryMessages, MemoryModeration, MemoryRooms, MemoryUsers};
use chat_core::model::{Attachment, Change, Draft, Metadata, Role, RoomKind, RoomSettings};
use chat_core::rest::RestService;
use chat_core::testing::faulty::Faults;
use chat_core::testing::{MemoryPeer, PausedClock, memory_socket};
use chat_core::{
    Actor, Config, Engine, Error, ErrorKind, Handshake, MessageId, Result, RoomId, Timestamp,
    UserId,
};
use parking_lot::Mutex;
use serde_json::json;

/// The unnamed members of the team. With them, the team has the maximum size at which all members
/// receive activity events.
pub(crate) const CROWD: usize = 95;
/// The length of each list: one more than fits on a page.
pub(crate) const MANY: usize = 101;

/// The longest id with this prefix. JSON escapes every other character.
pub(crate) fn id(begin: &str) -> String {
    format!("{begin}{}", "\"".repeat(128 - begin.len()))
}

pub(crate) fn user(name: &str) -> UserId {
    UserId::new(id(name)).unwrap()
}

pub(crate) fn room(name: &str) -> RoomId {
    RoomId::new(id(name)).unwrap()
}

pub(crate) fn actor(name: &str) -> Actor {
    Actor::User(user(name))
}

/// The name of an unnamed member.
pub(crate) fn crowd(n: usize) -> String {
    format!("crowd-{n}")
}

/// The longest text. JSON escapes every character of it.
pub(crate) fn text() -> String {
    "\u{1}".repeat(4_000)
}

/// The longest name or reason in bytes.
pub(crate) fn line(chars: usize) -> String {
    "\u{1f375}".repeat(chars)
}

pub(crate) fn metadata() -> Metadata {
    let value = "x".repeat(4_096 - r#"{"m":""}"#.len());
    Metadata::from_iter([("m".to_owned(), value.into())])
}

/// A custom reaction that the app allows.
pub(crate) fn reaction(n: usize) -> String {
    format!("{n:02}{}", "\"".repeat(62))
}

/// The largest possible message.
pub(crate) fn draft() -> Draft {
    let attachment = Attachment {
        url: format!("https://h/{}", "\"".repeat(2_048 - 10)),
        mime_type: format!("a/{}", "\"".repeat(125)),
        name: Some("\"".repeat(255)),
        size: Some((1 << 53) - 1),
    };
    Draft {
        mentions: (0..50).map(|n| user(&crowd(n))).collect(),
        attachments: vec![attachment; 10],
        metadata: metadata(),
        ..Draft::text(text())
    }
}

/// Authenticates users by using the token as the user id.
#[derive(Debug)]
struct ByName;

#[async_trait::async_trait]
impl Authenticator for ByName {
    async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Identity> {
        let name = credentials.token;
        let name = name.ok_or_else(|| Error::new(ErrorKind::Unauthenticated, "no token"))?;
        Ok(Identity::new(UserId::new(name)?))
    }
}

/// Records the requested rate classes and allows everything.
#[derive(Debug, Default)]
pub(crate) struct Classes(pub(crate) Mutex<Vec<&'static str>>);

#[async_trait::async_trait]
impl RateLimiter for Classes {
    async fn check(&self, key: &RateKey, _: &Quota) -> Result<RateDecision> {
        if key.room_id.is_none() {
            self.0.lock().push(key.class);
        }
        Ok(RateDecision::Allowed)
    }
}

pub(crate) struct Listener {
    pub(crate) name: String,
    pub(crate) peer: MemoryPeer,
}

/// An engine with counted store calls, in which every list is long and every value has its maximum
/// size. Alice owns the group `team`. Bob has joined it on his connection; Carol, Dave, Alice's
/// second device and the unnamed members have not. Eve is a stranger.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) service: RestService,
    pub(crate) calls: Faults,
    /// The number of calls made before the current measurement.
    pub(crate) called: usize,
    pub(crate) classes: Arc<Classes>,
    /// Alice's messages in the team, oldest first.
    pub(crate) messages: Vec<MessageId>,
    /// The connections. The first one is Alice's.
    pub(crate) listeners: Vec<Listener>,
}

impl World {
    pub(crate) async fn new() -> Self {
        let calls = Faults::default();
        let classes = Arc::new(Classes::default());
        let clock = PausedClock::starting(Timestamp::from_secs(1_700_000_000));
        let messages = MemoryMessages::new().with_clock(Arc::new(clock));
        let mut config = Config::default();
        config.reaction_names = (0..20).map(reaction).collect();
        config.client_room_ids = true;
        config.presence_max = 100;
        config.limits.max_users_per_emoji = 22;
        // Keep periodic work out of the counts.
        config.anti_entropy_ms = 86_400_000;
        let engine = Engine::builder(ByName)
            .config(config)
            .clock(clock)
            .limiter(Arc::clone(&classes))
            .rooms(calls.wrap(MemoryRooms::new()))
            .messages(calls.wrap(messages.clone()))
            .users(calls.wrap(MemoryUsers::new()))
            .moderation(calls.wrap(MemoryModeration::new()))
            .build();
        let mut world = Self {
            service: RestService::new(engine.clone()),
            engine,
            calls,
            called: 0,
            classes,
            messages: Vec::new(),
            listeners: Vec::new(),
        };
        world.fill(&messages).await;
        let join = |room| json!({"type": "JOIN_ROOM", "roomId": id(room), "history": 0});
        let named = ["alice", "alice", "bob", "carol", "dave", "eve"];
        for name in named
            .map(str::to_owned)
            .into_iter()
            .chain((0..CROWD).map(crowd))
        {
            let (socket, peer) = memory_socket();
            tokio::spawn(world.engine.serve(socket, Handshake::new(Some(id(&name)))));
            if name == "bob" {
                peer.send_text(join("team").to_string());
                peer.send_text(join("hall").to_string());
            }
            world.listeners.push(Listener { name, peer });
        }
        world
    }

    async fn fill(&mut self, messages: &MemoryMessages) {
        let crowd: Vec<_> = (0..CROWD).map(|n| user(&crowd(n))).collect();
        let named = ["alice", "bob", "carol", "dave"].map(user);
        let (alice, team) = (actor("alice"), room("team"));
        let (bob, as_bob) = (user("bob"), actor("bob"));
        let members = named.into_iter().chain(crowd.clone());
        self.create(RoomKind::Group, &team, members).await;
        let role = self.engine.set_role(&alice, &team, &bob, Role::Moderator);
        role.await.unwrap();
        for n in 0..MANY {
            let sent = self.engine.send(&alice, &team, draft()).await;
            let message = sent.unwrap().message.id;
            react(messages, &team, &message, &crowd).await;
            self.messages.push(message);
            let (banned, reason) = (user(&format!("banned-{n}")), line(500));
            let ban = self.engine.ban(&alice, &team, &banned, None, Some(reason));
            ban.await.unwrap();
            let report = self.engine.report(&bob, &team, &message, line(500));
            report.await.unwrap();
        }
        for message in &self.messages[..100] {
            let pin = self.engine.pin(&alice, &team, message, true);
            pin.await.unwrap();
        }
        for _ in 0..MANY {
            let reply = Draft {
                thread_id: Some(self.messages[0]),
                ..draft()
            };
            self.engine.send(&alice, &team, reply).await.unwrap();
        }
        for user in &crowd {
            self.engine.mark_read(user, &team, 200).await.unwrap();
        }
        let hall = room("hall");
        let members = crowd.into_iter().chain([bob]);
        self.create(RoomKind::Public, &hall, members).await;
        for _ in 0..MANY {
            self.engine.send(&as_bob, &hall, draft()).await.unwrap();
        }
        let own: Vec<_> = (0..1_000).map(|n| room(&format!("own-{n}-"))).collect();
        for own in &own {
            self.create(RoomKind::Group, own, []).await;
        }
        // A later time puts these first in the list.
        tokio::time::sleep(Duration::from_secs(1)).await;
        for own in &own[..MANY] {
            let alone = Draft {
                mentions: Vec::new(),
                ..draft()
            };
            self.engine.send(&alice, own, alone.clone()).await.unwrap();
            let sent = self.engine.send(&alice, own, alone).await.unwrap();
            let (owner, id) = (user("alice"), sent.message.id);
            self.engine.hide(&owner, own, &id).await.unwrap();
        }
        for n in 0..999 {
            let (blocker, blocked) = (user("alice"), user(&format!("blocked-{n}")));
            self.engine.block(&blocker, &blocked).await.unwrap();
        }
    }

    /// Creates the largest room. A group is owned by Alice, a public room by the app.
    async fn create(&self, kind: RoomKind, id: &RoomId, members: impl IntoIterator<Item = UserId>) {
        let new = CreateRoom::new(kind)
            .id(id.clone())
            .name(line(200))
            .metadata(metadata())
            .members(members);
        let new = new.settings(RoomSettings {
            announce_membership: true,
            ..RoomSettings::for_kind(kind)
        });
        let by = match kind {
            RoomKind::Public => Actor::App,
            _ => actor("alice"),
        };
        self.engine.create_room(&by, new).await.unwrap();
    }
}

/// Adds the maximum number of emoji, each by one user more than a message lists.
/// what a message lists.
async fn react(messages: &MemoryMessages, room: &RoomId, message: &MessageId, crowd: &[UserId]) {
    let now = Timestamp::from_secs(1_700_000_000);
    for emoji in 0..20 {
        for user_id in crowd.iter().take(21) {
            let change = Change::AddReaction {
                user_id: user_id.clone(),
                emoji: reaction(emoji),
                max_emoji: 20,
                max_users: 1_000,
            };
            let epoch = messages.open(room).await.unwrap().epoch;
            let changed = messages.change(room, epoch, message, &change, now);
            changed.await.unwrap();
        }
    }
}

impl World {
    /// The id of the first entry in a list that Alice reads.
    pub(crate) async fn first(&self, path: &str, list: &str) -> String {
        let request = http::Request::get(path)
            .header("authorization", format!("Bearer {}", id("alice")))
            .body(bytes::Bytes::new())
            .unwrap();
        let response = self.service.handle(request, None).await;
        let answer: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        answer[list][0]["id"].as_str().unwrap().to_owned()
    }
}
