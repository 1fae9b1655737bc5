//! Fan-out between nodes: publishes hints, and applies those that arrive.

use std::sync::{Arc, Weak};

use bytes::Bytes;
use futures::StreamExt;

use super::cache::Audience;
use super::frame::About;
use super::hint::{self, Hint, HintKind, log_tag};
use super::link::Link;
use super::outbox::Closing;
use super::room::{Op, Room};
use super::{Frame, Inner};
use crate::backend::{Arrival, Arrivals, Publication, Topic};
use crate::protocol::{CloseCode, Event};
use crate::{RoomId, UserId};

impl Inner {
    fn hint(&self, kind: HintKind, room: &RoomId, user: Option<&UserId>, payload: Bytes) -> Bytes {
        self.hint_of_log(kind, 0, room, user, payload)
    }

    fn hint_of_log(
        &self,
        kind: HintKind,
        log: u64,
        room: &RoomId,
        user: Option<&UserId>,
        payload: Bytes,
    ) -> Bytes {
        Hint {
            kind,
            origin: self.node_id,
            log,
            room: Some(room.clone()),
            user: user.cloned(),
            payload,
        }
        .encode()
    }

    fn publish(&self, topics: impl Into<Arc<[Topic]>>, payload: Bytes) {
        let topics = topics.into();
        self.publisher.publish(Publication { topics, payload });
    }

    /// Publishes events that this node stored, and notifies local members who have not joined.
    pub(crate) async fn publish_events(
        self: &Arc<Self>,
        room: &Room,
        events: &[(u64, Arc<Frame>)],
    ) {
        // If the read fails, the room's topic still reaches all joined connections.
        let audience = self.audience(room).await.unwrap_or(Audience::Room);
        let topics: Arc<[Topic]> = match &audience {
            Audience::Room => [Topic::Room(room.id.clone())].into(),
            Audience::Members(users) => users.iter().cloned().map(Topic::User).collect(),
        };
        let log = log_tag(room.epoch);
        let hints = events.iter().map(|(rev, frame)| {
            let about = frame.about();
            let kind = HintKind::Event {
                rev: *rev,
                seq: about.map_or(*rev, |a| a.seq),
                shadowed: frame.is_shadowed(),
            };
            let sender = about.and_then(|a| a.sender.as_ref());
            self.hint_of_log(kind, log, &room.id, sender, frame.payload().clone())
        });
        for payload in hint::pack(hints.collect()) {
            self.publish(Arc::clone(&topics), payload);
        }
        if let (Audience::Members(users), Some((head, _))) = (&audience, events.last()) {
            for user in users.iter() {
                self.note_activity(user, &room.id, *head);
            }
        }
    }

    /// Sends an ephemeral event to everyone who has joined, except users who blocked `from`. With
    /// `echo`, the connections of `from` get it, too.
    pub(crate) fn broadcast(
        &self,
        room: &Arc<Room>,
        event: &Event<'_>,
        from: Option<&UserId>,
        echo: bool,
    ) {
        let payload = event.encode();
        let kind = HintKind::Ephemeral { echo };
        let hint = self.hint(kind, &room.id, from, payload.clone());
        self.publish([Topic::Room(room.id.clone())], hint);
        room.submit([Op::Ephemeral {
            frame: Arc::new(Frame::ephemeral(payload)),
            from: from.cloned(),
            echo,
        }]);
    }

    /// Sends an event to all connections of these users, on all nodes.
    pub(crate) fn send_direct(&self, users: &[UserId], event: &Event<'_>, ephemeral: bool) {
        if users.is_empty() {
            return;
        }
        let payload = event.encode();
        let hint = Hint {
            kind: HintKind::Direct { ephemeral },
            origin: self.node_id,
            log: 0,
            room: None,
            user: None,
            payload: payload.clone(),
        };
        let topics: Arc<[Topic]> = users.iter().cloned().map(Topic::User).collect();
        self.publish(topics, hint.encode());
        let frame = direct(payload, ephemeral);
        for user in users {
            self.hub.push(user, &frame);
        }
    }

