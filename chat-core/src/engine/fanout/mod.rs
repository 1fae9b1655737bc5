//! Delivery of events to the connections of this node and, by hints, to those of other nodes.
//!
//! Each method acts on this node at once and then sends the hint; [`apply`](Fanout::apply) acts on
//! the hints of other nodes.

mod activity;
mod apply;

use std::sync::Arc;

use bytes::Bytes;

pub(crate) use activity::Activity;

use super::cluster::{Cluster, Hint, log_tag};
use super::feed::RoomEvent;
use super::outbound::{Closing, Frame};
use super::rooms::{ActiveRoom, Audience, Link, Op, Rooms};
use super::users::Hub;
use crate::backend::Topic;
use crate::protocol::{CloseCode, Event};
use crate::{RoomId, UserId};

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Fanout {
    cluster: Arc<Cluster>,
    hub: Arc<Hub>,
    rooms: Arc<Rooms>,
    activity: Arc<Activity>,
}

impl Fanout {
    pub(crate) fn new(
        cluster: &Arc<Cluster>,
        hub: &Arc<Hub>,
        rooms: &Arc<Rooms>,
        activity: &Arc<Activity>,
    ) -> Arc<Self> {
        Arc::new(Self {
            cluster: Arc::clone(cluster),
            hub: Arc::clone(hub),
            rooms: Arc::clone(rooms),
            activity: Arc::clone(activity),
        })
    }

    /// Delivers events that this node stored, and reports activity to members who have not joined.
    pub(crate) async fn deliver(&self, room: &Arc<ActiveRoom>, events: Vec<Arc<RoomEvent>>) {
        let log = log_tag(room.epoch);
        let hints: Vec<_> = events
            .iter()
            .map(|event| Hint::Event {
                room: room.id.clone(),
                log,
                rev: event.rev,
                seq: event.seq,
                sender: event.sender.clone(),
                shadowed: event.shadowed,
                payload: event.frame.payload().clone(),
            })
            .collect();
        let head = events.last().map(|event| event.rev);
        room.submit(events.into_iter().map(Op::event));
        // If the read fails, the room's topic still reaches all joined connections.
        let audience = self.rooms.audience(room).await.unwrap_or(Audience::Room);
        let topics: Arc<[Topic]> = match &audience {
            Audience::Room => [Topic::Room(room.id.clone())].into(),
            Audience::Members(users) => users.iter().cloned().map(Topic::User).collect(),
        };
        self.cluster.send_all(&topics, hints.into_iter());
        if let (Audience::Members(users), Some(head)) = (&audience, head) {
            for user in users.iter() {
                self.activity.note(user, &room.id, head);
            }
        }
    }

    /// Sends an ephemeral event to everyone who has joined, except users who blocked `from`. With
    /// `echo`, the connections of `from` get it, too.
    pub(crate) fn broadcast(
        &self,
        room: &Arc<ActiveRoom>,
        event: &Event<'_>,
        from: Option<&UserId>,
        echo: bool,
    ) {
        let payload = event.encode();
        let hint = Hint::Ephemeral {
            room: room.id.clone(),
            from: from.cloned(),
            echo,
            payload: payload.clone(),
        };
        self.send_to_room(&room.id, &hint);
        room.submit([Op::Ephemeral {
            frame: Arc::new(Frame::ephemeral(payload)),
            from: from.cloned(),
            echo,
        }]);
    }

    /// Sends an event to all connections of these users.
    pub(crate) fn send_direct(&self, users: &[UserId], event: &Event<'_>, ephemeral: bool) {
        if users.is_empty() {
            return;
        }
        let payload = event.encode();
        let hint = Hint::Direct {
            ephemeral,
            payload: payload.clone(),
        };
        self.cluster.send(topics_of(users), &hint);
        let frame = direct(payload, ephemeral);
        for user in users {
            self.hub.push(user, &frame);
        }
    }

    /// Tells all connections of these users that a room is gone.
    pub(crate) fn send_gone(&self, room: &RoomId, users: &[UserId], event: &Event<'_>) {
        if users.is_empty() {
            return;
        }
        let payload = event.encode();
        let hint = Hint::Gone {
            room: room.clone(),
            payload: payload.clone(),
        };
        self.cluster.send(topics_of(users), &hint);
        let frame = direct(payload, false);
        for user in users {
            self.push_gone(room, user, &frame);
        }
    }

    /// Resumes activity reports to a user who read further, on connections that have not joined.
    pub(crate) fn read_further(&self, room: &RoomId, user: &UserId, head: u64) {
        self.activity.note(user, room, head);
        let room = room.clone();
        self.send_to_user(user, &Hint::Activity { room, head });
    }

    /// Drops the cached membership of a user.
    pub(crate) fn member_changed(&self, room: &RoomId, user: &UserId) {
        self.forget_member(room, user);
        let hint = Hint::MemberChanged {
            room: room.clone(),
            user: user.clone(),
        };
        self.send_to_room(room, &hint);
    }

    /// Cuts off a user who is no longer a member.
    pub(crate) fn member_removed(&self, room: &RoomId, user: &UserId, reason: &str) {
        self.cut_off(room, user, reason);
        // The user's topic reaches their connections, the room's topic the nodes that cache it.
        let topics = [Topic::User(user.clone()), Topic::Room(room.clone())];
        self.cluster.send(topics, &removed(room, user, reason));
    }

