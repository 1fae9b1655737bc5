//! Engine internals for benchmarks; not part of the API.

use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::Config;
use super::cluster::Subscriptions;
use super::feed::{Offered, RoomEvent, Sequencer};
use super::outbound::{Frame, OutboxLimits, Outgoing};
use super::rooms::{ActiveRoom, Link, Op};
use crate::backend::Topic;
use crate::model::LogHead;
use crate::{Epoch, RoomId, UserId};

/// A room whose connections have no tasks, to measure fan-out.
#[derive(Debug)]
pub struct Fanout {
    room: Arc<ActiveRoom>,
    links: Vec<Arc<Link>>,
    rev: u64,
}

impl Fanout {
    /// Creates a room with `recipients` connections, `scattered` in memory or in join order.
    ///
    /// # Panics
    /// Panics outside a tokio runtime.
    #[allow(
        clippy::missing_panics_doc,
        clippy::expect_used,
        reason = "for benchmarks only"
    )]
    pub async fn new(recipients: usize, scattered: bool) -> Self {
        let id = RoomId::new("bench").expect("an id");
        let log = LogHead {
            room_id: id.clone(),
            epoch: Epoch::random(),
            head: 0,
            last_activity: None,
        };
        let topic = Subscriptions::new().detached(Topic::Room(id));
        let room = Arc::new(ActiveRoom::new(log, &Config::default(), Weak::new(), topic));
        let limits = OutboxLimits::new(1 << 20, 4_096);
        let mut links = Vec::with_capacity(recipients);
        for n in 0..recipients {
            let user = UserId::new(format!("user-{n}")).expect("an id");
            links.push(Arc::new(Link::new(user, None, limits)));
        }
        if scattered {
            fastrand::Rng::with_seed(7).shuffle(&mut links);
        }
        for link in &links {
            let (reply, joined) = oneshot::channel();
            room.submit_here([Op::Join {
                link: Arc::clone(link),
                have: 0,
                first: None,
                filter: None,
                reply,
            }]);
            joined.await.expect("a reply");
        }
        Self {
            room,
            links,
            rev: 0,
        }
    }

    /// Delivers `burst` copies of an encoded event to every outbox.
    pub fn deliver(&mut self, event: &Bytes, burst: u64) {
        let frame = Arc::new(Frame::durable(event.clone()));
        let first = self.rev + 1;
        self.rev += burst;
        let room = &self.room.id;
        let ops = (first..=self.rev).map(|rev| {
            let (room, frame) = (room.clone(), Arc::clone(&frame));
            let event = RoomEvent::new(room, (rev, rev), None, false, frame);
            Op::event(Arc::new(event))
        });
        self.room.submit_here(ops);
    }

    /// Empties every outbox and registers `waker` for the next event.
    pub fn drain(&self, waker: Option<&Waker>) -> usize {
        let mut frames = 0;
        for link in &self.links {
            let mut cx = Context::from_waker(waker.unwrap_or(Waker::noop()));
            if let Poll::Ready(Outgoing::Frames(batch)) = link.outbox.poll_next(&mut cx) {
                frames += batch.len();
            }
            if waker.is_some() {
                let _ = link.outbox.poll_next(&mut cx);
            }
        }
        frames
    }
}

/// Offers positions to a sequencer in this order. Returns the number delivered.
#[must_use]
pub fn sequence(order: &[u64]) -> usize {
    let mut sequencer = Sequencer::new(0, 4_096);
    let mut out = 0;
    for rev in order {
        if let Offered::Deliver(events) = sequencer.offer(*rev, ()) {
            out += events.len();
        }
    }
    out
}
