//! Messages: the rules of sends and changes, the writes to the log, and read markers.
//!
//! | file | purpose |
//! |---|---|
//! | `rules` | permissions, validation and hooks of a write |
//! | `slow_mode` | the pace of a room |
//! | `writer` | group commit |
//! | `reading` | pages of the history, and read markers |

mod reading;
mod rules;
mod slow_mode;
mod writer;

use std::sync::Arc;

use super::Config;
use super::access::{Access, RateLimits};
use super::audit::Audit;
use super::fanout::Fanout;
use super::foundation::Foundation;
use super::hook_calls::HookCalls;
use super::rooms::{ActiveRoom, Rooms};
use super::tasks::Tasks;
use crate::Result;
use crate::backend::{MessageLog, ReadStore, RoomStore};
use crate::model::NewMessage;
use crate::time::Clock;

/// Writes and reads of messages.
#[derive(Debug)]
pub(crate) struct Messages {
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    log: Arc<dyn MessageLog>,
    reads: Arc<dyn ReadStore>,
    store: Arc<dyn RoomStore>,
    rooms: Arc<Rooms>,
    access: Arc<Access>,
    rates: Arc<RateLimits>,
    fanout: Arc<Fanout>,
    hooks: Arc<HookCalls>,
    audit: Arc<Audit>,
    tasks: Tasks,
}

impl Messages {
    pub(crate) fn new(
        base: &Foundation,
        rooms: &Arc<Rooms>,
        access: &Arc<Access>,
        rates: &Arc<RateLimits>,
        fanout: &Arc<Fanout>,
        hooks: &Arc<HookCalls>,
        audit: &Arc<Audit>,
    ) -> Arc<Self> {
        Arc::new(Self {
            config: Arc::clone(&base.config),
            clock: Arc::clone(&base.clock),
            log: Arc::clone(&base.log),
            reads: Arc::clone(&base.reads),
            store: Arc::clone(&base.rooms),
            rooms: Arc::clone(rooms),
            access: Arc::clone(access),
            rates: Arc::clone(rates),
            fanout: Arc::clone(fanout),
            hooks: Arc::clone(hooks),
            audit: Arc::clone(audit),
            tasks: base.tasks.clone(),
        })
    }

    /// Appends a system message, which expires by the room's retention.
    pub(crate) async fn append_system(
        self: &Arc<Self>,
        room: &Arc<ActiveRoom>,
        mut message: NewMessage,
    ) -> Result<()> {
        message.expires_at = self.expiry(room, message.created_at).await?;
        self.append(room, message).await.map(drop)
    }
}
