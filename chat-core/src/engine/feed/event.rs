use std::sync::{Arc, OnceLock};

use super::VisibilityFilter;
use super::visibility::is_seen;
use crate::engine::outbound::Frame;
use crate::protocol::Event;
use crate::{RoomId, UserId};

/// An event of a room's log: its position, the message it is about, and its frame.
#[derive(Debug)]
pub(crate) struct RoomEvent {
    pub(crate) room: RoomId,
    pub(crate) rev: u64,
    /// The `seq` of its message.
    pub(crate) seq: u64,
    pub(crate) sender: Option<UserId>,
    /// `true` if only the sender sees the message.
    pub(crate) shadowed: bool,
    pub(crate) frame: Arc<Frame>,
    /// The replacement for readers who do not see the message, created on demand.
    instead: OnceLock<Arc<Frame>>,
}

impl RoomEvent {
    pub(crate) const fn new(
        room: RoomId,
        (rev, seq): (u64, u64),
        sender: Option<UserId>,
        shadowed: bool,
        frame: Arc<Frame>,
    ) -> Self {
        Self {
            room,
            rev,
            seq,
            sender,
            shadowed,
            frame,
            instead: OnceLock::new(),
        }
    }

    /// Returns the frame for a reader: its own, or the replacement if they do not see the message.
    pub(crate) fn frame_for(
        &self,
        reader: &UserId,
        filter: Option<&VisibilityFilter>,
    ) -> &Arc<Frame> {
        if is_seen(
            reader,
            filter,
            self.sender.as_ref(),
            self.seq,
            self.shadowed,
        ) {
            return &self.frame;
        }
        self.instead.get_or_init(|| {
            let event = Event::MessageHidden {
                room_id: &self.room,
                rev: Some(self.rev),
                message_id: None,
                seq: None,
            };
            event.frame()
        })
    }
}
