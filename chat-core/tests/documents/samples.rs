//! Samples of all WebSocket messages, for the tests of the wire documents. `cargo xtask codegen`
//! also writes them to a file for the tests of the TypeScript client.
#![allow(clippy::unwrap_used, reason = "the samples are valid")]

use std::collections::BTreeMap;

use chat_core::model::{
    Attachment, Draft, Message, MessageKind, Metadata, NewMessage, NewRoom, Role, Room, RoomKind,
    SystemEvent, ThreadSummary,
};
use chat_core::protocol::{
    Command, ErrorCode, Event, Limits, RoomView, decode_command, validate_draft, validate_emoji,
    validate_text,
};
use chat_core::schema::socket;
use chat_core::{
    ClientMessageId, ConnectionId, Epoch, MessageId, NodeId, RoomId, Timestamp, UserId,
};
use serde_json::{Value, json};
use uuid::Uuid;

const ID: &str = "0190b0a0-0000-7000-8000-000000000000";

/// The maximum length of a sample that goes into the file.
const READABLE_BYTES: usize = 300;

/// Each event, with all of its optional fields and with none.
pub(crate) fn events() -> Vec<Value> {
    let mut events = Vec::new();
    each_event(|event| {
        let event: Value = serde_json::from_slice(&event.encode()).unwrap();
        if !events.contains(&event) {
            events.push(event);
        }
    });
    events
}

/// Each command, with each valid value of its fields.
pub(crate) fn commands() -> Vec<Value> {
    let mut commands = Vec::new();
    for wire in Command::TYPES {
        let fields = fields(wire);
        let most = fields.iter().map(|name| good(name).len()).max().unwrap();
        for nth in 0..most {
            let mut command = json!({"type": wire});
            for name in &fields {
                let good = good(name);
                command[name] = good[nth % good.len()].clone();
            }
            commands.push(command);
        }
    }
    commands
}

/// Commands with one field invalid or missing, which the engine refuses.
pub(crate) fn refused_commands() -> Vec<Value> {
    let mut commands = Vec::new();
    for wire in Command::TYPES {
        let fields = fields(wire);
        for changed in &fields {
            for value in others().into_iter().map(Some).chain([None]) {
                let mut command = json!({"type": wire});
                for name in &fields {
                    command[name] = good(name)[0].clone();
                }
                match value {
                    Some(value) => command[changed] = value,
                    None => drop(command.as_object_mut().unwrap().remove(changed)),
                }
                let is_readable = command.to_string().len() <= READABLE_BYTES;
                if is_readable && !is_beyond_schemas(&command) && !is_taken(&command) {
                    commands.push(command);
                }
            }
        }
    }
    commands
}

/// The highest valid position.
const LAST: u64 = (1 << 53) - 1;

/// A fixed id, so that the generated file is stable.
const UUID: Uuid = Uuid::from_u128(0x0190_b0a0_0000_7000_8000_0000_0000_0000);

fn message_id() -> MessageId {
    UUID.to_string().parse().unwrap()
}

fn at() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_123)
}

pub(crate) fn user() -> UserId {
    UserId::new("zoë/1").unwrap()
}

fn room_id() -> RoomId {
    RoomId::new("tea").unwrap()
}

fn full() -> Message {
    let draft = Draft {
        client_message_id: ClientMessageId::new("c-1").ok(),
        text: "hi".to_owned(),
        reply_to: Some(message_id()),
        thread_id: Some(message_id()),
        mentions: vec![user()],
        attachments: vec![Attachment {
            url: "https://x/a.png".to_owned(),
            mime_type: "image/png".to_owned(),
            name: Some("a.png".to_owned()),
            size: Some(1),
        }],
        metadata: Metadata::from_iter([("a".to_owned(), Value::Null)]),
        expires_at: None,
    };
    let mut message = NewMessage::user(user(), draft, at()).at(room_id(), 1, at());
    message.id = message_id();
    message.rev = LAST;
    message.edited_at = Some(at());
    message.edited_by = Some(user());
    message.pinned_at = Some(at());
    message.pinned_by = Some(user());
    message.thread = Some(ThreadSummary {
        reply_count: LAST,
        last_reply_id: message_id(),
        last_reply_seq: LAST,
        last_reply_at: at(),
    });
    message.expires_at = Some(Timestamp::from_millis(i64::MAX));
    message.reactions = BTreeMap::from([("👍".to_owned(), vec![user()])]);
    message
}

