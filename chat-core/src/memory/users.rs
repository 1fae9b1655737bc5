use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::RwLock;

use super::shards::Shards;
use crate::backend::UserStore;
use crate::model::UserSettings;
use crate::random::HashMap;
use crate::{Error, ErrorKind, Result, UserId};

/// An in-memory [`UserStore`]. Clones share their data. Users with default settings take no memory.
#[derive(Clone, Default)]
pub struct MemoryUsers {
    users: Arc<Shards<RwLock<HashMap<UserId, Stored>>>>,
}

#[derive(Default)]
struct Stored {
    invisible: bool,
    blocked: BTreeSet<UserId>,
}

impl MemoryUsers {
    /// Creates an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes a user's entry, and removes it if it is back at the defaults.
    fn change<T>(&self, user: &UserId, change: impl FnOnce(&mut Stored) -> T) -> T {
        let mut users = self.users.of(user).write();
        let stored = users.entry(user.clone()).or_default();
        let result = change(stored);
        if !stored.invisible && stored.blocked.is_empty() {
            users.remove(user);
        }
        result
    }
}

impl fmt::Debug for MemoryUsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryUsers").finish_non_exhaustive()
    }
}

#[async_trait]
impl UserStore for MemoryUsers {
    async fn settings(&self, users: &[UserId]) -> Result<Vec<UserSettings>> {
        let settings = users.iter().map(|user| {
            let users = self.users.of(user).read();
            users
                .get(user)
                .map_or_else(UserSettings::default, |s| UserSettings {
                    invisible: s.invisible,
                    blocked: s.blocked.iter().cloned().collect(),
                })
        });
        Ok(settings.collect())
    }

    async fn set_invisible(&self, user: &UserId, invisible: bool) -> Result<bool> {
        Ok(self.change(user, |stored| {
            std::mem::replace(&mut stored.invisible, invisible) != invisible
        }))
    }

    async fn block(&self, user: &UserId, other: &UserId, max: usize) -> Result<bool> {
        self.change(user, |stored| {
            if stored.blocked.contains(other) {
                return Ok(false);
            }
            if stored.blocked.len() >= max {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!("a user may block at most {max} users"),
                ));
            }
            Ok(stored.blocked.insert(other.clone()))
        })
    }

    async fn unblock(&self, user: &UserId, other: &UserId) -> Result<bool> {
        Ok(self.change(user, |stored| stored.blocked.remove(other)))
    }
}