    /// Tells all connections of these users on all nodes that a room is gone.
    pub(crate) fn send_gone(&self, room: &RoomId, users: &[UserId], event: &Event<'_>) {
        if users.is_empty() {
            return;
        }
        let payload = event.encode();
        let kind = HintKind::Direct { ephemeral: false };
        let hint = self.hint(kind, room, None, payload.clone());
        let topics: Arc<[Topic]> = users.iter().cloned().map(Topic::User).collect();
        self.publish(topics, hint);
        let frame = direct(payload, false);
        for user in users {
            self.push_gone(room, user, &frame);
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

    /// Resumes activity notices for a user who read further, on connections that have not joined.
    pub(crate) fn read_further(&self, room: &RoomId, user: &UserId, head: u64) {
        self.note_activity(user, room, head);
        let hint = self.hint(HintKind::Activity { head }, room, None, Bytes::new());
        self.publish([Topic::User(user.clone())], hint);
    }

    /// Drops the cached membership of a user on all nodes.
    pub(crate) fn member_changed(&self, room: &RoomId, user: &UserId) {
        self.forget_member(room, user);
        let hint = self.hint(HintKind::MemberChanged, room, Some(user), Bytes::new());
        self.publish([Topic::Room(room.clone())], hint);
    }

    /// Cuts off a user who is no longer a member, on all nodes.
    pub(crate) fn member_removed(&self, room: &RoomId, user: &UserId, reason: &'static str) {
        self.cut_off(room, user, reason);
        let payload = Bytes::from_static(reason.as_bytes());
        let hint = self.hint(HintKind::MemberRemoved, room, Some(user), payload);
        // The user's topic reaches their connections, the room's topic the nodes that cache it.
        let topics = [Topic::User(user.clone()), Topic::Room(room.clone())];
        self.publish(topics, hint);
    }

    /// Cuts off joined connections of a user who is not a member, after a removal that stopped
    /// half-way. Other connections get nothing, so that the room stays hidden.
    pub(crate) fn not_a_member(&self, room: &RoomId, user: &UserId, reason: &'static str) {
        self.cut_off_joined(room, user, reason);
        let payload = Bytes::from_static(reason.as_bytes());
        let hint = self.hint(HintKind::MemberRemoved, room, Some(user), payload);
        self.publish([Topic::Room(room.clone())], hint);
    }

    /// Drops the cached state of a room on all nodes.
    pub(crate) fn room_changed(&self, room: &RoomId) {
        if let Some(active) = self.active.get(room) {
            active.cache.forget_all();
        }
        let hint = self.hint(HintKind::RoomChanged, room, None, Bytes::new());
        self.publish([Topic::Room(room.clone())], hint);
    }

    pub(crate) fn publish_occupancy(&self, room: &RoomId, online: u64) {
        let hint = self.hint(HintKind::Occupancy { online }, room, None, Bytes::new());
        self.publish([Topic::Room(room.clone())], hint);
    }

    /// Removes every connection from a deleted room, on all nodes.
    pub(crate) fn room_deleted(&self, room: &RoomId) {
        self.evict_all(room);
        let hint = self.hint(HintKind::RoomDeleted, room, None, Bytes::new());
        self.publish([Topic::Room(room.clone())], hint);
    }

    /// Refreshes the visibility filters of a user's connections on all nodes. `others` are
    /// notified, too, because their nodes send to this user.
    pub(crate) async fn user_changed(self: &Arc<Self>, user: &UserId, others: &[UserId]) {
        let topics = std::iter::once(user).chain(others).cloned();
        self.publish_user_changed(user, None, topics.map(Topic::User).collect());
        self.look_anew(user).await;
    }

    /// Refreshes a user's visibility filter in one room, on all nodes.
    pub(crate) async fn hides_changed(&self, room: &Arc<Room>, user: &UserId) {
        let topics = [Topic::User(user.clone())].into();
        self.publish_user_changed(user, Some(&room.id), topics);
        self.look_anew_at(room, user).await;
    }

    fn publish_user_changed(&self, user: &UserId, room: Option<&RoomId>, topics: Arc<[Topic]>) {
        let hint = Hint {
            kind: HintKind::UserChanged,
            origin: self.node_id,
            log: 0,
            room: room.cloned(),
            user: Some(user.clone()),
            payload: Bytes::new(),
        };
        self.publish(topics, hint.encode());
    }

    pub(crate) fn disconnect_user(&self, user: &UserId, reason: &str) {
        self.disconnect_here(user, reason);
        let hint = Hint {
            kind: HintKind::Disconnect,
            origin: self.node_id,
            log: 0,
            room: None,
            user: Some(user.clone()),
            payload: Bytes::copy_from_slice(reason.as_bytes()),
        };
        self.publish([Topic::User(user.clone())], hint.encode());
    }

    fn disconnect_here(&self, user: &UserId, reason: &str) {
        for link in self.hub.links(user) {
            link.close(Closing::new(CloseCode::Ended, reason.to_owned()));
        }
    }

    fn forget_member(&self, room: &RoomId, user: &UserId) {
        if let Some(active) = self.active.get(room) {
            active.cache.forget_member(user);
        }
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

    fn evict_all(&self, room: &RoomId) {
        let Some(active) = self.active.get(room) else {
            return;
        };
        active.cache.forget_all();
        let removed = removed_frame(room, "deleted");
        for link in active.retire() {
            self.activity.forget(&link.user_id, room);
            unjoin(&link, room, &removed);
        }
        self.active.forget(room);
    }

    /// Applies arrivals from the broker until the engine is gone.
    pub(crate) async fn listen(engine: Weak<Self>, mut arrivals: Arrivals) {
        while let Some(arrival) = arrivals.next().await {
            let Some(engine) = engine.upgrade() else {
                return;
            };
            match arrival {
                Arrival::Payload { topic, payload } => {
                    for hint in hint::unpack(payload) {
                        engine.arrived(&topic, hint);
                    }
                }
                Arrival::Lost => engine.set_degraded(true),
                Arrival::Interrupted => {
                    metrics::counter!("chat_broker_interruptions_total").increment(1);
                    tracing::warn!("broker interrupted; comparing heads");
                    engine.set_degraded(false);
                    engine.compare.notify_one();
                }
            }
        }
    }

    fn arrived(self: &Arc<Self>, topic: &Topic, hint: Bytes) {
        let Some(hint) = Hint::decode(hint) else {
            metrics::counter!("chat_hints_malformed_total").increment(1);
            return;
        };
        // This node has already applied its own hints.
        if hint.origin == self.node_id {
            return;
        }
        metrics::counter!("chat_hints_received_total").increment(1);
        match (hint.kind, &hint.room, &hint.user) {
            (HintKind::Event { rev, seq, shadowed }, Some(room), sender) => {
                if let Some(active) = self.active.get(room)
                    && log_tag(active.epoch) == hint.log
                    && rev > active.delivered()
                {
                    let about = About::new(room.clone(), rev, seq, sender.clone(), shadowed);
                    let frame = Arc::new(Frame::event(hint.payload, about));
                    active.submit([Op::Event { rev, frame }]);
                }
                if let Topic::User(user) = topic {
                    self.note_activity(user, room, rev);
                }
            }
            (HintKind::Activity { head }, Some(room), _) => {
                if let Topic::User(user) = topic {
                    self.note_activity(user, room, head);
                }
            }
            (HintKind::Ephemeral { echo }, Some(room), from) => {
                if let Some(active) = self.active.get(room) {
                    active.submit([Op::Ephemeral {
                        frame: Arc::new(Frame::ephemeral(hint.payload)),
                        from: from.clone(),
                        echo,
                    }]);
                }
            }
            (HintKind::Direct { ephemeral }, room, _) => {
                if let Topic::User(user) = topic {
                    let frame = direct(hint.payload, ephemeral);
                    match room {
                        Some(room) => self.push_gone(room, user, &frame),
                        None => self.hub.push(user, &frame),
                    }
                }
            }
            (HintKind::MemberChanged, Some(room), Some(user)) => self.forget_member(room, user),
            (HintKind::MemberRemoved, Some(room), Some(user)) => {
                let reason = std::str::from_utf8(&hint.payload).unwrap_or("removed");
                // Both topics carry this hint. Only the user's also notifies unjoined connections.
                match topic {
                    Topic::User(_) => self.cut_off(room, user, reason),
                    Topic::Room(_) => self.cut_off_joined(room, user, reason),
                }
            }
            (HintKind::RoomChanged, Some(room), _) => {
                if let Some(active) = self.active.get(room) {
                    active.cache.forget_all();
                }
            }
            (HintKind::Occupancy { online }, Some(room), _) => {
                if let Some(active) = self.active.get(room) {
                    active.occupancy.note(hint.origin, online);
                }
            }
            (HintKind::UserChanged, None, Some(user)) => {
                let (engine, user) = (Arc::clone(self), user.clone());
                tokio::spawn(async move { engine.look_anew(&user).await });
            }
            (HintKind::UserChanged, Some(room), Some(user)) => {
                if let Some(room) = self.active.get(room) {
                    let (engine, user) = (Arc::clone(self), user.clone());
                    tokio::spawn(async move { engine.look_anew_at(&room, &user).await });
                }
            }
            (HintKind::RoomDeleted, Some(room), _) => self.evict_all(room),
            (HintKind::Disconnect, _, Some(user)) => {
                let reason = std::str::from_utf8(&hint.payload).unwrap_or_default();
                self.disconnect_here(user, reason);
            }
            _ => metrics::counter!("chat_hints_malformed_total").increment(1),
        }
    }
}

fn direct(payload: Bytes, ephemeral: bool) -> Arc<Frame> {
    Arc::new(if ephemeral {
        Frame::ephemeral(payload)
    } else {
        Frame::durable(payload)
    })
}

fn removed_frame(room: &RoomId, reason: &str) -> Arc<Frame> {
    let event = Event::RoomRemoved {
        room_id: room,
        reason,
    };
    Arc::new(Frame::durable(event.encode()))
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