    /// Cuts off joined connections of a user who is not a member, after a removal that stopped
    /// half-way. Other connections get nothing, so that the room stays hidden.
    pub(crate) fn not_a_member(&self, room: &RoomId, user: &UserId, reason: &str) {
        self.cut_off_joined(room, user, reason);
        self.send_to_room(room, &removed(room, user, reason));
    }

    /// Drops the cached state of a room.
    pub(crate) fn room_changed(&self, room: &RoomId) {
        self.forget_room(room);
        let hint = Hint::RoomChanged { room: room.clone() };
        self.send_to_room(room, &hint);
    }

    /// Reports this node's share of a room's users.
    pub(crate) fn report_occupancy(&self, room: &RoomId, online: u64) {
        let hint = Hint::Occupancy {
            room: room.clone(),
            online,
        };
        self.send_to_room(room, &hint);
    }

    /// Removes every connection from a deleted room.
    pub(crate) fn room_deleted(&self, room: &RoomId) {
        self.evict_all(room);
        let hint = Hint::RoomDeleted { room: room.clone() };
        self.send_to_room(room, &hint);
    }

    /// Reports changed settings of a user to the other nodes. `others` are included because their
    /// nodes send to this user.
    pub(crate) fn user_changed(&self, user: &UserId, others: &[UserId]) {
        let topics = std::iter::once(user).chain(others).cloned();
        let topics: Arc<[Topic]> = topics.map(Topic::User).collect();
        let hint = Hint::UserChanged { user: user.clone() };
        self.cluster.send(topics, &hint);
    }

    /// Reports a changed visibility filter of a user to the other nodes.
    pub(crate) fn view_changed(&self, room: &RoomId, user: &UserId) {
        let hint = Hint::ViewChanged {
            room: room.clone(),
            user: user.clone(),
        };
        self.send_to_user(user, &hint);
    }

    /// Closes all connections of a user.
    pub(crate) fn disconnect(&self, user: &UserId, reason: &str) {
        self.disconnect_here(user, reason);
        let hint = Hint::Disconnect {
            user: user.clone(),
            reason: reason.to_owned(),
        };
        self.send_to_user(user, &hint);
    }

    /// Removes a user's connections on this node from a room, and notifies all of them.
    pub(crate) fn cut_off(&self, room: &RoomId, user: &UserId, reason: &str) {
        self.forget_member(room, user);
        self.activity.forget(user, room);
        let removed = removed_frame(room, reason);
        for link in self.hub.links(user) {
            if !unjoin(&link, room, &removed) {
                link.push(&removed);
            }
        }
    }

    /// Like [`cut_off`](Self::cut_off), but notifies only the connections that had joined.
    fn cut_off_joined(&self, room: &RoomId, user: &UserId, reason: &str) {
        self.forget_member(room, user);
        let removed = removed_frame(room, reason);
        for link in self.hub.links(user) {
            unjoin(&link, room, &removed);
        }
    }

    /// Removes a user's connections, joining ones included, from a room that is gone.
    fn push_gone(&self, room: &RoomId, user: &UserId, frame: &Arc<Frame>) {
        self.forget_member(room, user);
        self.activity.forget(user, room);
        for link in self.hub.links(user) {
            if !unjoin(&link, room, frame) {
                link.push(frame);
            }
        }
    }

    fn evict_all(&self, room: &RoomId) {
        let Some(active) = self.rooms.get(room) else {
            return;
        };
        active.cache.forget_all();
        let removed = removed_frame(room, "deleted");
        for link in active.retire() {
            self.activity.forget(&link.user_id, room);
            unjoin(&link, room, &removed);
        }
        self.rooms.forget(room);
    }

    fn disconnect_here(&self, user: &UserId, reason: &str) {
        for link in self.hub.links(user) {
            link.close(Closing::new(CloseCode::Ended, reason.to_owned()));
        }
    }

    fn forget_member(&self, room: &RoomId, user: &UserId) {
        if let Some(active) = self.rooms.get(room) {
            active.cache.forget_member(user);
        }
    }

    fn forget_room(&self, room: &RoomId) {
        if let Some(active) = self.rooms.get(room) {
            active.cache.forget_all();
        }
    }

    fn send_to_room(&self, room: &RoomId, hint: &Hint) {
        self.cluster.send([Topic::Room(room.clone())], hint);
    }

    fn send_to_user(&self, user: &UserId, hint: &Hint) {
        self.cluster.send([Topic::User(user.clone())], hint);
    }
}

fn topics_of(users: &[UserId]) -> Arc<[Topic]> {
    users.iter().cloned().map(Topic::User).collect()
}

fn direct(payload: Bytes, ephemeral: bool) -> Arc<Frame> {
    Arc::new(if ephemeral {
        Frame::ephemeral(payload)
    } else {
        Frame::durable(payload)
    })
}

fn removed(room: &RoomId, user: &UserId, reason: &str) -> Hint {
    Hint::MemberRemoved {
        room: room.clone(),
        user: user.clone(),
        reason: reason.to_owned(),
    }
}

fn removed_frame(room: &RoomId, reason: &str) -> Arc<Frame> {
    let event = Event::RoomRemoved {
        room_id: room,
        reason,
    };
    event.frame()
}

/// Removes a connection from a room if it had joined, with `last` as its last frame.
fn unjoin(link: &Arc<Link>, room: &RoomId, last: &Arc<Frame>) -> bool {
    let Some(active) = link.remove_joined(room) else {
        return false;
    };
    active.submit([Op::Leave {
        link: Arc::clone(link),
        last: Some(Arc::clone(last)),
        reply: None,
    }]);
    true
}
