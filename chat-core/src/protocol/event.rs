use bytes::Bytes;
use serde::Serialize;

use super::{ErrorCode, Limits};
use crate::model::{Message, Role, Room, SystemEvent};
use crate::{
    ClientMessageId, ConnectionId, Epoch, Error, MessageId, NodeId, RoomId, Timestamp, UserId,
};

/// A room as on the wire: with the epoch of its log.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "Room")
)]
pub struct RoomView<'a> {
    /// The room.
    #[serde(flatten)]
    pub room: &'a Room,
    /// The epoch of its log.
    pub epoch: Epoch,
}

/// The limits a client should know.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HelloLimits {
    max_frame_bytes: usize,
    max_text_chars: usize,
    max_rooms_per_connection: usize,
}

impl From<&Limits> for HelloLimits {
    fn from(limits: &Limits) -> Self {
        Self {
            max_frame_bytes: limits.max_frame_bytes,
            max_text_chars: limits.max_text_chars,
            max_rooms_per_connection: limits.max_rooms_per_connection,
        }
    }
}

/// What a client gets.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    tag = "type",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
#[allow(missing_docs, reason = "the fields are those of the protocol")]
#[non_exhaustive]
pub enum Event<'a> {
    /// The first frame.
    Hello {
        user_id: &'a UserId,
        connection_id: ConnectionId,
        node_id: NodeId,
        heartbeat_ms: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        token_expires_at: Option<Timestamp>,
        limits: HelloLimits,
    },
    /// The answer to `JOIN_ROOM`.
    RoomJoined {
        #[serde(skip_serializing_if = "Option::is_none")]
        r#ref: Option<&'a str>,
        room_id: &'a RoomId,
        epoch: Epoch,
        head: u64,
        role: Role,
        read_seq: u64,
        recovered: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        messages: Option<&'a [Message]>,
    },
    /// What was missed, in batches.
    RoomSync {
        room_id: &'a RoomId,
        changes: &'a [Message],
        through: u64,
        done: bool,
    },
    /// The answer to `LEAVE_ROOM`.
    RoomLeft {
        #[serde(skip_serializing_if = "Option::is_none")]
        r#ref: Option<&'a str>,
        room_id: &'a RoomId,
    },
    /// The answer to `SEND_MESSAGE`: the message is durable.
    MessageAck {
        #[serde(skip_serializing_if = "Option::is_none")]
        r#ref: Option<&'a str>,
        room_id: &'a RoomId,
        #[serde(skip_serializing_if = "Option::is_none")]
        client_message_id: Option<&'a ClientMessageId>,
        message_id: MessageId,
        seq: u64,
        rev: u64,
        created_at: Timestamp,
        duplicate: bool,
    },
    /// The answer to other commands.
    Ack {
        #[serde(skip_serializing_if = "Option::is_none")]
        r#ref: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        rev: Option<u64>,
    },
    /// The answer to `PING`.
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        r#ref: Option<&'a str>,
    },
    /// A command failed, or something else that the client should know.
    Error {
        #[serde(skip_serializing_if = "Option::is_none")]
        r#ref: Option<&'a str>,
        code: ErrorCode,
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u64>,
    },
    /// A new message.
    MessageCreated {
        room_id: &'a RoomId,
        rev: u64,
        message: &'a Message,
    },
    /// A message in its new state.
    MessageUpdated {
        room_id: &'a RoomId,
        rev: u64,
        message: &'a Message,
    },
    /// A message became a tombstone.
    MessageDeleted {
        room_id: &'a RoomId,
        rev: u64,
        message_id: MessageId,
        seq: u64,
        deleted_at: Timestamp,
        /// The root of the thread it was in, whose replies are one less.
        #[serde(skip_serializing_if = "Option::is_none")]
        thread_id: Option<MessageId>,
    },
    /// A message is not for this user: they hid it, or what its position holds they are not to see.
    /// With a `rev` in place of the event that others get, else when the user hides a message.
    MessageHidden {
        room_id: &'a RoomId,
        #[serde(skip_serializing_if = "Option::is_none")]
        rev: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        message_id: Option<MessageId>,
        #[serde(skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
    },
    /// Someone became a member. With a `rev` where the room announces it.
    MemberJoined {
        room_id: &'a RoomId,
        #[serde(skip_serializing_if = "Option::is_none")]
        rev: Option<u64>,
        user_id: &'a UserId,
        role: Role,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<&'a Message>,
    },
    /// A member's role changed.
    MemberUpdated {
        room_id: &'a RoomId,
        #[serde(skip_serializing_if = "Option::is_none")]
        rev: Option<u64>,
        user_id: &'a UserId,
        role: Role,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<&'a Message>,
    },
    /// A member is one no longer.
    MemberLeft {
        room_id: &'a RoomId,
        #[serde(skip_serializing_if = "Option::is_none")]
        rev: Option<u64>,
        user_id: &'a UserId,
        reason: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<&'a Message>,
    },
    /// The room changed; it is given as it is now, unless it is gone. With a `rev` where it was
    /// renamed.
    RoomUpdated {
        room_id: &'a RoomId,
        #[serde(skip_serializing_if = "Option::is_none")]
        rev: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<RoomView<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<&'a Message>,
    },
    /// Something happened in a room that this connection has not joined.
    RoomActivity {
        room_id: &'a RoomId,
        head: u64,
        unread: u64,
    },
    /// The user was added to a room.
    RoomAdded { room: RoomView<'a> },
    /// The user was removed from a room, or the room was deleted.
    RoomRemoved {
        room_id: &'a RoomId,
        reason: &'a str,
    },
    /// Someone is typing, or is no longer.
    Typing {
        room_id: &'a RoomId,
        user_id: &'a UserId,
        typing: bool,
        expires_in_ms: u64,
    },
    /// Someone read up to a message.
    ReadReceipt {
        room_id: &'a RoomId,
        user_id: &'a UserId,
        seq: u64,
    },
    /// How many are in a large room, in place of who comes and goes.
    Occupancy {
        room_id: &'a RoomId,
        online: u64,
        members: u64,
    },
    /// A user is online.
    UserOnline { user_id: &'a UserId },
    /// A user is offline.
    UserOffline {
        user_id: &'a UserId,
        #[serde(skip_serializing_if = "Option::is_none")]
        last_seen_at: Option<Timestamp>,
    },
    /// The token runs out soon.
    TokenExpiring { expires_at: Timestamp },
    /// The server will close the connection with 1012.
    GoingAway { reconnect_after_ms: u64 },
}

impl<'a> Event<'a> {
    /// The event that tells of a message's latest state to whoever has seen the log up to
    /// `seen`: a message created after that is new to them, whatever became of it since.
    #[must_use]
    pub fn of_message(message: &'a Message, seen: u64) -> Self {
        let room_id = &message.room_id;
        let rev = message.rev;
        if let Some(deleted_at) = message.deleted_at {
            return Self::MessageDeleted {
                room_id,
                rev,
                message_id: message.id,
                seq: message.seq,
                deleted_at,
                thread_id: message.thread_id,
            };
        }
        match &message.system {
            Some(SystemEvent::RoomRenamed { .. }) => Self::RoomUpdated {
                room_id,
                rev: Some(rev),
                room: None,
                message: Some(message),
            },
            Some(event) if let Some(event) = Self::of_member(room_id, event) => {
                event.at(rev, message)
            }
            _ if message.seq > seen => Self::MessageCreated {
                room_id,
                rev,
                message,
            },
            _ => Self::MessageUpdated {
                room_id,
                rev,
                message,
            },
        }
    }

    /// The event that tells of a change of the members, without a place in the log; `None` for other
    /// system events.
    #[must_use]
    pub fn of_member(room_id: &'a RoomId, event: &'a SystemEvent) -> Option<Self> {
        let (rev, message) = (None, None);
        match event {
            SystemEvent::MemberJoined { user_id, role } => Some(Self::MemberJoined {
                room_id,
                rev,
                user_id,
                role: *role,
                message,
            }),
            SystemEvent::MemberUpdated { user_id, role } => Some(Self::MemberUpdated {
                room_id,
                rev,
                user_id,
                role: *role,
                message,
            }),
            SystemEvent::MemberLeft { user_id, reason } => Some(Self::MemberLeft {
                room_id,
                rev,
                user_id,
                reason,
                message,
            }),
            _ => None,
        }
    }

    /// The same event at its place in the log.
    fn at(mut self, at: u64, of: &'a Message) -> Self {
        if let Self::MemberJoined { rev, message, .. }
        | Self::MemberUpdated { rev, message, .. }
        | Self::MemberLeft { rev, message, .. } = &mut self
        {
            *rev = Some(at);
            *message = Some(of);
        }
        self
    }

    /// The event that tells of an error.
    #[must_use]
    pub fn error(reference: Option<&'a str>, error: &'a Error) -> Self {
        Self::Error {
            r#ref: reference,
            code: error.kind().into(),
            message: error.message(),
            retry_after_ms: error
                .retry_after()
                .map(|d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX).max(1)),
        }
    }

    /// The event as JSON.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        metrics::counter!("chat_events_encoded_total").increment(1);
        let mut json = Vec::with_capacity(256);
        #[allow(
            clippy::expect_used,
            reason = "strings, numbers and maps with string keys are JSON"
        )]
        serde_json::to_writer(&mut json, self).expect("an event is JSON");
        // A vector that grows by doubling is up to twice as large as the event, which outboxes keep.
        json.shrink_to_fit();
        Bytes::from(json)
    }
}
