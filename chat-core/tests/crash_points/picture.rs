use std::collections::BTreeSet;

use chat_core::Actor;
use chat_core::backend::{MessageLog, ModerationStore, ReadStore, RoomStore, UserStore};
use chat_core::engine::CreateRoom;
use chat_core::model::{Anchor, HistoryQuery, RoomKind};
use serde_json::{Value, json};

use crate::world::{World, actor, room, user};

const USERS: [&str; 5] = ["alice", "bob", "carol", "dave", "eve"];
const ROOMS: [&str; 4] = ["team", "lobby", "pair", "new"];
/// Fields whose values vary between runs.
const RANDOM: [&str; 24] = [
    "id",
    "epoch",
    "createdAt",
    "editedAt",
    "deletedAt",
    "pinnedAt",
    "at",
    "joinedAt",
    "messageId",
    "threadId",
    "replyTo",
    "lastReplyId",
    "lastReplyAt",
    "resolvedAt",
    "roomId",
    "connectionId",
    "nodeId",
    "until",
    "expiresAt",
    "lastSeenAt",
    "created_at",
    "message_id",
    "room_id",
    "joined_at",
];
/// Ephemeral events, which a client may receive any number of times.
const PASSING: [&str; 6] = [
    "ROOM_ACTIVITY",
    "USER_ONLINE",
    "USER_OFFLINE",
    "HELLO",
    "PONG",
    "OCCUPANCY",
];

/// The final state, as lines of text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Picture(BTreeSet<String>);

impl Picture {
    pub(crate) async fn of(world: &mut World) -> Self {
        let mut lines = BTreeSet::new();
        stored(world, &mut lines).await;
        heard(world, &mut lines);
        readable(world, &mut lines).await;
        Self(lines)
    }

    /// The lines in only one of two pictures; empty if they are equal.
    pub(crate) fn difference(&self, other: &Self) -> String {
        let missing = self
            .0
            .difference(&other.0)
            .map(|line| format!("  missing: {line}\n"));
        let extra = other
            .0
            .difference(&self.0)
            .map(|line| format!("  extra: {line}\n"));
        missing.chain(extra).collect()
    }
}

/// Removes values that vary between runs. Keeps the room ids that the tests set.
fn plain(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            let named = |v: &Value| v.as_str().is_some_and(|id| ROOMS.contains(&id));
            fields.retain(|name, v| !RANDOM.contains(&name.as_str()) || named(v));
            for field in fields.values_mut() {
                *field = plain(field.take());
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = plain(item.take());
            }
        }
        _ => {}
    }
    value
}

fn line(lines: &mut BTreeSet<String>, about: &str, value: impl serde::Serialize) {
    let value = plain(serde_json::to_value(value).unwrap());
    lines.insert(format!("{about} {value}"));
}

async fn stored(world: &World, lines: &mut BTreeSet<String>) {
    for name in USERS {
        let user = user(name);
        let settings = world
            .users
            .settings(std::slice::from_ref(&user))
            .await
            .unwrap();
        lines.insert(format!("settings of {name}: {settings:?}"));
        for (n, (room, member)) in (1..).zip(world.rooms.rooms_of(&user, None, 100).await.unwrap())
        {
            let of = format!("room {n} of {name}");
            line(
                lines,
                &of,
                json!({"room": room, "role": member.role, "shadow": member.shadow_muted,
                "muted": member.muted_until.is_some(), "level": member.notifications}),
            );
        }
    }
    for name in ROOMS {
        let id = room(name);
        let exists = world.rooms.room(&id).await.unwrap().is_some();
        lines.insert(format!("{name} exists: {exists}"));
        let log = world
            .messages
            .heads(std::slice::from_ref(&id))
            .await
            .unwrap();
        lines.insert(format!(
            "{name} head: {:?}",
            log.first().map(|log| log.head)
        ));
        let query = HistoryQuery::new(Anchor::After(0), 100);
        for message in world.messages.history(&id, &query).await.unwrap().messages {
            line(lines, &format!("message in {name}:"), message);
        }
        for ban in world.rooms.bans(&id, None, 100).await.unwrap_or_default() {
            line(lines, &format!("ban in {name}:"), ban);
        }
        for (n, entry) in (1..).zip(world.moderation.audit(&id, None, 100).await.unwrap()) {
            line(lines, &format!("audit {n} of {name}:"), entry);
        }
        for (n, report) in (1..).zip(
            world
                .moderation
                .reports(&id, None, None, 100)
                .await
                .unwrap(),
        ) {
            line(lines, &format!("report {n} of {name}:"), report);
        }
        for marker in world.messages.read_markers(&id, None, 100).await.unwrap() {
            line(lines, &format!("marker in {name}:"), marker);
        }
        for user_name in USERS {
            let hidden = world.messages.hidden(&id, &user(user_name)).await.unwrap();
            lines.insert(format!("hidden in {name} from {user_name}: {hidden:?}"));
        }
    }
    let (team, carol) = (room("team"), user("carol"));
    let asked = [world.by_alice];
    let read = world.messages.thread_reads(&team, &carol, &asked).await;
    lines.insert(format!("carol's thread: {:?}", read.unwrap()));
}

/// Adds the events that each connection received. Only events of the log must not repeat.
fn heard(world: &mut World, lines: &mut BTreeSet<String>) {
    world.listen();
    for (n, listener) in world.listeners.iter().enumerate() {
        let mut revs = BTreeSet::new();
        for event in &listener.heard {
            let kind = event["type"].as_str().unwrap();
            if PASSING.contains(&kind) {
                continue;
            }
            if let Some(rev) = event["rev"].as_u64() {
                let place = (event["roomId"].to_string(), rev);
                assert!(
                    revs.insert(place),
                    "duplicate event for {}: {event}",
                    listener.name
                );
            }
            let about = format!("heard by {} ({n}):", listener.name);
            let mut event = event.clone();
            if kind == "ROOM_REMOVED" {
                // A node that notices the removal by comparing memberships does not know its
                // reason.
                event["reason"] = Value::Null;
            }
            line(lines, &about, event);
        }
    }
}

/// Adds the permissions of each user on both nodes.
async fn readable(world: &World, lines: &mut BTreeSet<String>) {
    for (node, engine) in [("faulty", &world.faulty), ("sound", &world.sound)] {
        for name in USERS {
            for at in ROOMS {
                let query = HistoryQuery::new(Anchor::After(0), 100);
                let page = engine.history(&actor(name), &room(at), &query).await;
                let page = page.map(|page| page.messages.len());
                let page = page.map_err(|e| e.kind());
                lines.insert(format!("{name} reads in {at} on the {node} node: {page:?}"));
            }
        }
    }
    // A user who reuses the id of a deleted room must find nothing of the old one.
    for at in ROOMS {
        let new = CreateRoom::new(RoomKind::Group).id(room(at));
        if world.sound.create_room(&actor("eve"), new).await.is_ok() {
            let query = HistoryQuery::new(Anchor::After(0), 100);
            let page = world
                .sound
                .history(&actor("eve"), &room(at), &query)
                .await
                .unwrap();
            let app = world.sound.head(&Actor::App, &room(at)).await.unwrap();
            lines.insert(format!(
                "taken over {at}: {:?}, head {}",
                page.messages, app.head
            ));
        }
    }
}
