//! Reads what a room misses from its log.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;

use super::config::ms;
use super::frame::About;
use super::room::{Op, Room};
use super::syncs::next_limit;
use super::{Frame, Inner};
use crate::model::{Changes, Message, SystemEvent};
use crate::protocol::{Event, RoomView};
use crate::{Error, MessageId, Result};

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
    let mut limit = PAGE;
    let mut catch_up = CatchUp::after(after);
    loop {
        match read(engine, room, after, &mut limit).await {
            Ok(changes) if changes.epoch != room.epoch => {
                tracing::warn!(room = %room.id, "the log was replaced");
                engine.active.discard(room);
                return;
            }
            Ok(changes) => {
                let head = changes.head;
                let through = changes.through;
                if through <= after && after > catch_up.since {
                    // The store lags behind what it gave before.
                    if engine.is_stopped() {
                        return;
                    }
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(BACKOFF_MAX);
                    continue;
                }
                let finished = through >= head || through <= after;
                let news = catch_up.news(&changes, after);
                let events = engine.encode_events(room, news.iter().copied()).await;
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

/// Reads up to `limit` changes, gives those that are delivered at once, and sets the next limit.
async fn read(engine: &Inner, room: &Room, after: u64, limit: &mut usize) -> Result<Changes> {
    let changes = engine.log.changes(&room.id, after, *limit);
    // A store that panics must not end the repairs of the room for good.
    let changes = AssertUnwindSafe(changes).catch_unwind().await;
    let changes = changes.map_err(|_| Error::internal("the message store panicked"))??;
    let read = changes.messages.len();
    let changes = changes.cut(PAGE_BYTES);
    *limit = next_limit(*limit, read, changes.messages.len()).min(PAGE);
    Ok(changes)
}

/// A read of the log in pages, for someone who has seen it up to a position.
#[derive(Debug)]
pub(crate) struct CatchUp {
    since: u64,
    /// The new messages in the pages so far.
    told: HashSet<MessageId>,
}

impl CatchUp {
    pub(crate) fn after(since: u64) -> Self {
        Self {
            since,
            told: HashSet::default(),
        }
    }

    /// The messages of the page after a position, each with the position up to which the log counts as
    /// seen: a message that was created since is new, also where the page has it at a later change
    /// because the position of its creation was superseded before the page with that was read.
    pub(crate) fn news<'m>(&mut self, page: &'m Changes, after: u64) -> Vec<(&'m Message, u64)> {
        let in_page = |m: &&Message| m.rev > after && m.rev <= page.through;
        let news = page.messages.iter().filter(in_page).map(|message| {
            let is_new = message.seq > self.since && self.told.insert(message.id);
            (message, if is_new { self.since } else { message.rev - 1 })
        });
        news.collect()
    }
}

impl Inner {
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
