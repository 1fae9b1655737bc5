use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::view::{Hides, is_seen};
use crate::protocol::Event;
use crate::{RoomId, UserId};

/// The kind of a WebSocket frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// A text frame with a UTF-8 payload.
    Text,
    /// A binary frame.
    Binary,
    /// A ping.
    Ping,
    /// A pong.
    Pong,
}

/// The treatment of a frame by a full outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameClass {
    /// Must be delivered; otherwise the connection is closed and its client resumes.
    Durable,
    /// May be dropped for a slow client: typing, presence, receipts.
    Ephemeral,
}

/// The message an event is about, for visibility checks.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) room: RoomId,
    pub(crate) rev: u64,
    pub(crate) seq: u64,
    pub(crate) sender: Option<UserId>,
    pub(crate) shadowed: bool,
    /// The replacement for readers who do not see the message, created on demand.
    instead: OnceLock<Arc<Frame>>,
}

impl About {
    pub(crate) const fn new(
        room: RoomId,
        rev: u64,
        seq: u64,
        sender: Option<UserId>,
        shadowed: bool,
    ) -> Self {
        Self {
            room,
            rev,
            seq,
            sender,
            shadowed,
            instead: OnceLock::new(),
        }
    }

    fn is_for(&self, user: &UserId, hides: Option<&Hides>) -> bool {
        is_seen(user, hides, self.sender.as_ref(), self.seq, self.shadowed)
    }

    fn instead(&self) -> &Arc<Frame> {
        self.instead.get_or_init(|| {
            let event = Event::MessageHidden {
                room_id: &self.room,
                rev: Some(self.rev),
                message_id: None,
                seq: None,
            };
            Arc::new(Frame::durable(event.encode()))
        })
    }
}

/// An outbound frame, encoded once and shared by all outboxes.
#[derive(Debug)]
pub struct Frame {
    payload: Bytes,
    kind: FrameKind,
    class: FrameClass,
    about: Option<Box<About>>,
}

impl Frame {
    /// Creates a durable text frame. `payload` must be UTF-8.
    #[must_use]
    pub const fn durable(payload: Bytes) -> Self {
        Self {
            payload,
            kind: FrameKind::Text,
            class: FrameClass::Durable,
            about: None,
        }
    }

    /// Creates an ephemeral text frame. `payload` must be UTF-8.
    #[must_use]
    pub const fn ephemeral(payload: Bytes) -> Self {
        Self {
            payload,
            kind: FrameKind::Text,
            class: FrameClass::Ephemeral,
            about: None,
        }
    }

    /// Creates a durable binary frame. `chat.v1` has none.
    #[must_use]
    pub const fn binary(payload: Bytes) -> Self {
        Self {
            payload,
            kind: FrameKind::Binary,
            class: FrameClass::Durable,
            about: None,
        }
    }

    /// Creates a ping without payload.
    #[must_use]
    pub const fn ping() -> Self {
        Self {
            payload: Bytes::new(),
            kind: FrameKind::Ping,
            class: FrameClass::Durable,
            about: None,
        }
    }

    /// Creates a pong that answers a ping.
    #[must_use]
    pub const fn pong(payload: Bytes) -> Self {
        Self {
            payload,
            kind: FrameKind::Pong,
            class: FrameClass::Durable,
            about: None,
        }
    }

    pub(crate) fn event(payload: Bytes, about: About) -> Self {
        Self {
            about: Some(Box::new(about)),
            ..Self::durable(payload)
        }
    }

    pub(crate) fn about(&self) -> Option<&About> {
        self.about.as_deref()
    }

    pub(crate) fn is_shadowed(&self) -> bool {
        self.about.as_ref().is_some_and(|a| a.shadowed)
    }

    /// Returns this frame, or its replacement if the user does not see the message.
    pub(crate) fn for_reader<'a>(
        self: &'a Arc<Self>,
        user: &UserId,
        hides: Option<&Hides>,
    ) -> &'a Arc<Self> {
        match &self.about {
            Some(about) if !about.is_for(user, hides) => about.instead(),
            _ => self,
        }
    }

    /// Returns the payload.
    #[must_use]
    pub const fn payload(&self) -> &Bytes {
        &self.payload
    }

    /// Returns the kind.
    #[must_use]
    pub const fn kind(&self) -> FrameKind {
        self.kind
    }

    /// Returns the class.
    #[must_use]
    pub const fn class(&self) -> FrameClass {
        self.class
    }
}
