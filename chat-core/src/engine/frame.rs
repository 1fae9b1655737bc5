use bytes::Bytes;

/// What kind of WebSocket frame it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// A text frame; the payload is UTF-8.
    Text,
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

/// An outbound frame, encoded once and shared by every outbox that it goes to.
#[derive(Debug)]
pub struct Frame {
    payload: Bytes,
    kind: FrameKind,
    class: FrameClass,
}

impl Frame {
    /// A text frame that must arrive. `payload` is UTF-8.
    #[must_use]
    pub const fn durable(payload: Bytes) -> Self {
        Self {
            payload,
            kind: FrameKind::Text,
            class: FrameClass::Durable,
        }
    }

    /// A text frame that may be dropped. `payload` is UTF-8.
    #[must_use]
    pub const fn ephemeral(payload: Bytes) -> Self {
        Self {
            payload,
            kind: FrameKind::Text,
            class: FrameClass::Ephemeral,
        }
    }

    /// A ping without payload.
    #[must_use]
    pub const fn ping() -> Self {
        Self {
            payload: Bytes::new(),
            kind: FrameKind::Ping,
            class: FrameClass::Durable,
        }
    }

    /// The pong that answers a ping.
    #[must_use]
    pub const fn pong(payload: Bytes) -> Self {
        Self {
            payload,
            kind: FrameKind::Pong,
            class: FrameClass::Durable,
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
