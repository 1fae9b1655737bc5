use std::sync::Arc;

use super::Config;
use super::cluster::Cluster;
use super::tasks::Tasks;
use crate::backend::{
    Authenticator, Hooks, MessageLog, ModerationStore, PresenceStore, PushQueue, RateLimiter,
    ReadStore, RoomStore, UserStore,
};
use crate::time::Clock;

/// The settings, the clock and the backends that parts are built on. Each part keeps only those
/// that it needs.
pub(crate) struct Foundation {
    pub(crate) config: Arc<Config>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    pub(crate) rooms: Arc<dyn RoomStore>,
    pub(crate) log: Arc<dyn MessageLog>,
    pub(crate) reads: Arc<dyn ReadStore>,
    pub(crate) pushes: Arc<dyn PushQueue>,
    pub(crate) users: Arc<dyn UserStore>,
    pub(crate) moderation: Arc<dyn ModerationStore>,
    pub(crate) presence: Arc<dyn PresenceStore>,
    pub(crate) limiter: Arc<dyn RateLimiter>,
    pub(crate) hooks: Vec<Arc<dyn Hooks>>,
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) tasks: Tasks,
}
