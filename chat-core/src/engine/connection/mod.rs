//! One socket, from handshake to close.
//!
//! | file | purpose |
//! |---|---|
//! | `handshake`, `session` | the steps before `HELLO`, and the registration |
//! | `serve`, `timers` | the loop of a connection, and its deadlines |
//! | `commands`, `join` | what a client asks for |

mod commands;
mod handshake;
mod join;
mod serve;
mod session;
mod timers;

use std::sync::Arc;

pub use handshake::Handshake;
pub(crate) use serve::{begin, run};

use super::Config;
use super::access::{Access, Admission, RateLimits};
use super::background::Background;
use super::cluster::Cluster;
use super::fanout::Fanout;
use super::foundation::Foundation;
use super::hook_calls::HookCalls;
use super::management::Management;
use super::messages::Messages;
use super::presence::{Occupancies, Presence};
use super::rooms::Rooms;
use super::tasks::Tasks;
use super::users::{Hub, Settings};
use crate::backend::{MessageLog, ReadStore};
use crate::time::Clock;

/// Serves the connections of this node.
#[derive(Debug)]
pub(crate) struct Connections {
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    cluster: Arc<Cluster>,
    log: Arc<dyn MessageLog>,
    reads: Arc<dyn ReadStore>,
    admission: Arc<Admission>,
    rates: Arc<RateLimits>,
    hub: Arc<Hub>,
    settings: Arc<Settings>,
    rooms: Arc<Rooms>,
    access: Arc<Access>,
    fanout: Arc<Fanout>,
    presence: Arc<Presence>,
    occupancies: Arc<Occupancies>,
    hooks: Arc<HookCalls>,
    messages: Arc<Messages>,
    management: Arc<Management>,
    tasks: Tasks,
    /// The engine's background tasks run while a connection is open.
    _background: Arc<Background>,
}

/// The parts that [`Connections`] works with.
pub(crate) struct Partners {
    pub(crate) admission: Arc<Admission>,
    pub(crate) rates: Arc<RateLimits>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) rooms: Arc<Rooms>,
    pub(crate) access: Arc<Access>,
    pub(crate) fanout: Arc<Fanout>,
    pub(crate) presence: Arc<Presence>,
    pub(crate) occupancies: Arc<Occupancies>,
    pub(crate) hooks: Arc<HookCalls>,
    pub(crate) messages: Arc<Messages>,
    pub(crate) management: Arc<Management>,
    pub(crate) background: Arc<Background>,
}

impl Connections {
    pub(crate) fn new(base: &Foundation, parts: Partners) -> Arc<Self> {
        Arc::new(Self {
            config: Arc::clone(&base.config),
            clock: Arc::clone(&base.clock),
            cluster: Arc::clone(&base.cluster),
            log: Arc::clone(&base.log),
            reads: Arc::clone(&base.reads),
            admission: parts.admission,
            rates: parts.rates,
            hub: parts.hub,
            settings: parts.settings,
            rooms: parts.rooms,
            access: parts.access,
            fanout: parts.fanout,
            presence: parts.presence,
            occupancies: parts.occupancies,
            hooks: parts.hooks,
            messages: parts.messages,
            management: parts.management,
            tasks: base.tasks.clone(),
            _background: parts.background,
        })
    }
}
