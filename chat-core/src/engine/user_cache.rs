use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::UserId;
use crate::model::UserSettings;
use crate::random::HashMap;
use crate::sync::{AtomicU64, Mutex, Ordering};

/// How many users are remembered.
const MAX: usize = 50_000;

/// What is remembered of users who were looked at lately. Every entry has an age, and a hint of a
/// change removes it at once.
#[derive(Debug, Default)]
pub(crate) struct UserCache {
    users: Mutex<HashMap<UserId, (Instant, Arc<UserSettings>)>>,
    /// Counts removals and renewals: what was read from the store before one is not remembered after it.
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

    /// Compares with what was read from the store, and forgets what differs: it may be older than a
    /// removal, so it is not remembered. Returns whether somebody here may go by other settings: the
    /// known ones differ, or none are known and users are blocked.
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

    /// Removes what is too old to be used.
    pub(crate) fn prune(&self, max_age: Duration) {
        let mut users = self.users.lock();
        users.retain(|_, (at, _)| at.elapsed() < max_age);
        users.shrink_to_fit();
    }
}