/// System messages without a sender, and a tombstone.
fn bare() -> Vec<Message> {
    let (user_id, role) = (user(), Role::Guest);
    let joined = SystemEvent::MemberJoined { user_id, role };
    let user_id = user();
    let updated = SystemEvent::MemberUpdated { user_id, role };
    let user_id = user();
    let reason = "left".to_owned();
    let left = SystemEvent::MemberLeft { user_id, reason };
    let renamed = |name: Option<&str>| SystemEvent::RoomRenamed {
        name: name.map(str::to_owned),
    };
    let notice = SystemEvent::Notice {};
    let events = [
        joined,
        updated,
        left,
        renamed(None),
        renamed(Some("Tea")),
        notice,
    ];
    let mut messages: Vec<Message> = events
        .into_iter()
        .map(|event| NewMessage::system(event, "", at()).at(room_id(), 0, at()))
        .collect();
    for message in &mut messages {
        message.id = message_id();
    }
    let mut tombstone = messages[0].clone();
    tombstone.system = None;
    tombstone.kind = MessageKind::User;
    tombstone.deleted_at = Some(at());
    tombstone.deleted_by = Some(user());
    messages.push(tombstone);
    messages
}

fn rooms() -> [Room; 2] {
    [RoomKind::Direct, RoomKind::Public].map(|kind| {
        let new = NewRoom::new(room_id(), kind, at());
        let mut room = Room {
            id: new.id,
            kind,
            name: None,
            owner_id: None,
            created_at: at(),
            member_count: 0,
            metadata: new.metadata,
            settings: new.settings,
            creation_key: None,
        };
        if kind == RoomKind::Public {
            room.name = Some("Tea".to_owned());
            room.owner_id = Some(user());
            room.member_count = LAST;
            room.settings.slow_mode_seconds = 86_400;
            room.settings.retention_seconds = Some(1);
            room.settings.retention_messages = Some(1_000);
        }
        room
    })
}

