//! Reads what a room misses from its log.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;

use super::config::ms;
use super::frame::About;
use super::room::{Op, Room};
use super::{Frame, Inner};
use crate::model::{Changes, Message, SystemEvent};
use crate::protocol::{Event, RoomView};
use crate::{Error, Result};

const PAGE: usize = 500;
/// Bytes of a page: what is delivered at once must fit into the outbox of a connection that reads.
const PAGE_BYTES: usize = 128 << 10;
const BACKOFF: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(2);

/// Starts to read what is missing, after the reorder window unless `at_once`.
pub(crate) fn start(engine: Arc<Inner>, room: Arc<Room>, at_once: bool) {
    tokio::spawn(async move {
        if !at_once {
            tokio::time::sleep(ms(engine.config.reorder_window_ms)).await;
        }
        run(&engine, &room).await;
    });
}

async fn run(engine: &Arc<Inner>, room: &Arc<Room>) {
    let (mut after, known) = room.progress();
    if known <= after {
        // What was missing came by itself.
        let nothing = Op::Repaired {
            events: Vec::new(),
            through: 0,
            finished: Some(known),
        };
        room.submit([nothing]);
        return;
    }
    let mut wait = BACKOFF;
    loop {
        match read(engine, room, after).await {
            Ok(changes) if changes.epoch != room.epoch => {
                tracing::warn!(room = %room.id, "the log was replaced");
                engine.active.discard(room);
                return;
            }
            Ok(changes) => {
                let head = changes.head;
                let through = changes.through;
                let finished = through >= head || through <= after;
                let events = engine.encode_changes(room, &changes, after).await;
                tracing::debug!(room = %room.id, after, through, head, events = events.len(), "read the log");
                room.submit([Op::Repaired {
                    events,
                    through,
                    finished: finished.then_some(known),
                }]);
                if finished {
                    return;
                }
                after = through;
                wait = BACKOFF;
                tokio::task::yield_now().await;
            }
            Err(error) => {
                tracing::warn!(room = %room.id, %error, "cannot read the log");
                if engine.is_stopped() {
                    return;
                }
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(BACKOFF_MAX);
            }
        }
    }
}

async fn read(engine: &Inner, room: &Room, after: u64) -> Result<Changes> {
    let changes = engine.messages.changes(&room.id, after, PAGE);
    // A store that panics must not end the repairs of the room for good.
    let changes = AssertUnwindSafe(changes).catch_unwind().await;
    let changes = changes.map_err(|_| Error::internal("the message store panicked"))?;
    changes.map(|changes| changes.cut(PAGE_BYTES))
}

impl Inner {
    /// The events that bring someone who has seen the log up to `after` to where a read of it is
    /// complete.
    pub(crate) async fn encode_changes(
        &self,
        room: &Room,
        changes: &Changes,
        after: u64,
    ) -> Vec<(u64, Arc<Frame>)> {
        let news = changes.messages.iter();
        let news = news.filter(|m| m.rev > after && m.rev <= changes.through);
        self.encode_events(room, news.map(|m| (m, after))).await
    }

    /// The event of each message for whoever has seen the log so far, encoded once for all who hear
    /// it. A renamed room is told of as it is now.
    pub(crate) async fn encode_events<'a>(
        &self,
        room: &Room,
        news: impl Iterator<Item = (&'a Message, u64)> + Clone,
    ) -> Vec<(u64, Arc<Frame>)> {
        let renames = |m: &Message| matches!(m.system, Some(SystemEvent::RoomRenamed { .. }));
        let info = if news.clone().any(|(m, _)| renames(m)) {
            self.room_info(room).await.ok()
        } else {
            None
        };
        news.map(|(message, seen)| {
            let mut event = Event::of_message(message, seen);
            if let Event::RoomUpdated { room: view, .. } = &mut event {
                let epoch = room.epoch;
                *view = info.as_deref().map(|room| RoomView { room, epoch });
            }
            let about = About::new(
                message.room_id.clone(),
                message.rev,
                message.seq,
                message.sender_id.clone(),
                message.shadowed,
            );
            let frame = Frame::event(event.encode(), about);
            (message.rev, Arc::new(frame))
        })
        .collect()
    }
}
