use std::sync::Arc;

use bytes::Bytes;

use crate::protocol::Event;

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

/// An outbound frame, encoded once and shared by all outboxes.
#[derive(Debug)]
pub struct Frame {
    payload: Bytes,
    kind: FrameKind,
    class: FrameClass,
}

impl Frame {
    /// Creates a durable text frame. `payload` must be UTF-8.
    #[must_use]
    pub const fn durable(payload: Bytes) -> Self {
        Self {
            payload,
            kind: FrameKind::Text,
            class: FrameClass::Durable,
        }
    }

    /// Creates an ephemeral text frame. `payload` must be UTF-8.
    #[must_use]
    pub const fn ephemeral(payload: Bytes) -> Self {
        Self {
            payload,
            kind: FrameKind::Text,
            class: FrameClass::Ephemeral,
        }
    }

    /// Creates a durable binary frame. `chat.v1` has none.
    #[must_use]
    pub const fn binary(payload: Bytes) -> Self {
        Self {
            payload,
            kind: FrameKind::Binary,
            class: FrameClass::Durable,
        }
    }

    /// Creates a ping without payload.
    #[must_use]
    pub const fn ping() -> Self {
        Self {
            payload: Bytes::new(),
            kind: FrameKind::Ping,
            class: FrameClass::Durable,
        }
    }

    /// Creates a pong that answers a ping.
    #[must_use]
    pub const fn pong(payload: Bytes) -> Self {
        Self {
            payload,
            kind: FrameKind::Pong,
            class: FrameClass::Durable,
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

impl Event<'_> {
    /// Encodes the event as a durable frame.
    pub(crate) fn frame(&self) -> Arc<Frame> {
        Arc::new(Frame::durable(self.encode()))
    }

    /// Encodes the event as a frame that may be dropped for a slow client.
    pub(crate) fn ephemeral_frame(&self) -> Arc<Frame> {
        Arc::new(Frame::ephemeral(self.encode()))
    }
}
