use bytes::Bytes;
use serde::Serialize;

use super::{ErrorCode, Limits};
use crate::model::{Message, Role, Room, SystemEvent};
use crate::{
    ClientMessageId, ConnectionId, Epoch, Error, MessageId, NodeId, RoomId, Timestamp, UserId,
};

/// A room with the epoch of its log, as sent to clients.
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

/// The limits announced in `HELLO`.
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

/// An event sent to a client.
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
    /// The first event of a connection.
    Hello {
        user_id: &'a UserId,
        connection_id: ConnectionId,
        node_id: NodeId,
        heartbeat_ms: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        token_expires_at: Option<Timestamp>,
        limits: HelloLimits,
    },
    /// The reply to `JOIN_ROOM`.
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
    /// A batch of missed changes.
    RoomSync {
        room_id: &'a RoomId,
        changes: &'a [Message],
        through: u64,
        done: bool,
    },
    /// The reply to `LEAVE_ROOM`.
    RoomLeft {
        #[serde(skip_serializing_if = "Option::is_none")]
        r#ref: Option<&'a str>,
        room_id: &'a RoomId,
    },
    /// The reply to `SEND_MESSAGE`. The message is durable.
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
    /// The reply to other commands.
    Ack {
        #[serde(skip_serializing_if = "Option::is_none")]
        r#ref: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        rev: Option<u64>,
    },
    /// The reply to `PING`.
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        r#ref: Option<&'a str>,
    },
    /// An error. With a `ref`, it is the reply to that command.
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
    /// A message changed. Contains its new state.
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
        /// The root of the thread it was in, whose reply count drops by one.
        #[serde(skip_serializing_if = "Option::is_none")]
        thread_id: Option<MessageId>,
    },
    /// A message is hidden from this user. With `rev`, it replaces an event that only others may
    /// see. Without `rev`, the user has hidden the message.
    MessageHidden {
        room_id: &'a RoomId,
        #[serde(skip_serializing_if = "Option::is_none")]
        rev: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        message_id: Option<MessageId>,
        #[serde(skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
    },
    /// A user became a member. Has a `rev` if the room announces membership.
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
    /// A member left or was removed.
    MemberLeft {
        room_id: &'a RoomId,
        #[serde(skip_serializing_if = "Option::is_none")]
        rev: Option<u64>,
        user_id: &'a UserId,
        reason: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<&'a Message>,
    },
    /// The room changed. Contains its current state, unless it was deleted. Has a `rev` after a
    /// rename.
    RoomUpdated {
        room_id: &'a RoomId,
        #[serde(skip_serializing_if = "Option::is_none")]
        rev: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<RoomView<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<&'a Message>,
    },
    /// New activity in a room that this connection has not joined.
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
    /// A user started or stopped typing.
    Typing {
        room_id: &'a RoomId,
        user_id: &'a UserId,
        typing: bool,
        expires_in_ms: u64,
    },
    /// A user's read marker moved.
    ReadReceipt {
        room_id: &'a RoomId,
        user_id: &'a UserId,
        seq: u64,
    },
    /// The occupancy of a large room, instead of the presence of each user.
    Occupancy {
        room_id: &'a RoomId,
        online: u64,
        members: u64,
    },
    /// A user went online.
    UserOnline { user_id: &'a UserId },
    /// A user went offline.
    UserOffline {
        user_id: &'a UserId,
        #[serde(skip_serializing_if = "Option::is_none")]
        last_seen_at: Option<Timestamp>,
    },
    /// The token expires soon.
    TokenExpiring { expires_at: Timestamp },
    /// The server will close the connection with 1012.
    GoingAway { reconnect_after_ms: u64 },
}

impl<'a> Event<'a> {
    /// Returns the event with a message's latest state, for a client that has read the log up to
    /// `seen`. A message created after `seen` is new to that client, even if it was edited since.
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

    /// Returns the event of a membership change, without a position. Returns `None` for other
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

    /// Creates the event of an error.
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

    /// Encodes the event as JSON.
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
