use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::view::{Hides, is_seen};
use crate::protocol::Event;
use crate::{RoomId, UserId};

/// What kind of WebSocket frame it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// A text frame; the payload is UTF-8.
    Text,
    /// A binary frame.
    Binary,
    /// A ping.
    Ping,
    /// A pong.
    Pong,
}

/// What may happen to a frame in a full outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameClass {
    /// It is delivered, or the connection is closed so that its client resumes.
    Durable,
    /// It may be dropped for a slow client: typing, presence, receipts.
    Ephemeral,
}

/// Whose message an event is about, for those who are not to see it.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) room: RoomId,
    pub(crate) rev: u64,
    pub(crate) seq: u64,
    pub(crate) sender: Option<UserId>,
    /// Whether only the sender is to see it.
    pub(crate) shadowed: bool,
    /// What the others get in its place, once somebody does.
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

/// An outbound frame, encoded once and shared by every outbox that it goes to.
#[derive(Debug)]
pub struct Frame {
    payload: Bytes,
    kind: FrameKind,
    class: FrameClass,
    about: Option<Box<About>>,
}

impl Frame {
    /// A text frame that must arrive. `payload` is UTF-8.
    #[must_use]
    pub const fn durable(payload: Bytes) -> Self {
        Self {
            payload,
            kind: FrameKind::Text,
            class: FrameClass::Durable,
            about: None,
        }
    }

    /// A text frame that may be dropped. `payload` is UTF-8.
    #[must_use]
    pub const fn ephemeral(payload: Bytes) -> Self {
        Self {
            payload,
            kind: FrameKind::Text,
            class: FrameClass::Ephemeral,
            about: None,
        }
    }

    /// A binary frame that must arrive. `chat.v1` has none.
    #[must_use]
    pub const fn binary(payload: Bytes) -> Self {
        Self {
            payload,
            kind: FrameKind::Binary,
            class: FrameClass::Durable,
            about: None,
        }
    }

    /// A ping without payload.
    #[must_use]
    pub const fn ping() -> Self {
        Self {
            payload: Bytes::new(),
            kind: FrameKind::Ping,
            class: FrameClass::Durable,
            about: None,
        }
    }

    /// The pong that answers a ping.
    #[must_use]
    pub const fn pong(payload: Bytes) -> Self {
        Self {
            payload,
            kind: FrameKind::Pong,
            class: FrameClass::Durable,
            about: None,
        }
    }

    /// The event of a message, which not everybody may see.
    pub(crate) fn event(payload: Bytes, about: About) -> Self {
        Self {
            about: Some(Box::new(about)),
            ..Self::durable(payload)
        }
    }

    pub(crate) fn about(&self) -> Option<&About> {
        self.about.as_deref()
    }

    /// Whether only the sender of the message is to see it.
    pub(crate) fn is_shadowed(&self) -> bool {
        self.about.as_ref().is_some_and(|a| a.shadowed)
    }

    /// This frame, or what the user gets in its place.
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

    /// What it carries.
    #[must_use]
    pub const fn payload(&self) -> &Bytes {
        &self.payload
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> FrameKind {
        self.kind
    }

    /// Its class.
    #[must_use]
    pub const fn class(&self) -> FrameClass {
        self.class
    }
}
