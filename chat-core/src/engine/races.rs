//! Concurrency tests under many thread schedules. `shuttle::replay` repeats the schedule of a
//! failure.

#![allow(clippy::unwrap_used)]

mod caches;
mod schedules;

use std::future::poll_fn;
use std::sync::{Arc, Weak};

use bytes::Bytes;
use shuttle::future::block_on;
use shuttle::thread;
use tokio::sync::oneshot;

pub(super) use schedules::check;

use super::Config;
use super::cluster::Subscriptions;
use super::feed::RoomEvent;
use super::outbound::{Closing, Frame, OutboxLimits, Outgoing};
use super::rooms::{ActiveRoom, JoinReply, Link, Op};
use crate::backend::Topic;
use crate::model::LogHead;
use crate::protocol::CloseCode;
use crate::{Epoch, RoomId, UserId};

fn link(name: &str) -> Arc<Link> {
    let limits = OutboxLimits::new(1 << 20, 1_000);
    Arc::new(Link::new(UserId::new(name).unwrap(), None, limits))
}

fn frame(number: u64) -> Arc<Frame> {
    Arc::new(Frame::durable(Bytes::from(number.to_string())))
}

fn event(rev: u64) -> Arc<RoomEvent> {
    let room = RoomId::new("room").unwrap();
    Arc::new(RoomEvent::new(room, (rev, rev), None, false, frame(rev)))
}

fn room() -> Arc<ActiveRoom> {
    let id = RoomId::new("room").unwrap();
    let log = LogHead {
        room_id: id.clone(),
        epoch: Epoch::random(),
        head: 0,
        last_activity: None,
    };
    let topic = Subscriptions::new().detached(Topic::Room(id));
    Arc::new(ActiveRoom::new(log, &Config::default(), Weak::new(), topic))
}

/// Takes a link's frames until it closes, as the connection's task does.
fn drain(link: &Link) -> Vec<String> {
    let mut frames = Vec::new();
    block_on(async {
        while let Outgoing::Frames(batch) = poll_fn(|cx| link.outbox.poll_next(cx)).await {
            let texts = batch.iter().map(|f| f.payload().to_vec());
            frames.extend(texts.map(|text| String::from_utf8(text).unwrap()));
        }
    });
    frames
}

/// The connection's task wakes for every push and the close, and keeps each sender's order.
#[test]
fn an_outbox_loses_no_wakeup() {
    check(|| {
        let link = link("alice");
        let senders: Vec<_> = (0..2)
            .map(|sender| {
                let link = Arc::clone(&link);
                thread::spawn(move || {
                    (0..3).for_each(|n| link.push(&frame(10 * sender + n)));
                })
            })
            .collect();
        let closer = {
            let link = Arc::clone(&link);
            thread::spawn(move || {
                senders.into_iter().for_each(|s| s.join().unwrap());
                link.close(Closing::new(CloseCode::Normal, ""));
            })
        };
        let frames = drain(&link);
        closer.join().unwrap();
        for sender in ["", "1"] {
            let own = frames
                .iter()
                .filter(|f| f.len() == sender.len() + 1 && f.starts_with(sender));
            let own: Vec<_> = own.cloned().collect();
            assert_eq!(own, ["0", "1", "2"].map(|n| format!("{sender}{n}")));
        }
    });
}

/// Threads drain the inbox one at a time and in order, and leave nothing in it: each connection
/// gets every event after its position once.
#[test]
fn a_room_works_off_its_inbox() {
    check(|| {
        let room = room();
        let links = [link("alice"), link("bob")];
        let joins: Vec<_> = links
            .iter()
            .map(|link| {
                let (room, link) = (Arc::clone(&room), Arc::clone(link));
                thread::spawn(move || {
                    link.add_joined(&room);
                    let (reply, joined) = oneshot::channel();
                    room.submit([Op::Join {
                        link,
                        have: 0,
                        first: None,
                        filter: None,
                        reply,
                    }]);
                    joined
                })
            })
            .collect();
        let events = {
            let room = Arc::clone(&room);
            thread::spawn(move || {
                for rev in 1..=4 {
                    room.submit([Op::event(event(rev))]);
                    room.submit([Op::Ephemeral {
                        frame: frame(10 * rev),
                        from: None,
                        echo: true,
                    }]);
                }
            })
        };
        events.join().unwrap();
        // Any thread may drain the inbox, so all must have ended.
        let joins: Vec<_> = joins.into_iter().map(|j| j.join().unwrap()).collect();
        for mut joined in joins {
            assert_eq!(joined.try_recv(), Ok(JoinReply::Joined));
        }
        for link in links {
            link.close(Closing::new(CloseCode::Normal, ""));
            let (events, passing): (Vec<_>, _) =
                drain(&link).into_iter().partition(|f| f.len() == 1);
            assert_eq!(events, ["1", "2", "3", "4"]);
            // Ephemeral events before the join are not delivered.
            let all = ["10", "20", "30", "40"].map(String::from);
            assert!(all.ends_with(&passing), "{passing:?}");
        }
        assert_eq!(room.delivered(), 4);
    });
}

/// A removal during a join: nothing follows the final frame, and the room drops the connection.
#[test]
fn nothing_follows_a_removal() {
    check(|| {
        let (room, link) = (room(), link("alice"));
        link.add_joined(&room);
        let joining = {
            let (room, link) = (Arc::clone(&room), Arc::clone(&link));
            thread::spawn(move || {
                link.push_in(&room.id, &frame(100));
                let (reply, _) = oneshot::channel();
                room.submit([Op::Join {
                    link: Arc::clone(&link),
                    have: 0,
                    first: Some(frame(101)),
                    filter: None,
                    reply,
                }]);
                link.push_in(&room.id, &frame(102));
            })
        };
        let removing = {
            let (room, link) = (Arc::clone(&room), Arc::clone(&link));
            thread::spawn(move || {
                let joined = link.remove_joined(&room.id).unwrap();
                joined.submit([Op::Leave {
                    link,
                    last: Some(frame(999)),
                    reply: None,
                }]);
            })
        };
        let events = {
            let room = Arc::clone(&room);
            thread::spawn(move || {
                for rev in 1..=2 {
                    room.submit([Op::event(event(rev))]);
                }
            })
        };
        for thread in [joining, removing, events] {
            thread.join().unwrap();
        }
        link.close(Closing::new(CloseCode::Normal, ""));
        assert_eq!(drain(&link).last().unwrap(), "999");
        assert_eq!(room.subscriber_count(), 0);
    });
}