/// Passes every event to `see`, once with all optional fields and once with as few as possible.
pub(crate) fn each_event(mut see: impl FnMut(&Event<'_>)) {
    let (user, room) = (user(), room_id());
    let (user_id, room_id) = (&user, &room);
    let client_message_id = ClientMessageId::new("c-1").unwrap();
    let mut messages = bare();
    messages.push(full());
    let rooms = rooms();
    for full in [false, true] {
        let r#ref = full.then_some("7");
        let rev = full.then_some(LAST);
        let message = full.then_some(&messages[0]);
        let view = RoomView {
            room: &rooms[usize::from(full)],
            epoch: Epoch::from_uuid(UUID),
        };
        see(&Event::Hello {
            user_id,
            connection_id: ConnectionId::from_uuid(UUID),
            node_id: NodeId::from_uuid(UUID),
            heartbeat_ms: 25_000,
            token_expires_at: full.then(at),
            limits: (&Limits::default()).into(),
        });
        see(&Event::RoomJoined {
            r#ref,
            room_id,
            epoch: Epoch::from_uuid(UUID),
            head: LAST,
            role: Role::Owner,
            read_seq: 0,
            recovered: full,
            messages: full.then_some(&messages),
        });
        see(&Event::RoomSync {
            room_id,
            changes: if full { &messages } else { &[] },
            through: 0,
            done: full,
        });
        see(&Event::RoomLeft { r#ref, room_id });
        see(&Event::MessageAck {
            r#ref,
            room_id,
            client_message_id: full.then_some(&client_message_id),
            message_id: message_id(),
            seq: 1,
            rev: 1,
            created_at: at(),
            duplicate: full,
        });
        see(&Event::Ack { r#ref, rev });
        see(&Event::Pong { r#ref });
        see(&Event::Error {
            r#ref,
            code: ErrorCode::RateLimited,
            message: "slower",
            retry_after_ms: full.then_some(1),
        });
        for message in &messages {
            see(&Event::of_message(message, 0));
            see(&Event::of_message(message, LAST));
            let rev = message.rev;
            see(&Event::MessageCreated {
                room_id,
                rev,
                message,
            });
        }
        see(&Event::MessageHidden {
            room_id,
            rev,
            message_id: full.then(message_id),
            seq: full.then_some(LAST),
        });
        see(&Event::MemberJoined {
            room_id,
            rev,
            user_id,
            role: Role::Member,
            message,
        });
        see(&Event::MemberUpdated {
            room_id,
            rev,
            user_id,
            role: Role::Admin,
            message,
        });
        see(&Event::MemberLeft {
            room_id,
            rev,
            user_id,
            reason: "left",
            message,
        });
        see(&Event::RoomUpdated {
            room_id,
            rev,
            room: full.then(|| view.clone()),
            message,
        });
        see(&Event::RoomActivity {
            room_id,
            head: 1,
            unread: 1,
        });
        see(&Event::RoomAdded { room: view });
        see(&Event::RoomRemoved {
            room_id,
            reason: "deleted",
        });
        see(&Event::Typing {
            room_id,
            user_id,
            typing: full,
            expires_in_ms: 6_000,
        });
        see(&Event::ReadReceipt {
            room_id,
            user_id,
            seq: 1,
        });
        see(&Event::Occupancy {
            room_id,
            online: 1,
            members: LAST,
        });
        see(&Event::UserOnline { user_id });
        see(&Event::UserOffline {
            user_id,
            last_seen_at: full.then(at),
        });
        see(&Event::TokenExpiring { expires_at: at() });
        see(&Event::GoingAway {
            reconnect_after_ms: 5_000,
        });
    }
}

/// Returns `true` if the engine accepts the command's form.
pub(crate) fn is_taken(command: &Value) -> bool {
    let limits = Limits::default();
    let Ok(command) = decode_command(command.to_string().as_bytes(), &limits) else {
        return false;
    };
    match command {
        Command::JoinRoom(join) => join.history.is_none_or(|history| history <= 100),
        Command::SendMessage(send) => validate_draft(&send.into_draft().1, &limits).is_ok(),
        Command::EditMessage(edit) => validate_text(&edit.text, &limits).is_ok(),
        Command::AddReaction(reaction) | Command::RemoveReaction(reaction) => {
            validate_emoji(&reaction.emoji, &limits).is_ok()
        }
        _ => true,
    }
}

/// Returns `true` for rules that no schema expresses: `after` needs `epoch`, and a message needs a
/// text or an attachment.
pub(crate) fn is_beyond_schemas(command: &Value) -> bool {
    match command["type"].as_str() {
        Some("JOIN_ROOM") => command["after"].is_null() != command["epoch"].is_null(),
        Some("SEND_MESSAGE") => {
            let empty = |field: &str, nothing: Value| {
                command.get(field).is_none_or(|value| *value == nothing)
            };
            empty("text", json!("")) && empty("attachments", json!([]))
        }
        _ => false,
    }
}

/// The fields of a command according to its schema.
pub(crate) fn fields(wire: &str) -> Vec<String> {
    let document = socket(&Limits::default());
    let schemas = document["$defs"].as_object().unwrap();
    let schema = schemas
        .iter()
        .find(|(name, schema)| {
            name.ends_with("Command") && schema["properties"]["type"]["const"] == wire
        })
        .unwrap()
        .1;
    let fields = schema["properties"].as_object().unwrap().keys();
    fields.filter(|name| *name != "type").cloned().collect()
}

/// Valid values for a field of this name.
pub(crate) fn good(field: &str) -> Vec<Value> {
    let longest = "a".repeat(128);
    match field {
        "ref" => vec![json!("7"), json!(""), json!("r".repeat(64)), Value::Null],
        "roomId" | "clientMessageId" => vec![json!("a/b"), json!("é🦀"), json!(longest)],
        "messageId" | "replyTo" | "threadId" | "epoch" => vec![json!(ID)],
        "text" => vec![json!("hi"), json!("🦀".repeat(4_000)), json!(" \n")],
        "emoji" => vec![json!("👍"), json!("👩‍👩‍👧"), json!(":+1:")],
        "token" => vec![json!("a.b.c"), json!("")],
        "typing" | "forMe" => vec![json!(true), json!(false)],
        "expiresAt" => vec![json!("2100-01-01T00:00:00Z"), Value::Null],
        "history" => vec![json!(0), json!(100), Value::Null],
        "after" | "seq" => vec![json!(0), json!((1u64 << 53) - 1)],
        "mentions" => vec![json!([]), json!(["bob"]), json!(vec!["bob"; 50])],
        "attachments" => vec![
            json!([]),
            json!([{"url": "https://x/a.png", "mimeType": "image/png", "name": "a", "size": 1}]),
            json!([{"url": "HTTP://x", "mimeType": "a/b", "name": null, "size": null}]),
            json!([{"url": "https://x?q=a@b", "mimeType": "a/b", "name": " ❤\u{fe0f}\u{200d}🔥.png "}]),
            json!([{"url": "https://x:1/@a", "mimeType": "a/b", "name": "葛\u{e0100}"}]),
        ],
        "metadata" => vec![json!({}), json!({"a": [1.5, null, {"b": "c"}]})],
        other => panic!("no valid values are listed for `{other}`"),
    }
}

/// Values that are invalid for most fields.
pub(crate) fn others() -> Vec<Value> {
    let attachment = |url: &str, mime: &str, name: &str, size: Value| json!([{"url": url, "mimeType": mime, "name": name, "size": size}]);
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(101),
        json!(1.5),
        json!(1u64 << 53),
        json!(u64::MAX),
        json!(""),
        json!("x"),
        json!("a b"),
        json!("a\u{0}"),
        json!("a\u{85}b"),
        json!("a\u{2003}"),
        json!("\u{200b}"),
        json!("a\u{202e}b"),
        json!("a\u{200d}b"),
        json!("a\u{e0061}"),
        json!("a\u{1d173}b"),
        json!("a".repeat(65)),
        json!("a".repeat(129)),
        json!("a".repeat(4_001)),
        json!(ID.replace('-', "")),
        json!(format!("{{{ID}}}")),
        json!([]),
        json!({}),
        json!([1]),
        json!(["a b"]),
        json!(vec!["bob"; 51]),
        json!([["https://x/", "a/b", null, null]]),
        attachment("javascript:1", "a/b", "n", json!(1)),
        attachment("https://x", "a", "n", json!(1)),
        attachment("https://x", "a/ b", "n", json!(1)),
        attachment("https://x", "a/b", "a\nb", json!(1)),
        attachment("https://x", "a/b", "\u{feff}n", json!(1)),
        attachment("https://x", "a/b", "n\u{200d}", json!(1)),
        attachment("https://x", "a/b", "n\u{2028}", json!(1)),
        attachment("https://x", "a/b", "n \u{fe0f}", json!(1)),
        attachment("https://x", "a/b", "n\u{e007f}", json!(1)),
        attachment("https://a@x", "a/b", "n", json!(1)),
        attachment("https://a:b@x/", "a/b", "n", json!(1)),
        attachment("https://a@x?", "a/b", "n", json!(1)),
        attachment("https:///x", "a/b", "n", json!(1)),
        attachment("https://x", "a/b", "n", json!(1u64 << 53)),
        attachment("https://x", "a/b", "n", json!(-1)),
        json!([{"url": "https://x", "mimeType": "a/b", "width": 1}]),
        json!([{"url": "https://x"}]),
    ]
}
