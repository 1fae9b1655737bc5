//! The users of this node: their connections and their settings.

mod cache;
mod hub;

use std::sync::Arc;
use std::time::Duration;

#[cfg(all(test, shuttle))]
pub(crate) use cache::UserCache;
#[cfg(not(all(test, shuttle)))]
use cache::UserCache;
pub(crate) use hub::{Hub, HubLimits};

use super::config::ms;
use super::foundation::Foundation;
use crate::backend::UserStore;
use crate::model::UserSettings;
use crate::{Result, UserId};

/// The settings of users, answered from the cache while it is fresh, else from the store.
#[derive(Debug)]
pub(crate) struct Settings {
    store: Arc<dyn UserStore>,
    cache: UserCache,
    max_age: Duration,
}

impl Settings {
    pub(crate) fn new(base: &Foundation) -> Arc<Self> {
        Arc::new(Self {
            store: Arc::clone(&base.users),
            cache: UserCache::default(),
            max_age: ms(base.config.membership_max_age_ms),
        })
    }

    pub(crate) async fn of(&self, user: &UserId) -> Result<Arc<UserSettings>> {
        if let Some(known) = self.cache.get(user, self.max_age) {
            return Ok(known);
        }
        let generation = self.cache.generation();
        let mut found = self.store.settings(std::slice::from_ref(user)).await?;
        let settings = found.pop().unwrap_or_default();
        Ok(self.cache.put(generation, user, settings))
    }

    /// Reads the settings of these users from the store, in the order asked.
    pub(crate) async fn stored(&self, users: &[UserId]) -> Result<Vec<UserSettings>> {
        self.store.settings(users).await
    }

    /// Compares a cached entry with settings that were just [read](Self::stored). Returns `true` if
    /// connections may act on other settings.
    pub(crate) fn renew(&self, user: &UserId, settings: &UserSettings) -> bool {
        self.cache.renew(user, settings)
    }

    pub(crate) fn forget(&self, user: &UserId) {
        self.cache.forget(user);
    }

    /// Drops the cached entries older than this.
    pub(crate) fn prune(&self, max_age: Duration) {
        self.cache.prune(max_age);
    }
}
