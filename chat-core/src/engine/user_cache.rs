use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::UserId;
use crate::model::UserSettings;
use crate::random::HashMap;

/// How many users are remembered.
const MAX: usize = 50_000;

/// What is remembered of users who were looked at lately. Every entry has an age, and a hint of a
/// change removes it at once.
#[derive(Debug, Default)]
pub(crate) struct UserCache {
    users: Mutex<HashMap<UserId, (Instant, Arc<UserSettings>)>>,
    /// Counts removals: what was read from the store before one is not remembered after it.
    generation: AtomicU64,
    /// What most users have, shared by them: one each would cost 64 bytes per connection.
    nothing: Arc<UserSettings>,
}

impl UserCache {
    /// To be taken before the store is read.
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

    /// Notes what the store has now. Returns whether somebody here may go by something else: it was
    /// another, or it is not known what it was and users are blocked. A user of whom nothing is stored,
    /// as of most, costs no memory.
    pub(crate) fn renew(&self, user: &UserId, settings: UserSettings) -> bool {
        let mut users = self.users.lock();
        let changed = match users.get(user) {
            Some((_, known)) => **known != settings,
            None if settings == *self.nothing => return false,
            None => !settings.blocked.is_empty(),
        };
        if users.len() >= MAX && !users.contains_key(user) {
            users.clear();
        }
        users.insert(user.clone(), (Instant::now(), Arc::new(settings)));
        changed
    }

    pub(crate) fn forget(&self, user: &UserId) {
        let mut users = self.users.lock();
        self.generation.fetch_add(1, Ordering::Release);
        users.remove(user);
    }

    /// Removes what is too old to be used.
    pub(crate) fn prune(&self, max_age: Duration) {
        let mut users = self.users.lock();
        users.retain(|_, (at, _)| at.elapsed() < max_age);
        users.shrink_to_fit();
    }
}
