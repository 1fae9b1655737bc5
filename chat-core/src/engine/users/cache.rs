use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::UserId;
use crate::model::UserSettings;
use crate::random::HashMap;
use crate::sync::{AtomicU64, Mutex, Ordering};

const MAX: usize = 50_000;

/// Cached settings of recent users. Entries expire by age, and hints of changes evict them at once.
#[derive(Debug, Default)]
pub(crate) struct UserCache {
    users: Mutex<HashMap<UserId, (Instant, Arc<UserSettings>)>>,
    /// Incremented by evictions and renewals: reads of the store that began earlier are not cached.
    generation: AtomicU64,
    /// Default settings, shared by most users. Separate copies would cost 64 bytes per connection.
    nothing: Arc<UserSettings>,
}

impl UserCache {
    /// The current generation. Take it before a read of the store.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(crate) fn get(&self, user: &UserId, max_age: Duration) -> Option<Arc<UserSettings>> {
        let users = self.users.lock();
        let (at, settings) = users.get(user)?;
        (at.elapsed() < max_age).then(|| Arc::clone(settings))
    }

    pub(crate) fn put(
        &self,
        generation: u64,
        user: &UserId,
        settings: UserSettings,
    ) -> Arc<UserSettings> {
        let settings = if settings == *self.nothing {
            Arc::clone(&self.nothing)
        } else {
            Arc::new(settings)
        };
        let mut users = self.users.lock();
        if self.generation() == generation {
            if users.len() >= MAX {
                users.clear();
            }
            users.insert(user.clone(), (Instant::now(), Arc::clone(&settings)));
        }
        settings
    }

    /// Compares an entry with a read of the store, and evicts it if it differs, since the read may
    /// be stale, too. Returns `true` if connections may act on other settings.
    pub(crate) fn renew(&self, user: &UserId, settings: &UserSettings) -> bool {
        let mut users = self.users.lock();
        self.generation.fetch_add(1, Ordering::Release);
        match users.get_mut(user) {
            Some((at, known)) if **known == *settings => {
                *at = Instant::now();
                false
            }
            Some(_) => {
                users.remove(user);
                true
            }
            None => !settings.blocked.is_empty(),
        }
    }

    pub(crate) fn forget(&self, user: &UserId) {
        let mut users = self.users.lock();
        self.generation.fetch_add(1, Ordering::Release);
        users.remove(user);
    }

    pub(crate) fn prune(&self, max_age: Duration) {
        let mut users = self.users.lock();
        users.retain(|_, (at, _)| at.elapsed() < max_age);
        users.shrink_to_fit();
    }
}
