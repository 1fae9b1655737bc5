//! Changes of rooms and their members. Permissions are checked by the caller.

mod creation;
mod members;
mod rooms;

use std::sync::Arc;

pub use creation::CreateRoom;
pub(crate) use creation::CreationKey;

use super::Config;
use super::audit::Audit;
use super::fanout::Fanout;
use super::foundation::Foundation;
use super::messages::Messages;
use super::rooms::Rooms;
use super::tasks::Tasks;
use crate::backend::{MessageLog, ModerationStore, RoomStore};
use crate::time::Clock;

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Management {
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    store: Arc<dyn RoomStore>,
    log: Arc<dyn MessageLog>,
    moderation: Arc<dyn ModerationStore>,
    rooms: Arc<Rooms>,
    fanout: Arc<Fanout>,
    messages: Arc<Messages>,
    audit: Arc<Audit>,
    tasks: Tasks,
}

impl Management {
    pub(crate) fn new(
        base: &Foundation,
        rooms: &Arc<Rooms>,
        fanout: &Arc<Fanout>,
        messages: &Arc<Messages>,
        audit: &Arc<Audit>,
    ) -> Arc<Self> {
        Arc::new(Self {
            config: Arc::clone(&base.config),
            clock: Arc::clone(&base.clock),
            store: Arc::clone(&base.rooms),
            log: Arc::clone(&base.log),
            moderation: Arc::clone(&base.moderation),
            rooms: Arc::clone(rooms),
            fanout: Arc::clone(fanout),
            messages: Arc::clone(messages),
            audit: Arc::clone(audit),
            tasks: base.tasks.clone(),
        })
    }
}
