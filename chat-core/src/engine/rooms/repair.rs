//! Repair: reads the events that a room missed from its log.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;

use super::shared_reads::next_limit;
use super::{ActiveRoom, Op, Rooms};
use crate::engine::config::ms;
use crate::engine::feed::{Input, Repair};
use crate::model::{Changes, Message};
use crate::{Error, MessageId, Result};

const PAGE: usize = 500;
/// Byte limit of a page: one delivery must fit into the outbox of a client that keeps up.
const PAGE_BYTES: usize = 128 << 10;
const BACKOFF: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(2);

/// Starts a repair, now or after the reorder window.
pub(super) fn start(rooms: Arc<Rooms>, room: Arc<ActiveRoom>, when: Repair) {
    tokio::spawn(async move {
        if when == Repair::Later {
            tokio::time::sleep(ms(rooms.config.reorder_window_ms)).await;
        }
        run(&rooms, &room).await;
    });
}

async fn run(rooms: &Arc<Rooms>, room: &Arc<ActiveRoom>) {
    let (mut after, known) = room.progress();
    if known <= after {
        // The missing events arrived during the reorder window.
        let nothing = Input::Repaired {
            events: Vec::new(),
            through: 0,
            finished: Some(known),
        };
        room.submit([Op::Feed(nothing)]);
        return;
    }
    let mut wait = BACKOFF;
    let mut limit = PAGE;
    let mut catch_up = CatchUp::after(after);
    loop {
        match read(rooms, room, after, &mut limit).await {
            Ok(changes) if changes.epoch != room.epoch => {
                tracing::warn!(room = %room.id, "the log was replaced");
                rooms.active.discard(room);
                return;
            }
            Ok(changes) => {
                let head = changes.head;
                let through = changes.through;
                if through <= after && after > catch_up.since {
                    // A lagging replica answered behind an earlier read.
                    if rooms.tasks.is_stopping() {
                        return;
                    }
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(BACKOFF_MAX);
                    continue;
                }
                let finished = through >= head || through <= after;
                let news = catch_up.news(&changes, after);
                let events = rooms.encode_events(room, news.iter().copied()).await;
                tracing::debug!(room = %room.id, after, through, head, events = events.len(), "read the log");
                room.submit([Op::Feed(Input::Repaired {
                    events,
                    through,
                    finished: finished.then_some(known),
                })]);
                if finished {
                    return;
                }
                after = through;
                wait = BACKOFF;
                tokio::task::yield_now().await;
            }
            Err(error) => {
                tracing::warn!(room = %room.id, %error, "cannot read the log");
                if rooms.tasks.is_stopping() {
                    return;
                }
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(BACKOFF_MAX);
            }
        }
    }
}

async fn read(rooms: &Rooms, room: &ActiveRoom, after: u64, limit: &mut usize) -> Result<Changes> {
    let changes = rooms.log.changes(&room.id, after, *limit);
    // A panic in the store must not end the room's repairs for good.
    let changes = AssertUnwindSafe(changes).catch_unwind().await;
    let changes = changes.map_err(|_| Error::internal("the message store panicked"))??;
    let read = changes.messages.len();
    let changes = changes.cut(PAGE_BYTES);
    *limit = next_limit(*limit, read, changes.messages.len()).min(PAGE);
    Ok(changes)
}

/// A paged read of the log for a reader at a position.
#[derive(Debug)]
pub(crate) struct CatchUp {
    since: u64,
    told: HashSet<MessageId>,
}

impl CatchUp {
    pub(crate) fn after(since: u64) -> Self {
        Self {
            since,
            told: HashSet::default(),
        }
    }

    /// The messages of the page after a position, each with the position up to which its reader has
    /// seen the log. A message created since the start is new even if the page has it at a later
    /// change, because that change superseded its creation.
    pub(crate) fn news<'m>(&mut self, page: &'m Changes, after: u64) -> Vec<(&'m Message, u64)> {
        let in_page = |m: &&Message| m.rev > after && m.rev <= page.through;
        let news = page.messages.iter().filter(in_page).map(|message| {
            let is_new = message.seq > self.since && self.told.insert(message.id);
            (message, if is_new { self.since } else { message.rev - 1 })
        });
        news.collect()
    }
}
