use std::sync::Arc;

use super::{Fanout, direct};
use crate::NodeId;
use crate::backend::Topic;
use crate::engine::cluster::{Hint, log_tag};
use crate::engine::feed::RoomEvent;
use crate::engine::outbound::Frame;
use crate::engine::rooms::Op;

impl Fanout {
    /// Acts on a hint of another node. Changes of settings and views are returned: they take a read
    /// of the store.
    pub(crate) fn apply(&self, topic: &Topic, origin: NodeId, hint: Hint) -> Option<Hint> {
        match hint {
            Hint::Event {
                room,
                log,
                rev,
                seq,
                sender,
                shadowed,
                payload,
            } => {
                if let Topic::User(user) = topic {
                    self.activity.note(user, &room, rev);
                }
                if let Some(active) = self.rooms.get(&room)
                    && log_tag(active.epoch) == log
                    && rev > active.delivered()
                {
                    let frame = Arc::new(Frame::durable(payload));
                    let event = RoomEvent::new(room, (rev, seq), sender, shadowed, frame);
                    active.submit([Op::event(Arc::new(event))]);
                }
            }
            Hint::Activity { room, head } => {
                if let Topic::User(user) = topic {
                    self.activity.note(user, &room, head);
                }
            }
            Hint::Ephemeral {
                room,
                from,
                echo,
                payload,
            } => {
                if let Some(active) = self.rooms.get(&room) {
                    let frame = Arc::new(Frame::ephemeral(payload));
                    active.submit([Op::Ephemeral { frame, from, echo }]);
                }
            }
            Hint::Direct { ephemeral, payload } => {
                if let Topic::User(user) = topic {
                    self.hub.push(user, &direct(payload, ephemeral));
                }
            }
            Hint::Gone { room, payload } => {
                if let Topic::User(user) = topic {
                    self.push_gone(&room, user, &direct(payload, false));
                }
            }
            Hint::MemberChanged { room, user } => self.forget_member(&room, &user),
            // Both topics carry this hint. Only the user's also notifies unjoined connections.
            Hint::MemberRemoved { room, user, reason } => match topic {
                Topic::User(_) => self.cut_off(&room, &user, &reason),
                Topic::Room(_) => self.cut_off_joined(&room, &user, &reason),
            },
            Hint::RoomChanged { room } => self.forget_room(&room),
            Hint::RoomDeleted { room } => self.evict_all(&room),
            Hint::Occupancy { room, online } => {
                if let Some(active) = self.rooms.get(&room) {
                    active.occupancy.note(origin, online);
                }
            }
            Hint::Disconnect { user, reason } => self.disconnect_here(&user, &reason),
            Hint::UserChanged { .. } | Hint::ViewChanged { .. } => return Some(hint),
        }
        None
    }
}
