//! Every event there is, with all and with none of what may be absent, is one by the schema.

use std::collections::{BTreeMap, BTreeSet};

use chat_core::model::{
    Attachment, Draft, Message, MessageKind, Metadata, NewMessage, NewRoom, Role, Room, RoomKind,
    SystemEvent, ThreadSummary,
};
use chat_core::protocol::{ErrorCode, Event, Limits, RoomView};
use chat_core::{
    ClientMessageId, ConnectionId, Epoch, MessageId, NodeId, RoomId, Timestamp, UserId,
};
use serde_json::Value;

use crate::schema::{DOCUMENT, check_event};

/// The last position there can be.
const LAST: u64 = (1 << 53) - 1;

fn at() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_123)
}

fn user() -> UserId {
    UserId::new("zoë/1").unwrap()
}

fn room_id() -> RoomId {
    RoomId::new("tea").unwrap()
}

/// A message with all there can be.
fn full() -> Message {
    let draft = Draft {
        client_message_id: ClientMessageId::new("c-1").ok(),
        text: "hi".to_owned(),
        reply_to: Some(MessageId::random()),
        thread_id: Some(MessageId::random()),
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
    message.rev = LAST;
    message.edited_at = Some(at());
    message.edited_by = Some(user());
    message.pinned_at = Some(at());
    message.pinned_by = Some(user());
    message.thread = Some(ThreadSummary {
        reply_count: LAST,
        last_reply_id: MessageId::random(),
        last_reply_seq: LAST,
        last_reply_at: at(),
    });
    message.expires_at = Some(Timestamp::from_millis(i64::MAX));
    message.reactions = BTreeMap::from([("👍".to_owned(), vec![user()])]);
    message
}

/// System messages, which have no sender, and a tombstone.
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

/// All events, each once with everything and once with as little as can be.
fn check_all(mut see: impl FnMut(&Event<'_>)) {
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
            epoch: Epoch::random(),
        };
        see(&Event::Hello {
            user_id,
            connection_id: ConnectionId::random(),
            node_id: NodeId::random(),
            heartbeat_ms: 25_000,
            token_expires_at: full.then(at),
            limits: (&Limits::default()).into(),
        });
        see(&Event::RoomJoined {
            r#ref,
            room_id,
            epoch: Epoch::random(),
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
            message_id: MessageId::random(),
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
            message_id: full.then(MessageId::random),
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

#[test]
fn every_event_is_one() {
    let mut seen = BTreeSet::new();
    check_all(|event| {
        let json: Value = serde_json::from_slice(&event.encode()).unwrap();
        check_event(&json);
        seen.insert(json["type"].as_str().unwrap().to_owned());
    });
    let schemas = DOCUMENT["$defs"].as_object().unwrap().iter();
    let known: BTreeSet<String> = schemas
        .filter(|(name, _)| name.ends_with("Event"))
        .filter_map(|(_, schema)| schema["properties"]["type"]["const"].as_str())
        .map(str::to_owned)
        .collect();
    assert_eq!(seen, known);
}

/// A schema that takes anything would be no proof.
#[test]
fn other_events_are_none() {
    let is_event = |json: &Value| crate::schema::of("Event").is_valid(json);
    let user = user();
    let online = Event::UserOnline { user_id: &user }.encode();
    let mut event: Value = serde_json::from_slice(&online).unwrap();
    event["more"] = Value::Null;
    assert!(is_event(&event), "fields may be added");
    event["userId"] = "not an id".into();
    assert!(!is_event(&event));
    event.as_object_mut().unwrap().remove("userId");
    assert!(!is_event(&event));
}
